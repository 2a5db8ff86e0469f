"""The self-check: does this model train and decode exactly the way we run it? Asked before the first step.

Each view alone in a row of its own is the reference. Against it stand the rows of training: several questions in one
row, branches, padding. The first layout that gives the same loss and gradients, and in which no view sees another, is
used: the token forest with the fastest attention, else padded rows. Decoding is compared with one forward pass over
the whole sequence. A model that passes neither way is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch

from smallsteps.engine import attention
from smallsteps.engine.batches import Layout, Row, forest_row, padded_row, shared_row
from smallsteps.engine.forest import build_forest, distinct_tokens
from smallsteps.engine.student import Student
from smallsteps.engine.tokens import EncodedView
from smallsteps.errors import OptionError
from smallsteps.progress import SILENT, Bar, Progress
from smallsteps.tensors.device import device_of, put
from smallsteps.training.leaks import leak
from smallsteps.training.losses import Mix, part_sums

TOLERANCE = {torch.float64: 1e-6, torch.float32: 1e-4, torch.bfloat16: 5e-2, torch.float16: 5e-2}
ERROR = re.compile(r"\w+(Error|Exception|Warning): ")
LEAK = 1e-6  # a gradient of this share is more than rounding: where nothing is seen, it is 0
Groups = Sequence[Sequence[EncodedView]]
Rows = Callable[[Groups, Sequence[str]], list[Row]]


@dataclass(frozen=True)
class Check:
    """The rows of training against each view alone: largest relative differences, and the layout to use.

    `distinct` and `total` count the tokens of the views compared. `trouble` says why the token forest is not used,
    `attention` names the implementation that was found exact, `cached` is whether decoding uses a key-value cache.
    """

    loss: float
    gradient: float
    distinct: int
    total: int
    layout: Layout
    trouble: str = ""
    attention: str = ""
    cached: bool = True


@dataclass(frozen=True)
class _Candidate:
    """A layout with the attention that runs it, and how it lays out the views."""

    layout: Layout
    attention: str
    rows: Rows


def check_layouts(
    student: Student,
    groups: Groups,
    mix: Mix,
    progress: Progress = SILENT,
    *,
    layouts: Sequence[Layout] = ("forest", "padded", "shared"),
    autocast: torch.dtype | None = None,
) -> Check:
    """The first of `layouts` that is exact on the given groups, which should hold the corpus's longest view.

    Leaves the model's mode, random state and gradients as they were, and its attention the one that was found exact.
    A layout must also run in training mode under `autocast`. Raises OptionError where none is exact.
    """
    views = [view for group in groups for view in group]
    distinct, total = sum(map(distinct_tokens, groups)), sum(len(view.tokens) for view in views)
    troubles: list[str] = []
    with _eval_mode(student.model), progress.bar("self-check", None) as bar:
        for candidate in _candidates(student, layouts):
            attention.use(student.model, candidate.attention)
            loss, gradient, trouble = _tried(student, groups, mix, candidate, autocast, bar)
            if not trouble:
                why = troubles[0] if troubles and candidate.layout == "padded" else ""
                return Check(loss, gradient, distinct, total, candidate.layout, why, candidate.attention)
            troubles.append(trouble)
    raise OptionError(f"this student cannot be trained: {_clause(troubles[-1])}; take another student")


def _clause(trouble: str) -> str:
    return f"its model fails on a batch of several examples ({trouble})" if ERROR.match(trouble) else trouble


@contextmanager
def _eval_mode(model: Any) -> Iterator[None]:
    was_training = model.training
    devices = [one for one in {parameter.device for parameter in model.parameters()} if one.type == "cuda"]
    model.eval()
    try:
        with torch.random.fork_rng(devices, device_type="cuda"):
            yield
    finally:
        model.train(was_training)
        model.zero_grad(set_to_none=True)


def _candidates(student: Student, layouts: Sequence[Layout]) -> list[_Candidate]:
    own = student.architecture.layout
    names = attention.choices(student.model)
    if own == "shared":
        return [_Candidate("shared", str(student.model.config.get_text_config()._attn_implementation), _shared)]
    found = [_Candidate("padded", names[-1], _padded)] if "padded" in layouts else []
    if own == "forest" and "forest" in layouts:
        return [*(_Candidate("forest", name, partial(_forest, name in attention.SPARSE)) for name in names), *found]
    return found or [_Candidate("padded", names[-1], _padded)]


def _tried(
    student: Student, groups: Groups, mix: Mix, candidate: _Candidate, autocast: torch.dtype | None, bar: Bar
) -> tuple[float, float, str]:
    """The relative differences of loss and gradient, and in a clause what speaks against a candidate."""
    tolerance = TOLERANCE[next(student.model.parameters()).dtype]
    try:
        loss, gradient = _differences(student, groups, mix, candidate, bar)
        if not (loss <= tolerance and gradient <= tolerance):  # also where one is no number
            return (
                loss,
                gradient,
                (f"the loss differs by {loss:.1e} and its gradient by {gradient:.1e} from one example at a time"),
            )
        seen = leak(student, groups, candidate.layout)
        if seen > LEAK:
            return loss, gradient, "an example sees the text after it, or that of another example"
        _train_once(student, candidate.rows(groups, mix.parts)[0], mix, autocast)
    except Exception as error:  # a stranger's model may refuse a mask in any way it likes
        return float("inf"), float("inf"), f"{type(error).__name__}: {error}".partition("\n")[0]
    return loss, gradient, ""


def _differences(student: Student, groups: Groups, mix: Mix, candidate: _Candidate, bar: Bar) -> tuple[float, float]:
    """Relative differences of loss and gradient to each view alone.

    The second gradient is taken from the first where it stands, so that no more than one is ever held.
    """
    model, views = student.model, [view for group in groups for view in group]
    weights = _weights(views, mix)
    alone = shared_row if student.architecture.split else padded_row
    model.zero_grad(set_to_none=True)
    expected = sum(_backward(student, alone([view], mix.parts), mix, weights, 1.0, bar) for view in views)
    scale = _gradient_norm(model)
    rows = candidate.rows(groups, mix.parts)
    found = sum(_backward(student, row, mix, weights, -1.0, bar) for row in rows)
    return abs(found - expected) / max(abs(expected), 1e-30), _gradient_norm(model) / max(scale, 1e-30)


def _weights(views: Sequence[EncodedView], mix: Mix) -> torch.Tensor:
    sums = torch.zeros(len(mix.parts) + 1, dtype=torch.float64)
    for view in views:
        sums[mix.parts.index(view.part)] += float(view.weights.sum(dtype=np.float64))
    return sums


def _backward(student: Student, row: Row, mix: Mix, weights: torch.Tensor, sign: float, bar: Bar) -> float:
    device = device_of(student.model)
    sums = part_sums(student.architecture, student.model, row.to(device), mix.parts)
    loss = mix.total(sums, put(weights, device))
    (sign * loss).backward()  # type: ignore[no-untyped-call]
    bar.advance()
    return loss.item()


def _gradient_norm(model: Any) -> float:
    """The norm of a model's gradient, parameter by parameter."""
    found = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
    norms = [grad.norm(dtype=torch.promote_types(grad.dtype, torch.float32)).item() for grad in found]
    return float(sum(norm**2 for norm in norms) ** 0.5)


