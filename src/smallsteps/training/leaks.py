"""Does a view see what it must not see? Its loss is taken twice, the second time with all other text exchanged.

This finds what a comparison of losses cannot in half precision, whose rounding is as large as a small leak.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from smallsteps.engine.batches import Layout, Row, forest_row, padded_row, shared_row
from smallsteps.engine.forest import build_forest
from smallsteps.engine.student import Student
from smallsteps.engine.tokens import EncodedView
from smallsteps.tensors.device import device_of
from smallsteps.training.losses import part_sums

WATCHED, OTHER = "watched", "other"


@torch.no_grad()
def leak(student: Student, groups: Sequence[Sequence[EncodedView]], parts: Sequence[str], layout: Layout) -> float:
    """The largest relative change of a watched view's loss when the text that it must not see is exchanged.

    The first and the last view of the groups are watched in turn, in the given layout. Tokens behind a watched
    view's own are exchanged as well: a model that reads both ways sees those.
    """
    views = [view for group in groups for view in group]
    changes = [0.0]
    for watched in {id(views[0]): views[0], id(views[-1]): views[-1]}.values():
        rows = _exchanged(groups, watched, layout)
        before, after = (_loss(student, row) for row in rows)
        changes.append(abs(after - before) / max(abs(before), 1e-30))
    return max(changes)


def _loss(student: Student, row: Row) -> float:
    device = device_of(student.model)
    return float(part_sums(student.architecture, student.model, row.to(device), (WATCHED, OTHER))[0])


def _exchanged(groups: Sequence[Sequence[EncodedView]], watched: EncodedView, layout: Layout) -> tuple[Row, Row]:
    """A row that watches the first half of a view's supervised tokens, and the same with all other text exchanged."""
    half = _first_half(watched)
    views = [half if view is watched else replace(view, part=OTHER) for group in groups for view in group]
    if layout == "forest":
        return _exchanged_forest(groups, views, half)
    build = shared_row if layout == "shared" else padded_row
    spared = len(half.tokens) if layout == "shared" else int(np.flatnonzero(half.weights)[-1]) + 1
    changed = [_turned(view, spared) if view is half else _turned(view, 0) for view in views]
    return build(views, (WATCHED, OTHER)), build(changed, (WATCHED, OTHER))


def _first_half(view: EncodedView) -> EncodedView:
    learnt = np.flatnonzero(view.weights)
    weights = np.zeros_like(view.weights)
    weights[learnt[: max(1, len(learnt) // 2)]] = 1
    return replace(view, part=WATCHED, weights=weights, marks=())


def _turned(view: EncodedView, spared: int) -> EncodedView:
    """A view with its tokens behind the first `spared` in reverse order, its source too where none is spared."""
    tokens = np.concatenate([view.tokens[:spared], view.tokens[spared:][::-1]])
    return replace(view, tokens=tokens, source=view.source if spared else view.source[::-1], marks=())


def _exchanged_forest(
    groups: Sequence[Sequence[EncodedView]], views: Sequence[EncodedView], half: EncodedView
) -> tuple[Row, Row]:
    found, start = [], 0
    for group in groups:
        found.append(list(views[start : start + len(group)]))
        start += len(group)
    forest = build_forest(found, (WATCHED, OTHER))
    last = int(forest.predicted[forest.part == 0].max())
    seen = np.zeros(len(forest), bool)
    place = last
    while place >= 0:
        seen[place], place = True, int(forest.parent[place])
    token = forest.token.copy()
    token[~seen] = token[~seen][::-1]
    return forest_row([forest]), forest_row([replace(forest, token=token)])
