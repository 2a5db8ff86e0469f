"""Golden cases of reading whole texts: what each states, or that it states nothing; the kind is the source.

A case names the answer that is `right` (null for none), or whether a reading is `correct` against a `gold` answer.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from smallsteps.tasks import get_task, read_gold
from smallsteps.text.reader import ANY

FOLDER = Path(__file__).parent / "reading"


def load(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FOLDER / f"{name}.jsonl").read_text("utf-8").splitlines()]


CASES = [*load("cases"), *load("neighbours")]


@pytest.mark.parametrize("case", CASES, ids=[f"{case['source']}: {case['text'][-60:]}" for case in CASES])
def test_a_text_states_what_is_written_down(case: dict[str, Any]) -> None:
    task = get_task(case["task"])
    found = ANY.read(case["text"], task, tuple(case.get("choices", ())), case.get("finish")).answer
    if "gold" in case:
        assert (found is not None and task.same(found, case["gold"])) is case["correct"], found
    else:
        assert found == case["right"]


@pytest.mark.parametrize("case", load("gold"), ids=[f"{case['task']}: {case['text']}" for case in load("gold")])
def test_a_gold_value_is_understood_whole_or_refused(case: dict[str, Any]) -> None:
    assert read_gold(case["text"], get_task(case["task"])) == case["right"]


def test_every_case_names_its_kind() -> None:
    assert len(CASES) >= 380
    assert all(str(case["source"]).startswith(("case: ", "neighbour: ")) for case in CASES)
