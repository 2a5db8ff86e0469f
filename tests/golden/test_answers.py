"""Golden cases of reading answers: data files of `{text, first, last, source}`, near-misses included."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from smallsteps.text import candidates, numbers
from smallsteps.text import class_names as verdicts

FOLDER = Path(__file__).parent / "answers"
READERS: dict[str, Callable[[str], list[str]]] = {
    "number": numbers.numbers,
    "letter": lambda text: candidates.letters(text, "ABCDEF"),
    "yes_no": candidates.yes_no,
    "string": candidates.strings,
    "date": candidates.dates,
    "sentiment": verdicts.sentiments,
    "inference": verdicts.inferences,
}


def load(kind: str) -> list[dict[str, str | None]]:
    return [json.loads(line) for line in (FOLDER / f"{kind}.jsonl").read_text("utf-8").splitlines()]


CASES = [pytest.param(kind, case, id=f"{kind}:{case['text']}") for kind in READERS for case in load(kind)]


@pytest.mark.parametrize(("kind", "case"), CASES)
def test_the_first_and_the_last_candidate_are_the_ones_written_down(kind: str, case: dict[str, str | None]) -> None:
    found = READERS[kind](str(case["text"]))
    assert (found[0] if found else None, found[-1] if found else None) == (case["first"], case["last"])


@pytest.mark.parametrize(("kind", "case"), CASES)
def test_a_reading_reads_back_as_itself(kind: str, case: dict[str, str | None]) -> None:
    for found in READERS[kind](str(case["text"])):
        assert READERS[kind](found) == [found]


@pytest.mark.parametrize("kind", READERS)
def test_every_kind_has_enough_cases_each_with_a_source_and_some_near_misses(kind: str) -> None:
    cases = load(kind)
    assert len(cases) >= 15
    assert all(case["source"] for case in cases)
    assert sum(str(case["source"]).startswith("near-miss") for case in cases) >= 5