def _train_once(student: Student, row: Row, mix: Mix, autocast: torch.dtype | None) -> None:
    """One forward and backward pass as in training: some kernels refuse dropout or mixed precision only then."""
    model, device = student.model, device_of(student.model)
    model.train()
    try:
        with nullcontext() if autocast is None else torch.autocast(device.type, autocast):
            sums = part_sums(student.architecture, model, row.to(device), mix.parts)
        sums.sum().backward()  # type: ignore[no-untyped-call]
    finally:
        model.eval()
        model.zero_grad(set_to_none=True)


def _forest(sparse: bool, groups: Groups, parts: Sequence[str]) -> list[Row]:
    """All groups in one line where attention is sparse; else the first two share a line, padded to the others'."""
    lines = [groups] if sparse or len(groups) < 3 else [groups[:2], groups[2:]]
    return [forest_row([build_forest(line, parts) for line in lines])]


def _padded(groups: Groups, parts: Sequence[str]) -> list[Row]:
    return [padded_row([view for group in groups for view in group], parts)]


def _shared(groups: Groups, parts: Sequence[str]) -> list[Row]:
    return [shared_row([view for group in groups for view in group], parts)]


def sample_for_check(groups: Groups) -> list[Sequence[EncodedView]]:
    """A few groups for the check: the shortest, the one with the longest view and the one with the most views."""
    by_size = sorted(groups, key=lambda group: sum(len(view.tokens) + len(view.source) for view in group))
    by_length = max(groups, key=lambda group: max(len(view.tokens) + len(view.source) for view in group))
    picked = (by_size[0], max(groups, key=len), groups[0], by_size[min(1, len(by_size) - 1)])
    longest = max(by_length, key=lambda view: len(view.tokens) + len(view.source))
    others = [group for group in {id(group): group for group in picked}.values() if group is not by_length][:2]
    return [*(list(group)[:2] for group in others), [longest, *[view for view in by_length if view is not longest][:1]]]
