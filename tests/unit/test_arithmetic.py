"""Arithmetic steps as they stand in real rationales: right, wrong, and none at all."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from smallsteps.scoring.quality import quality_of, summarise
from smallsteps.tasks.gsm8k import Gsm8k
from smallsteps.text.arithmetic import arithmetic_steps, wrong_steps

RIGHT = [
    "5 + 3 = 8",
    "He has 5 apples + 3 apples = 8 apples.",
    "$5 x 3 = $15",
    "$5/hour x 8 hours = $40",
    "60 miles / 2 hours = 30 miles/hour",
    "1,200 × 3 = 3,600",
    "(5 + 3) * 2 = 16",
    "2(3+4) = 14",
    "20% of 50 = 10",
    "50 x 20% = 10",
    "10/50 = 20%",
    "0.2 * 100 = 20%",
    "$100 - 20% = $80",
    "30% + 20% = 50%",
    "1/2 of 50 = 25",
    "3 1/2 + 1 = 4.5",
    "2 cups / 1/4 = 8",
    "1/4 + 1/4 = 1/2",
    "10 / 3 = 3.33",
    "2 / 3 = 0.66",
    "10/3 ≈ 3",
    "3 − 5 = -2",
    "-3 + 4 = 1",
    "2^3 = 8",
    "2**3 = 8",
    "5 times 3 equals 15",
    "20 divided by 4 is equal to 5",
    r"\( 5 \times 3 = 15 \)",
    r"\frac{1}{2} \cdot 50 = 25",
    "5 + 3 = **8** apples",
    "16 = 8 * 2",
    "5+3=8 - which is nice",
    "x = 10/2 = 5",
    "1) 5 + 3 = 8",
]
WRONG = [
    "5 + 3 = 9",
    "5 apples + 3 apples = 9 apples",
    "$5 x 3 = $16",
    "20% of 50 = 20",
    "10/3 = 3",
    "10 / 3 = 3.34",
    "4 x 4 = 15, so",
    "5/0 = 0",
    "sold <<48/2=25>>25 clips",
    "3 - 5 = 2",
    "1,200 * 3 = 3,700",
]
NONE = [
    "",
    "There are 8 apples.",
    "2x + 3 = 7",
    "x + 3 = 7",
    "5 + 3 = 2y",
    "8 x y = 16",
    "x = 5",
    "10 / 3 = 3 remainder 1",
    "5 million / 1000 = 5 thousand",
    "7:50 + 30 minutes = 8:20",
    "$1 / 2 = 50 cents",
    "A quarter, 1/4 = 15",
    "4 batches = 2 + 3",
    "50 x 50 = 2 500",
    "5 + 3 != 9",
    "5 + 3 <= 9",
    "- 3 + 4 = 7",
    "15 + 2a = 35",
    "9^99999 = 1",
]


@pytest.mark.parametrize("text", RIGHT)
def test_right_steps(text: str) -> None:
    assert [step.right for step in arithmetic_steps(text)] == [True]


@pytest.mark.parametrize("text", WRONG)
def test_wrong_steps(text: str) -> None:
    assert len(wrong_steps(text)) == len(arithmetic_steps(text)) == 1


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_readable_step_is_left_out(text: str) -> None:
    assert [step for step in arithmetic_steps(text) if not step.right] == []


def test_a_step_knows_its_place_and_its_worth() -> None:
    text = "First, 2 boxes * 6 eggs = 13 eggs. Then 13 - 1 = 12."
    first, second = arithmetic_steps(text)
    assert text[first.start : first.end] == first.text == "2 boxes * 6 eggs = 13"
    assert (first.value, first.stated, first.right) == (12, 13, False)
    assert (second.value, second.stated, second.right) == (12, 12, True)


def test_run_on_equations_are_read_step_by_step() -> None:
    assert [step.right for step in arithmetic_steps("2 + 3 = 5 + 1 = 6")] == [True, True]
    assert [step.right for step in arithmetic_steps("2 + 3 = 5 + 1 = 7")] == [True, False]
    assert [step.right for step in arithmetic_steps("2 + 3 = 6 + 1 = 7")] == [False, True]


def test_a_calculator_mark_is_one_step() -> None:
    assert len(arithmetic_steps("She sold 48/2 = <<48/2=24>>24 clips in May.")) == 1
    assert len(arithmetic_steps("She sold <<48/2=24>>24 clips in May.")) == 1


def test_bullets_and_lines_do_not_run_into_each_other() -> None:
    text = "- 5 - 3 = 2\n- 4 + 4 = 8\n7\n+ 1 = 1"
    assert [step.text for step in arithmetic_steps(text) if step.right] == ["5 - 3 = 2", "4 + 4 = 8"]


def test_long_and_hostile_texts_are_read_in_no_time() -> None:
    assert arithmetic_steps("(" * 300 + "1") == []
    assert len(arithmetic_steps("1 + " * 99 + "1 = 100")) == 1
    assert arithmetic_steps("1 + " * 5_000 + "1 = 5001") == []
    assert arithmetic_steps("1 + 1 = " + "9" * 5_000) == []
    assert arithmetic_steps("-" * 3_000 + "1 + 1 = 2") == []
    assert arithmetic_steps("(1 + " * 1_000 + "= 2") == []
    assert arithmetic_steps("= " * 5_000) == []


def test_quality_tells_right_answers_from_wrong_steps() -> None:
    slip = quality_of("2 + 2 = 5, so it is 4.", "4", True, Gsm8k())
    assert slip.right_from_wrong is True
    assert slip.agrees is True
    assert slip.words == 9
    clean = quality_of("2 + 2 = 4.", "5", False, Gsm8k())
    assert (clean.right_from_wrong, clean.agrees) == (False, False)
    unknown = quality_of("No number here", "5", None, Gsm8k())
    assert (unknown.right_from_wrong, unknown.agrees, unknown.steps) == (None, None, ())
    row = summarise([slip, clean, unknown])
    assert (row.rationales, row.steps, row.wrong_share, row.with_steps, row.with_wrong_share) == (3, 2, 0.5, 2, 0.5)
    assert (row.right_with_steps, row.right_from_wrong_share, row.comparable, row.agreement) == (1, 1.0, 2, 0.5)
    assert summarise([]).median_words is None


def test_human_gold_rationales_are_almost_free_of_wrong_steps() -> None:
    folder = Path(os.environ.get("SMALLSTEPS_DATA", Path(__file__).parents[3] / "shared" / "data" / "raw"))
    file = folder / "gsm8k" / "test.jsonl"
    if not file.exists():
        pytest.skip(f"no real data in {folder}; set SMALLSTEPS_DATA")
    texts = [json.loads(line)["answer"] for line in file.read_text().splitlines()]
    steps = [step for text in texts for step in arithmetic_steps(text)]
    marks = sum(text.count("<<") for text in texts)
    assert len(steps) > 0.97 * marks
    assert sum(not step.right for step in steps) < 0.004 * len(steps)
