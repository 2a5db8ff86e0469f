"""The last layer's feed-forward block sees what is looked at afterwards, and nothing of the rest."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from models import build
from smallsteps.engine import attention, last_layer
from smallsteps.engine.architectures import architecture_of
from smallsteps.engine.batches import Collator
from smallsteps.engine.tokens import EncodedView
from smallsteps.training.losses import part_sums

PROMPT, TARGET = 12, 5
DECODERS = ("llama", "qwen2", "qwen3", "gpt2", "opt", "gpt_neox", "mistral", "phi3", "gemma3", "smollm3")


def forest_row(marks: tuple[tuple[int, tuple[str, ...]], ...] = ()) -> Any:
    """A question of twelve tokens with two targets of five that share nothing."""
    views = []
    for first in (20, 30):
        tokens = np.asarray([*range(3, 3 + PROMPT), *range(first, first + TARGET)], np.int32)
        weights = np.asarray([0.0] * PROMPT + [1.0] * TARGET, np.float32)
        views.append(EncodedView("r", "target", np.empty(0, np.int32), tokens, weights, marks))
    return Collator("forest", ("target",), 64, 64, True)([views]).rows[0]


def places_seen(net: Any, row: Any) -> list[int]:
    """How many places each of the model's last blocks computes."""
    seen: list[int] = []
    hooks = [
        block.register_forward_hook(lambda _, __, out: seen.append(out.numel() // out.shape[-1]))
        for block in last_layer.blocks_of(net)
    ]
    part_sums(architecture_of(net.config), net, row, ("target",))
    for hook in hooks:
        hook.remove()
    return seen


@pytest.mark.parametrize("family", DECODERS)
def test_the_block_of_every_family_is_found_and_sees_what_predicts(family: str) -> None:
    net = build(family, 40)
    attention.use(net, attention.NAME)
    row = forest_row()
    needed = 1 + 2 * (TARGET - 1)  # the prompt's last token, and all but the last of each target
    assert places_seen(net, row) == [needed] * len(last_layer.blocks_of(net)) != []


def test_marked_places_are_seen_as_well() -> None:
    net = build("llama", 40)
    attention.use(net, attention.NAME)
    row = forest_row(marks=((3, ("k",)),))
    assert places_seen(net, row) == [1 + 2 * (TARGET - 1) + 1]
    states = architecture_of(net.config).forward(net, row)[1]
    plain = net.base_model(input_ids=row.tensors["input_ids"][:, :4]).last_hidden_state[0, 3]
    assert torch.allclose(states, plain.expand_as(states), atol=1e-5)


def test_a_block_whose_places_look_at_one_another_sees_them_all() -> None:
    class Blur(torch.nn.Module):
        """Every place receives the mean of all."""

        def __init__(self) -> None:
            super().__init__()
            self.matrix = torch.nn.Linear(32, 32)

        def forward(self, states: torch.Tensor) -> torch.Tensor:
            mixed: torch.Tensor = self.matrix(states.mean(1, keepdim=True).expand_as(states))
            return mixed

    net = build("llama", 40)
    attention.use(net, attention.NAME)
    net.model.layers[-1].mlp = Blur()
    row = forest_row()
    assert places_seen(net, row) == [PROMPT + 2 * TARGET]


def test_layers_that_run_again_in_the_backward_pass_are_left_whole() -> None:
    net = build("llama", 40).train()
    attention.use(net, attention.NAME)
    net.activation_checkpointing_enable()
    assert places_seen(net, forest_row())[0] == PROMPT + 2 * TARGET
