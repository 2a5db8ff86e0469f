"""The output head, shown only what is learnt: logits are most of a small model's work, and prompts need none.

Whole, it gives the logits of the kept positions. In pieces, it gives the losses without ever holding all logits of a
big vocabulary: a piece's logits are made again in the backward pass.
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
_plain: WeakKeyDictionary[Any, bool] = WeakKeyDictionary()


@dataclass
class Seen:
    """What the head was shown: final `states` [M, H] of the marks, and in pieces the `nll` [S] and a sample [1, V]."""

    states: Tensor
    nll: Tensor
    sample: Tensor


@contextmanager
def narrowed(model: Any, row: Row) -> Iterator[list[Tensor]]:
    """While it lasts, the head sees only the kept positions; the list receives the states [M, H] of the marks.

    What a model does to its logits afterwards (scaling, capping) it does to the kept ones.
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
def in_pieces(model: Any, row: Row) -> Iterator[list[Seen]]:
    """While it lasts, the losses are made piece by piece where the head stands; the model goes on with one position."""
    seen: list[Seen] = []

    def take(head: Any, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        flat = inputs[0].flatten(0, 1)
        kept = flat[row.tensors["keep"]]
        nll = _pieces(head, kept, row)
        with torch.no_grad():
            sample = head.forward(kept[:1])
        seen.append(Seen(flat[row.marked], nll, sample))
        return (kept[None, :1], *inputs[1:])

    hook = model.get_output_embeddings().register_forward_pre_hook(take)
    try:
        yield seen
    finally:
        hook.remove()


def fits(model: Any, row: Row) -> bool:
    """Whether the logits of a row are held at once: they are few, or the model does more to them than its head."""
    vocabulary = model.get_output_embeddings().weight.shape[0]
    return len(row.tensors["keep"]) * vocabulary <= PIECE or not _plain.get(model, True)


def agrees(model: Any, logits: Tensor, sample: Tensor) -> bool:
    """Whether the model leaves the head's logits as they are; looked at once a model. Both are [1, V]."""
    if model not in _plain:
        _plain[model] = torch.allclose(logits.float(), sample.float(), rtol=1e-4, atol=1e-5)
    return _plain[model]


def token_nll(logits: Tensor, where: Tensor, label: Tensor) -> Tensor:
    """The nll [S] of `label` [S] given `logits` [K, V] at `where` [S], in float32 or, for float64 logits, float64."""
    wide = logits if logits.dtype == torch.float64 else logits.float()
    return -wide.log_softmax(-1)[where, label]  # logsumexp's backward pass goes over the logits more often


def _pieces(head: Any, kept: Tensor, row: Row) -> Tensor:
    size = max(1, PIECE // head.weight.shape[0])
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
