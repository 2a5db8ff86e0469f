"""Exactness: loss and gradient of every attention that a forest may run on, next to padded rows; greedy decoding.

In bf16 both layouts round. The error that counts is each one's distance from padded rows in float32: a forest whose
branches leak into one another is further away than padded rows are, however wide a tolerance would be.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch

from accelerator.decoding import generated, written
from accelerator.shapes import SHAPES, Setting, student
from accelerator.table import Finding
from smallsteps.engine import attention
from smallsteps.engine.batches import Collator, Layout
from smallsteps.engine.student import Student
from smallsteps.engine.tokens import EncodedView
from smallsteps.records import Record
from smallsteps.training.losses import Mix, part_sums

MIX = Mix.of({"target": 1.0})
ROW, PASS = 2048, 4096
QUESTIONS, RATIONALES, LENGTH = 6, 5, 120


def exactness(records: Sequence[Record], setting: Setting) -> Iterator[Finding]:
    """The findings of each shape, small enough for float32 gradients to be compared at once."""
    for name in SHAPES:
        one = student(name, records, setting, small=True)
        yield from _training(name, one)
        yield _decoding(name, one, records, setting)


def _training(name: str, one: Student) -> Iterator[Finding]:
    groups = _groups(len(one.tokenizer))
    exact = _loss_and_gradient(one, "padded", groups)
    for dtype in (torch.float32, torch.bfloat16):
        cast = Student(copy.deepcopy(one.model).to(dtype), one.tokenizer, one.architecture, one.template)
        padded = _differences(_loss_and_gradient(cast, "padded", groups), exact)
        for choice in attention.choices(cast.model):
            title = f"{name}, {str(dtype).removeprefix('torch.')}, {choice}"
            try:
                attention.use(cast.model, choice)
                loss, gradient = _differences(_loss_and_gradient(cast, "forest", groups), exact)
            except Exception as error:  # a finding as well
                yield Finding("exactness", title, f"refused: {type(error).__name__}", "", str(error).partition("\n")[0])
                continue
            told = "exact" if gradient <= max(1e-4, 1.5 * padded[1]) else "NOT EXACT"
            yield Finding("exactness", title, f"loss {loss:.1e}, gradient {gradient:.1e}",
                          f"loss {padded[0]:.1e}, gradient {padded[1]:.1e}", told)  # fmt: skip


def _decoding(name: str, one: Student, records: Sequence[Record], setting: Setting) -> Finding:
    ours, theirs = (make(one, records[:32], 48, 16, 0.0) for make in (written, generated))
    same = sum(a == b for a, b in zip(ours, theirs, strict=True))
    told = "exact" if same == len(ours) else "NOT EXACT"
    return Finding("exactness", f"{name}, float32, greedy decoding", f"{same} of {len(ours)} alike", "generate", told)


def _groups(vocabulary: int) -> list[list[EncodedView]]:
    """Questions with rationales that share their first third."""
    draw = np.random.default_rng(0)
    weights = np.concatenate([np.zeros(LENGTH, np.float32), np.ones(LENGTH, np.float32)])
    groups = []
    for _ in range(QUESTIONS):
        shared = draw.integers(5, vocabulary, LENGTH + LENGTH // 3)
        rest = [draw.integers(5, vocabulary, LENGTH - LENGTH // 3) for _ in range(RATIONALES)]
        tokens = [np.concatenate([shared, own]).astype(np.int32) for own in rest]
        groups.append([EncodedView("r", "target", np.empty(0, np.int32), one, weights) for one in tokens])
    return groups


def _loss_and_gradient(one: Student, layout: Layout, groups: Sequence[Sequence[EncodedView]]) -> tuple[float, Any]:
    sparse = layout == "forest" and attention.skips_hidden(one.model)
    batch = Collator(layout, MIX.parts, ROW, PASS, sparse)(groups)
    device = next(one.model.parameters()).device
    one.model.zero_grad(set_to_none=True)
    total = 0.0
    for row in batch.rows:
        sums = part_sums(one.architecture, one.model, row.to(device), MIX.parts)
        loss = MIX.total(sums, batch.weights.to(device))
        loss.backward()  # type: ignore[no-untyped-call]
        total += loss.item()
    gradients = [parameter.grad.flatten().float() for parameter in one.model.parameters() if parameter.grad is not None]
    one.model.zero_grad(set_to_none=True)
    return total, torch.cat(gradients)


def _differences(found: tuple[float, Any], exact: tuple[float, Any]) -> tuple[float, float]:
    return abs(found[0] - exact[0]) / abs(exact[0]), float((found[1] - exact[1]).norm() / exact[1].norm())
