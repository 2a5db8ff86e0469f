"""What we read from the rationales of published corpora next to the answers that their publishers recorded.

A data file lists every disagreement with who is right; docs/reference/formats.md shows the table that is made here.
"""

from __future__ import annotations

import importlib.util
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_agreement", ROOT / "docs" / "agreement.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


agreement = load()
LISTED = agreement.listed()


@pytest.fixture(scope="module")
def compared(data: Path) -> list[Any]:
    return list(agreement.compare(data))


def listed_of(compared: list[Any]) -> dict[tuple[str, int, int], tuple[str, str | None, str]]:
    """What the data file has to say about some comparisons."""
    return {one.place: (one.written, one.text, one.ending) for one in compared if one.disagrees}


def test_the_disagreements_with_recorded_answers_are_those_listed(compared: list[Any]) -> None:
    cases = [case for case in LISTED if case["file"] != agreement.VOTES]
    expected = {
        (case["file"], case["row"], case["rationale"]): (case["field"], case["text"], case["ending"]) for case in cases
    }
    assert len(expected) == len(cases) == 349
    assert listed_of(compared) == expected


def test_the_disagreements_with_votes_are_those_listed(data: Path) -> None:
    cases = [case for case in LISTED if case["file"] == agreement.VOTES]
    votes = list(agreement.compare_votes(data))
    assert listed_of(votes) == {
        (case["file"], case["row"], case["rationale"]): (case["field"], case["text"], case["ending"]) for case in cases
    }
    assert (len(votes), len(cases)) == (1161, 182)
    assert Counter(case["right"] for case in cases) == {"text": 162, "field": 19, "neither": 1}


def test_plainly_stated_answers_are_the_recorded_ones(compared: list[Any]) -> None:
    """At least 99 % of them, and at least 98 % of those that the text states otherwise."""
    recorded = [one for one in compared if one.field is not None and one.text is not None]
    plain, other = ([one for one in recorded if one.plain is plain] for plain in (True, False))
    assert len(plain) > 8800 and agreement.agreement(plain) >= 0.99
    assert len(other) > 13150 and agreement.agreement(other) >= 0.98


def test_what_is_read_is_what_the_text_says(compared: list[Any]) -> None:
    """The field is wrong about some texts; counting those as the data file judges them, 99 % are read right."""
    ours = {(case["file"], case["row"], case["rationale"]) for case in LISTED if case["right"] == "text"}
    stated = [one for one in compared if one.text is not None]
    assert sum(one.same or one.place in ours for one in stated) / len(stated) >= 0.99


def test_the_page_of_layouts_holds_these_tables(compared: list[Any]) -> None:
    page = (ROOT / "docs" / "reference" / "formats.md").read_text("utf-8")
    told = "docs/reference/formats.md is out of date: run python docs/make_formats.py --data FOLDER"
    assert agreement.table(compared) in page and agreement.why_table(LISTED) in page, told


def test_votes_are_points_of_two_peers_and_no_answers(data: Path) -> None:
    import json

    counts = Counter(
        (sum(raw[f"{name}_rationale"][1:]) >= 7, raw[f"{name}_rationale"][0] in raw["correct_rationale"])
        for raw in json.loads((data / agreement.VOTES).read_text("utf-8"))
        for name in ("gpt", "gemini", "mistral")
    )
    assert counts == {(True, True): 825, (False, False): 335, (False, True): 1}


def test_the_field_of_mentor_kd_is_wrong_about_most_letters_that_a_text_contradicts() -> None:
    """Its authors took the `C` of `Catch-22` and the `A` of `August` for letters."""
    right = Counter((case["file"].split("/")[1].split("_")[0], case["right"]) for case in LISTED
                    if case["file"].endswith("_train.json"))  # fmt: skip
    assert right["tracking", "text"] == 16 and right["date", "text"] == 6 and right["last", "field"] == 10


def test_every_listed_disagreement_says_who_is_right_and_why() -> None:
    assert {case["right"] for case in LISTED} == {"field", "text", "neither"}
    assert {case["why"] for case in LISTED} == set(agreement.WHY)
    assert all(len(case["ending"]) <= 50 for case in LISTED)
