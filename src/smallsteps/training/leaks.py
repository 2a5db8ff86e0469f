"""Does an example see what it must not see? Then its loss has a gradient at the embeddings of that text.

The gradient is exactly 0 where nothing is seen, in any precision: this finds leaks that a comparison of losses cannot
tell from rounding, and models that read from both sides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from smallsteps.engine.architecture import bare
from smallsteps.engine.batches import Layout, Row, forest_row, padded_row, shared_row
from smallsteps.engine.forest import build_forest
from smallsteps.engine.student import Student
from smallsteps.engine.tokens import EncodedView
from smallsteps.tensors.device import device_of
from smallsteps.training.losses import part_sums

WATCHED, OTHER = "watched", "other"
Groups = Sequence[Sequence[EncodedView]]
Masks = list[Tensor]


def leak(student: Student, groups: Groups, layout: Layout) -> float:
    """The largest gradient of an example's loss at text that it must not see, relative to that at its own text.

    The first and the last example of the groups are looked at, with half of their supervised tokens: what follows
    must not be seen either.
    """
    last = sum(map(len, groups)) - 1
    return max(_seen_elsewhere(student, *_watching(groups, place, layout)) for place in {0, last})


def _seen_elsewhere(student: Student, row: Row, own: Masks) -> float:
    """The gradient outside of `own`, one mask for each call of the embeddings, over that inside."""
    with _embeddings(student) as embedded:
        sums = part_sums(student.architecture, student.model, row.to(device_of(student.model)), (WATCHED, OTHER))
    found = torch.autograd.grad(sums[0], _matching(embedded, own), allow_unused=True)
    inside, outside = [0.0], [0.0]
    for gradient, mask in zip(found, own, strict=True):
        if gradient is not None:
            size = gradient.abs().amax(-1).float().reshape(mask.shape).cpu()
            inside.append(float(size.masked_fill(~mask, 0).max()))
            outside.append(float(size.masked_fill(mask, 0).max()))
    return max(outside) / max(*inside, 1e-30)


def _matching(embedded: Sequence[Tensor], own: Masks) -> list[Tensor]:
    """The embeddings of each mask's tokens; a model may embed something else besides (padding)."""
    left, found = list(embedded), []
    for mask in own:
        while left and left[0].shape[:-1] not in (mask.shape, mask.flatten().shape):
            left.pop(0)
        if not left:
            raise RuntimeError("it does not read its tokens through its input embeddings")
        found.append(left.pop(0))
    return found


@contextmanager
def _embeddings(student: Student) -> Iterator[list[Tensor]]:
    """While it lasts, what the input embeddings make becomes a leaf of the graph, and stands in the list."""
    made: list[Tensor] = []

    def cut(_: Any, __: Any, output: Tensor) -> Tensor:
        made.append(output.detach().requires_grad_())
        return made[-1].clone()  # some models scale it in place

    hooks = [module.register_forward_hook(cut) for module in _embedding_modules(student)]
    try:
        yield made
    finally:
        for hook in hooks:
            hook.remove()


def _embedding_modules(student: Student) -> list[Any]:
    model = bare(student.model)
    readers = [model.get_encoder(), model.get_decoder()] if student.architecture.split else [model]
    found = [reader.get_input_embeddings() for reader in readers]
    return list({id(module): module for module in found}.values())


def _watching(groups: Groups, watched: int, layout: Layout) -> tuple[Row, Masks]:
    """A row in which one example, by its number, is watched, and which of the places in it are its own."""
    every = [view for group in groups for view in group]
    half = _first_half(every[watched])
    views = [half if number == watched else replace(view, part=OTHER) for number, view in enumerate(every)]
    if layout == "forest":
        return _watching_forest(groups, views)
    build: Callable[..., Row] = shared_row if layout == "shared" else padded_row
    row, line = build(views, (WATCHED, OTHER)), watched  # one example a line
    last = int(np.flatnonzero(half.weights)[-1])
    if layout == "padded":
        return row, [_mask(row.tensors["input_ids"], line, last + 1)]
    source = int(row.tensors["source_of"][line])
    return row, [_mask(row.tensors["source_ids"], source, len(half.source)),
                 _mask(row.tensors["target_ids"], line, last + 1)]  # fmt: skip


def _mask(ids: Tensor, line: int, length: int) -> Tensor:
    mask = torch.zeros(ids.shape, dtype=torch.bool)
    mask[line, :length] = True
    return mask


def _first_half(view: EncodedView) -> EncodedView:
    learnt = np.flatnonzero(view.weights)
    weights = np.zeros_like(view.weights)
    weights[learnt[: max(1, len(learnt) // 2)]] = 1
    return replace(view, part=WATCHED, weights=weights, marks=())


def _watching_forest(groups: Groups, views: Sequence[EncodedView]) -> tuple[Row, Masks]:
    """All groups in one line; the watched example's places are the ancestors of its last token."""
    found, start = [], 0
    for group in groups:
        found.append(list(views[start : start + len(group)]))
        start += len(group)
    forest = build_forest(found, (WATCHED, OTHER))
    own = torch.zeros(1, len(forest), dtype=torch.bool)
    place = int(forest.predicted[forest.part == 0].max())
    while place >= 0:
        own[0, place], place = True, int(forest.parent[place])
    return forest_row([forest]), [own]
