"""Decoder-only students: prompt and target are one sequence (Llama, Qwen, GPT-2, OPT, …)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from inspect import Parameter, signature
from typing import Any

import torch
from torch import Tensor

from smallsteps.engine import last_layer
from smallsteps.engine.architecture import Architecture, DecodeState, bare, cache_argument, padded
from smallsteps.engine.batches import Layout, Row
from smallsteps.engine.cache import preallocate
from smallsteps.engine.masks import forest_masks, slides
from smallsteps.tensors.device import device_of


class DecoderOnly(Architecture):
    """Prompt and target are one sequence (Llama, Qwen, GPT-2, OPT, …)."""

    layout: Layout = "forest"
    split = False

    def room(self, model: Any) -> int | None:
        """As many as the positions of the model."""
        return getattr(bare(model).config.get_text_config(), "max_position_embeddings", None)

    def run(self, model: Any, row: Row) -> Tensor:
        """Run a forest or padded row."""
        tensors = row.tensors
        arguments: dict[str, Any] = {"input_ids": tensors["input_ids"], "use_cache": False}
        if row.layout != "forest":  # the plain way, which the forest is checked against
            arguments["attention_mask"] = tensors["attention_mask"]
            padded: Tensor = model(**accepted(model, arguments)).logits
            return padded
        arguments["position_ids"] = tensors["position_ids"]
        arguments["attention_mask"] = forest_masks(bare(model), tensors["exit"], tensors["position_ids"])
        with last_layer.narrowed(bare(model), row):
            logits: Tensor = model(**arguments).logits
        return logits

    def represent(self, model: Any, sequences: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
        """What the output head would see."""
        ids, mask = padded(model, sequences)
        states: Tensor = bare(model).base_model(input_ids=ids, attention_mask=mask, use_cache=False).last_hidden_state
        return states, mask

    @torch.no_grad()
    def begin(self, model: Any, prefixes: Sequence[Sequence[int]]) -> tuple[Tensor, DecodeState]:
        """Read the prefixes, padded at the left."""
        device = device_of(model)
        width = max(len(prefix) for prefix in prefixes)
        ids = torch.tensor([[0] * (width - len(prefix)) + list(prefix) for prefix in prefixes], device=device)
        mask = torch.tensor([[0] * (width - len(prefix)) + [1] * len(prefix) for prefix in prefixes], device=device)
        positions = (mask.cumsum(-1) - 1).clamp(min=0)
        out = model(input_ids=ids, attention_mask=mask, position_ids=positions, use_cache=True, logits_to_keep=1)
        state = DecodeState(out[cache_argument(model)], mask, positions[:, -1] + 1)
        preallocate(state.cache)
        return out.logits[:, -1], state

    @torch.no_grad()
    def step(self, model: Any, state: DecodeState, tokens: Tensor, alive: Tensor | None = None) -> Tensor:
        """Read one token a line."""
        read = state.mask.new_ones(len(tokens), 1) if alive is None else alive.to(state.mask.dtype)[:, None]
        return self._read(model, state, tokens[:, None], read)

    def resumes(self, model: Any) -> bool:
        """Yes, but for sliding windows and recurrent states: both count the gaps that waiting lines leave."""
        recurrent = getattr(bare(model), "_is_stateful", False)
        return not recurrent and not slides(bare(model).config.get_text_config())

    @torch.no_grad()
    def extend(self, model: Any, state: DecodeState, tokens: Sequence[Sequence[int]]) -> Tensor:
        """Read what was added to the prefixes, padded at the left; the cache stands for the rest."""
        width = max(map(len, tokens))
        ids = [[*[0] * (width - len(some)), *some] for some in tokens]
        read = [[0] * (width - len(some)) + [1] * len(some) for some in tokens]
        return self._read(model, state, state.mask.new_tensor(ids), state.mask.new_tensor(read))

    def _read(self, model: Any, state: DecodeState, ids: Tensor, read: Tensor) -> Tensor:
        """Read ids [B, N] where `read` [B, N] is 1; a gap takes a place of the cache, unseen, and no position."""
        state.mask = torch.cat([state.mask, read], dim=1)
        out = model(
            input_ids=ids,
            attention_mask=state.mask,
            position_ids=(state.positions[:, None] + read.cumsum(-1) - 1).clamp(min=0),
            use_cache=True,
            logits_to_keep=1,
            **{cache_argument(model): state.cache},
        )
        state.cache, state.positions = out[cache_argument(model)], state.positions + read.sum(-1)
        logits: Tensor = out.logits[:, -1]
        return logits


def accepted(model: Any, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Those of some arguments that a model's forward pass takes: a few models know no `use_cache` or no mask."""
    known = signature(bare(model).forward).parameters
    if any(one.kind is Parameter.VAR_KEYWORD for one in known.values()):
        return dict(arguments)
    return {name: value for name, value in arguments.items() if name in known}
