"""What every strategy promises: new files of `segment/` are held to it without a line here."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields
from itertools import pairwise
from typing import Any

import pytest

from smallsteps.errors import OptionError, UnknownNameError
from smallsteps.records import Rationale, Record
from smallsteps.segment import STRATEGIES, Measured, Strategy, make_strategy, segment_records, segment_spans
from smallsteps.text.clauses import split_clauses

TEXT = (
    "Tom has 12 apples and buys 7 more. That makes 12 + 7 = 19 apples, which he puts into 2 boxes. "
    "So each of the boxes holds half of them."
)
TEXTS = (TEXT, "", "One.", "肝脏大小正常，形态规则，未见明显异常密度影。双肺纹理增多，考虑炎症。", "a b c d, " * 40)
RECORD = Record(
    "r", "word_problems", "Tom has 12 apples and buys 7 more.", "19", rationales=tuple(map(Rationale, TEXTS))
)


class Fake:
    """Measures by the length of a clause."""

    def measure(self, records: Any, clauses: Any, context: Any) -> list[list[list[Measured]]]:
        return [[[Measured(len(c), 2.0 * len(c), 1) for c in texts] for texts in some] for some in clauses]


@pytest.fixture(params=STRATEGIES.names())
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def strategy(name: str) -> Strategy:
    return make_strategy(name, {})


def segmented(strategy: Strategy) -> Record:
    (found,) = segment_records([RECORD], strategy, Fake())
    return found


def test_segments_tile_every_rationale_and_merged_labels_alternate(strategy: Strategy) -> None:
    for rationale in segmented(strategy).rationales:
        spans = segment_spans(rationale)
        assert "".join(text for text, _, _ in spans) == rationale.text
        kinds = [kind for _, kind, _ in spans]
        assert all(a != b for a, b in pairwise(kinds))


def test_unmerged_segments_are_the_clauses(name: str) -> None:
    for rationale in segmented(make_strategy(name, {"merge": False})).rationales:
        assert [(one.start, one.end) for one in rationale.segments or ()] == split_clauses(rationale.text)


def test_the_rest_of_a_record_stays(strategy: Strategy) -> None:
    found = segmented(strategy)
    assert (found.id, found.question, found.answer) == (RECORD.id, RECORD.question, RECORD.answer)
    assert [rationale.text for rationale in found.rationales] == list(TEXTS)


def test_labels_are_pure_and_come_one_a_clause(strategy: Strategy) -> None:
    clauses = [TEXT[start:end] for start, end in split_clauses(TEXT)]
    measured = [Measured(float(len(clause)), 1.0, 3) for clause in clauses] if strategy.scorer_context else None
    first = strategy.label(RECORD, 0, clauses, measured)
    assert len(first) == len(clauses)
    assert first == strategy.label(RECORD, 0, clauses, measured)
    assert {label.kind for label in first} <= {"extractive", "abstractive"}


def test_options_are_documented_frozen_and_checked(name: str, strategy: Strategy) -> None:
    with pytest.raises(FrozenInstanceError):
        strategy.merge = False  # type: ignore[misc]
    with pytest.raises(UnknownNameError, match="did you mean 'merge'"):
        make_strategy(name, {"merg": True})
    with pytest.raises(OptionError, match="shortest"):
        make_strategy(name, {"shortest": 0})
    if any(item.name == "beta" for item in fields(strategy)):
        for wrong in (0, -1.4, float("nan")):
            with pytest.raises(OptionError, match="expected a number above 0"):
                make_strategy(name, {"beta": wrong})
