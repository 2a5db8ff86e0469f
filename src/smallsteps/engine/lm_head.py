"""The output head on supervised positions only: logits are most of a small model's work, and prompts need none.

Run whole, it gives the logits of the kept positions. Run in pieces, it gives the losses without holding all logits of
a big vocabulary: the backward pass computes each piece's logits again.
Dimensions: K kept positions, S supervised tokens, M marks, V vocabulary, H width.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from smallsteps.engine.batches import Row

PIECE = 2**24  # logits held at once: 64 MiB in float32
MEMORY_SHARE = 128  # on a GPU a piece may take this part of the memory, so that its kernels are worth launching
_plain: WeakKeyDictionary[Any, bool] = WeakKeyDictionary()


@dataclass
class HeadOutput:
    """What the head saw in pieces: final `states` [M, H] of the marks, the `nll` [S], a `sample` [1, V] of logits."""

    states: Tensor
    nll: Tensor
    sample: Tensor


@contextmanager
def narrowed(model: Any, row: Row) -> Iterator[list[Tensor]]:
    """Show the head only the kept positions; the list receives the states [M, H] of the marks.

    Whatever a model does to its logits afterwards (scaling, capping) applies to the kept ones.
    """
    states: list[Tensor] = []

    def narrow(_: Any, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        flat = inputs[0].flatten(0, 1)
        states.append(flat[row.marked])
        return (flat[row.tensors["keep"]][None], *inputs[1:])

    hook = model.get_output_embeddings().register_forward_pre_hook(narrow)
    try:
        yield states
    finally:
        hook.remove()


@contextmanager
def in_pieces(model: Any, row: Row) -> Iterator[list[HeadOutput]]:
    """Compute the losses piece by piece in the head's place; the model goes on with the logits of one position."""
    seen: list[HeadOutput] = []

    def take(head: Any, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        flat = inputs[0].flatten(0, 1)
        kept = flat[row.tensors["keep"]]
        nll = _pieces(head, kept, row)
        with torch.no_grad():
            sample = head.forward(kept[:1])
        seen.append(HeadOutput(flat[row.marked], nll, sample))
        return (kept[None, :1], *inputs[1:])

    hook = model.get_output_embeddings().register_forward_pre_hook(take)
    try:
        yield seen
    finally:
        hook.remove()


def fits(model: Any, row: Row) -> bool:
    """Whether the logits of a row are held at once: they are few, or the model changes them after its head."""
    weight = model.get_output_embeddings().weight
    return len(row.tensors["keep"]) * weight.shape[0] <= logits_at_once(weight.device) or not _plain.get(model, True)


def logits_at_once(device: torch.device) -> int:
    """How many logits are held at once on a device."""
    if device.type != "cuda":
        return PIECE
    return max(PIECE, torch.cuda.get_device_properties(device).total_memory // (4 * MEMORY_SHARE))


def agrees(model: Any, logits: Tensor, sample: Tensor) -> bool:
    """Whether the model leaves the head's logits as they are; compared once per model. Both are [1, V]."""
    if model not in _plain:
        _plain[model] = torch.allclose(logits.float(), sample.float(), rtol=1e-4, atol=1e-5)
    return _plain[model]


def token_nll(logits: Tensor, where: Tensor, label: Tensor) -> Tensor:
    """The nll [S] of `label` [S] given `logits` [K, V] at `where` [S], in float32 or, for float64 logits, float64."""
    wide = logits if logits.dtype == torch.float64 else logits.float()
    return -wide.log_softmax(-1)[where, label]  # logsumexp's backward pass goes over the logits more often


def _pieces(head: Any, kept: Tensor, row: Row) -> Tensor:
    size = max(1, logits_at_once(head.weight.device) // head.weight.shape[0])
    order = row.where.argsort()
    where, label = row.where[order], row.label[order]
    edges = torch.arange(0, len(kept) + size, size, device=where.device)
    bounds = torch.searchsorted(where, edges).tolist()
    found = []
    for number, piece in enumerate(torch.split(kept, size)):
        inside = slice(bounds[number], bounds[number + 1])

        def losses(states: Tensor, places: Tensor, labels: Tensor) -> Tensor:
            return token_nll(head.forward(states), places, labels)

        found.append(checkpoint(losses, piece, where[inside] - number * size, label[inside], use_reentrant=False))
    nll = torch.cat(found)
    return nll.new_zeros(len(order)).index_copy(0, order, nll)
