"""Packed rows hold every target whole: a place sees the start and its own target's tokens before it, nothing else."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from smallsteps.engine.packed_targets import COMFORT, packed_rows
from smallsteps.engine.tokens import EncodedView

START = 99
TARGETS = st.lists(st.lists(st.integers(1, 3), min_size=1, max_size=30), min_size=1, max_size=25, unique_by=tuple)


def view(question: int, number: int, tokens: list[int]) -> EncodedView:
    weights = np.arange(1, len(tokens) + 1, dtype=np.float32)
    source = np.full(question + 2, 7, np.int32)
    return EncodedView(str(question), f"{question}.{number}", source, np.asarray(tokens, np.int32), weights)


@given(st.lists(TARGETS, min_size=1, max_size=4), st.sampled_from([40, 300, 5000]))
@settings(max_examples=30, deadline=None)
def test_every_place_sees_its_own_target_and_each_beginning_stands_once(
    questions: list[list[list[int]]], pass_tokens: int
) -> None:
    groups = [[view(q, n, tokens) for n, tokens in enumerate(targets)] for q, targets in enumerate(questions)]
    found: dict[str, list[int]] = {}
    for row, parts in packed_rows(groups, START, pass_tokens):
        leave, reads, depth = (row.tensors[name].numpy() for name in ("exit", "reads", "depth"))
        assert leave.shape[1] <= COMFORT
        beginnings: set[tuple[int, ...]] = set()
        for place in row.tensors["keep"].tolist():
            line, here = divmod(place, leave.shape[1])
            seen = [j for j in range(here + 1) if here < leave[line, j]]
            assert depth[line, seen].tolist() == list(range(len(seen)))
            beginnings.add((line, *reads[line, seen].tolist()))
        assert len(beginnings) == len(row.tensors["keep"])
        for where, label, part in zip(row.where.tolist(), row.label.tolist(), row.part.tolist(), strict=True):
            line, here = divmod(row.tensors["keep"][where].item(), leave.shape[1])
            seen = [j for j in range(here + 1) if here < leave[line, j]]
            tokens = found.setdefault(parts[part], [])
            assert reads[line, seen].tolist() == [START, *tokens]
            assert len(row.tensors["source_mask"][row.tensors["source_of"][line]].nonzero()) == int(parts[part][0]) + 2
            tokens.append(label)
    assert found == {one.part: one.tokens.tolist() for group in groups for one in group}
