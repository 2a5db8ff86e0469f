"""Tensors have the shapes that their docstrings name, and a name means the same length wherever it stands.

jaxtyping reads the names and binds them across all fields of one object, beartype checks them.
"""

# ruff: noqa: F722  # "lines width" names dimensions
from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from beartype import beartype
from jaxtyping import Float, Float64, Int64, TypeCheckError, jaxtyped
from torch import Tensor

from smallsteps.engine.batches import Batch, Collator, Layout, Row
from smallsteps.engine.packed_targets import packed_rows
from smallsteps.engine.tokens import EncodedView
from smallsteps.training.losses import mean_rows

PARTS = ("answer", "rationale")
checked = jaxtyped(typechecker=beartype)


@checked
@dataclass
class Supervision:
    """What stands beside every layout."""

    where: Int64[Tensor, " supervised"]
    label: Int64[Tensor, " supervised"]
    part: Int64[Tensor, " supervised"]
    weight: Float[Tensor, " supervised"]
    marked: Int64[Tensor, " marks"]


@checked
@dataclass
class ForestRow:
    """Tries of tokens side by side."""

    input_ids: Int64[Tensor, "tries width"]
    position_ids: Int64[Tensor, "tries width"]
    exit: Int64[Tensor, "tries width"]
    keep: Int64[Tensor, " kept"]
    size: Int64[Tensor, ""]


@checked
@dataclass
class PaddedRow:
    """One view a line."""

    input_ids: Int64[Tensor, "views width"]
    attention_mask: Int64[Tensor, "views width"]
    keep: Int64[Tensor, " kept"]
    size: Int64[Tensor, ""]


@checked
@dataclass
class SharedRow:
    """Every distinct source once, and the targets that point to theirs."""

    source_ids: Int64[Tensor, "sources reading"]
    source_mask: Int64[Tensor, "sources reading"]
    source_of: Int64[Tensor, " targets"]
    target_ids: Int64[Tensor, "targets writing"]
    keep: Int64[Tensor, " kept"]
    size: Int64[Tensor, ""]


@checked
@dataclass
class PackedRow:
    """Lines that hold all targets of a source."""

    source_ids: Int64[Tensor, "sources reading"]
    source_mask: Int64[Tensor, "sources reading"]
    source_of: Int64[Tensor, " lines"]
    reads: Int64[Tensor, "lines width"]
    depth: Int64[Tensor, "lines width"]
    exit: Int64[Tensor, "lines width"]
    keep: Int64[Tensor, " kept"]
    size: Int64[Tensor, ""]


LAYOUTS: dict[Layout, type] = {"forest": ForestRow, "padded": PaddedRow, "shared": SharedRow}


def view(draw: np.random.Generator, prompt: list[int], split: bool, marked: bool) -> EncodedView:
    target = [int(one) for one in draw.integers(3, 9, draw.integers(1, 12))]
    source, tokens = (prompt, target) if split else ([], prompt + target)
    weights = [0.0] * (len(tokens) - len(target)) + [1.0] * len(target)
    marks = ((len(tokens) - 1, ("vector",)),) if marked else ()
    return EncodedView("r", PARTS[int(draw.integers(2))], np.asarray(source, np.int32), np.asarray(tokens, np.int32),
                       np.asarray(weights, np.float32), marks)  # fmt: skip


def groups(seed: int, split: bool, marked: bool = True) -> list[list[EncodedView]]:
    draw = np.random.default_rng(seed)
    prompts = [[int(one) for one in draw.integers(3, 9, draw.integers(2, 20))] for _ in range(4)]
    return [[view(draw, prompt, split, marked and draw.random() < 0.5) for _ in range(3)] for prompt in prompts]


def check(row: Row, kind: type) -> None:
    supervision = Supervision(row.where, row.label, row.part, row.weight, row.marked)
    tensors = kind(**row.tensors)
    assert len(supervision.marked) == len(row.keys)
    assert not len(row.where) or int(row.where.max()) < len(tensors.keep), "`where` is an index into the kept logits"


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("seed", range(3))
def test_rows_have_the_shapes_of_their_layout(layout: Layout, seed: int) -> None:
    batch: Batch = Collator(layout, PARTS, 60, 80)(groups(seed, split=layout == "shared"))
    assert len(batch.rows) > 1 and batch.weights.shape == (len(PARTS) + 1,)
    for row in batch.rows:
        check(row, LAYOUTS[layout])
        check(row.silenced(), LAYOUTS[layout])


def test_packed_rows_have_theirs() -> None:
    for row, parts in packed_rows(groups(0, split=True, marked=False), 0, 80):
        check(row, PackedRow)
        assert int(row.part.max()) < len(parts)


@checked
def mean_of_rows(bank: Float[Tensor, "vectors width"], rows: list[list[int]]) -> Float64[Tensor, "places width"]:
    return mean_rows(bank, rows, torch.float64)


def test_the_mean_of_a_place_is_as_wide_as_the_bank() -> None:
    assert mean_of_rows(torch.rand(5, 3), [[0, 4], [2]]).shape == (2, 3)


def test_a_wrong_shape_is_seen() -> None:
    row = Collator("padded", PARTS, 60, 120)(groups(0, split=False)).rows[0]
    with pytest.raises(TypeCheckError):
        check(replace(row, label=row.label[:-1]), PaddedRow)
    with pytest.raises(TypeCheckError):
        check(replace(row, tensors=row.tensors | {"attention_mask": row.tensors["attention_mask"][:, 1:]}), PaddedRow)
