"""The last layer's feed-forward block, shown only what is looked at afterwards.

Behind the last attention every place of a row is on its own: what a place holds there reaches no other place. A prompt
token predicts nothing that is learnt, so its last keys and values are needed, and nothing that comes after them. The
feed-forward block is most of what comes after them.
Dimensions: B lines, T tokens of a line, N needed places, H width.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from inspect import Parameter, signature
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from smallsteps.engine.batches import Row

MOST = 0.9  # the share of needed places above which gathering them costs more than it saves
PROBED = 8  # places at which a block is looked at once, to see whether they are on their own in it
_blocks: WeakKeyDictionary[Any, tuple[Any, ...]] = WeakKeyDictionary()
_alone: WeakKeyDictionary[Any, bool] = WeakKeyDictionary()


@contextmanager
def narrowed(model: Any, row: Row) -> Iterator[None]:
    """While it lasts, the feed-forward block computes only a row's kept and marked places; elsewhere it gives zeros.

    A model whose layers are run again in the backward pass (gradient checkpointing) is left as it is.
    """
    needed = _needed(row)
    worth = len(needed) <= MOST * row.tensors["input_ids"].numel()
    with ExitStack() as hooks:
        for block in blocks_of(model) if worth and not _runs_again(model) else ():
            for hook in _narrow(block, needed):
                hooks.callback(hook.remove)
        yield


def blocks_of(model: Any) -> tuple[Any, ...]:
    """The parts of a model's last layer that hold matrices and read one tensor and nothing else: no attention does."""
    if model not in _blocks:
        stacks = [one for one in model.modules() if isinstance(one, torch.nn.ModuleList)]
        layers = getattr(model.config.get_text_config(), "num_hidden_layers", None)
        last = next((list(one)[-1].children() for one in stacks if len(one) == layers), iter(()))
        _blocks[model] = tuple(block for block in last if _has_matrix(block) and _reads_one_tensor(block))
    return _blocks[model]


def _needed(row: Row) -> Tensor:
    """The flat places [N] whose final states somebody looks at, in order."""
    keep: Tensor = row.tensors["keep"]
    return torch.unique(torch.cat([keep, row.marked])) if len(row.marked) else keep


def _narrow(block: Any, needed: Tensor) -> tuple[Any, Any]:
    """Show a block the needed places alone, and put what it makes of them back where they stand."""
    shapes: list[torch.Size] = []

    def gather(_: Any, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...] | None:
        if not stand_alone(block, inputs[0]):
            return None
        shapes.append(inputs[0].shape[:-1])
        return (inputs[0].flatten(0, -2).index_select(0, needed)[None],)

    def scatter(_: Any, inputs: tuple[Tensor, ...], found: Tensor) -> Tensor | None:
        if not shapes:
            return None
        shape, width = shapes.pop(), found.shape[-1]
        return found.new_zeros(shape.numel(), width).index_copy(0, needed, found[0]).view(*shape, width)

    return block.register_forward_pre_hook(gather), block.register_forward_hook(scatter)


@torch.no_grad()
def stand_alone(block: Any, states: Tensor) -> bool:
    """Whether a block makes the same of a place of `states` [..., H] without the others; looked at once a block."""
    if block not in _alone:
        flat = states.flatten(0, -2)
        some = torch.arange(0, len(flat), max(1, len(flat) // PROBED), device=flat.device)
        training = block.training
        block.eval()
        whole, alone = block.forward(states), block.forward(flat[some][None])
        block.train(training)
        _alone[block] = isinstance(whole, Tensor) and _alike(whole.flatten(0, -2)[some], alone[0])
    return _alone[block]


def _alike(one: Tensor, other: Tensor) -> bool:
    """Whether two results differ by no more than the rounding of the coarsest dtype."""
    return bool((one - other).abs().max() <= 0.05 * one.abs().max())


def _has_matrix(block: Any) -> bool:
    return any(parameter.ndim > 1 for parameter in block.parameters())


def _reads_one_tensor(block: Any) -> bool:
    asked = [one for one in signature(block.forward).parameters.values() if one.kind is not Parameter.VAR_KEYWORD]
    return len(asked) == 1


def _runs_again(model: Any) -> bool:
    return bool(model.training) and any(getattr(module, "gradient_checkpointing", False) for module in model.modules())
