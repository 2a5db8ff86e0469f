"""The first-use check: does this model give the same loss and gradients on the forest as on padded rows?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from smallsteps.engine import attention
from smallsteps.engine.batches import Batch, Collator, Layout
from smallsteps.engine.forest import distinct_tokens
from smallsteps.engine.student import Student
from smallsteps.engine.tokens import EncodedView
from smallsteps.training.losses import Mix, part_sums

TOLERANCE = {torch.float64: 1e-6, torch.float32: 1e-4, torch.bfloat16: 5e-2, torch.float16: 5e-2}


@dataclass(frozen=True)
class Check:
    """Forest against padded rows: largest relative differences, token counts, and the layout to use.

    `trouble` says what went wrong where the model refused the forest.
    """

    loss: float
    gradient: float
    distinct: int
    total: int
    layout: Layout
    trouble: str = ""


def check_layouts(student: Student, groups: Sequence[Sequence[EncodedView]], mix: Mix, row_tokens: int) -> Check:
    """Compare both layouts in eval mode on the given groups, which should hold the corpus's longest view.

    Leaves the model's mode and gradients as they were, and its attention the fastest that is exact: an attention
    that skips what a forest hides, or the model's own. Any refusal of the model counts as a difference.
    """
    views = [view for group in groups for view in group]
    distinct, total = sum(map(distinct_tokens, groups)), sum(len(view.tokens) for view in views)
    if student.architecture.layout != "forest":
        return Check(0.0, 0.0, distinct, total, student.architecture.layout)
    was_training = student.model.training
    student.model.eval()
    try:
        for name in attention.choices(student.model):
            attention.use(student.model, name)
            loss, gradient, trouble = _compared(student, groups, mix, row_tokens)
            tolerance = TOLERANCE[next(student.model.parameters()).dtype]
            fits = loss <= tolerance and gradient <= tolerance
            if fits:
                break
    finally:
        student.model.train(was_training)
        student.model.zero_grad(set_to_none=True)
    return Check(loss, gradient, distinct, total, "forest" if fits else "padded", trouble)


def _compared(
    student: Student, groups: Sequence[Sequence[EncodedView]], mix: Mix, row_tokens: int
) -> tuple[float, float, str]:
    """The relative differences of loss and gradient, and what went wrong where the model refused."""
    try:
        return (*_differences(student, groups, mix, row_tokens), "")
    except Exception as error:  # a stranger's model may refuse a mask in any way it likes
        return float("inf"), float("inf"), f"{type(error).__name__}: {error}".partition("\n")[0]


def _differences(
    student: Student, groups: Sequence[Sequence[EncodedView]], mix: Mix, row_tokens: int
) -> tuple[float, float]:
    found = []
    layouts: tuple[Layout, Layout] = ("padded", "forest")
    for layout in layouts:
        collator = Collator(layout, mix.parts, row_tokens, 2 * row_tokens, attention.skips_hidden(student.model))
        student.model.zero_grad(set_to_none=True)
        found.append(_loss_and_gradient(student, collator(groups), mix))
    (loss, gradient), (other_loss, other_gradient) = found
    scale = gradient.norm().clamp_min(1e-30)
    return abs(other_loss - loss) / max(abs(loss), 1e-30), float((other_gradient - gradient).norm() / scale)


def _loss_and_gradient(student: Student, batch: Batch, mix: Mix) -> tuple[float, torch.Tensor]:
    device = next(student.model.parameters()).device
    total = 0.0
    for row in batch.rows:
        loss = mix.total(
            part_sums(student.architecture, student.model, row.to(device), mix.parts), batch.weights.to(device)
        )
        loss.backward()  # type: ignore[no-untyped-call]
        total += loss.item()
    return total, _gradient(student.model)


def _gradient(model: Any) -> torch.Tensor:
    found = [parameter.grad.flatten() for parameter in model.parameters() if parameter.grad is not None]
    return torch.cat(found).double()


def sample_for_check(groups: Sequence[Sequence[EncodedView]], row_tokens: int) -> list[Sequence[EncodedView]]:
    """A few groups for the check: the one with the longest view, the one with the most views, and the first."""
    by_length = max(groups, key=lambda group: max(len(view.tokens) for view in group))
    by_count = max(groups, key=len)
    chosen = {id(group): group for group in (by_length, by_count, groups[0])}
    longest = max(by_length, key=lambda view: len(view.tokens))
    picked = [[longest, *[view for view in by_length if view is not longest][:3]]]
    return [*picked, *(list(group)[:4] for group in chosen.values() if group is not by_length)]
