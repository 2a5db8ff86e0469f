"""The rule-based teacher: an interpreter of steps that errs on purpose and never says so."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from smallsteps.errors import InputError, OptionError
from smallsteps.generators import make_generator
from smallsteps.records import Rationale, Record
from smallsteps.teachers import TEACHERS
from smallsteps.teachers.rule_based import RuleBased

STEPS = [
    {"op": "add", "args": [12, 7], "say": ["Tom has {0} + {1} = {y} apples.", "{0} + {1} = {y}."]},
    {"op": "subtract", "args": [{"step": 0}, 4], "say": ["Then {0} - {1} = {y}.", "Of {0} he eats {1}, so {y} stay."]},
]


def record(steps: Any = STEPS, answer: str | None = "15", identity: str = "r") -> Record:
    return Record(identity, "word_problems", "How many?", answer, meta={"steps": steps})


def told(teacher: RuleBased, count: int, seed: int = 0, of: Record | None = None) -> list[Rationale]:
    ((_, rationales),) = teacher.rationales([of or record()], count, seed)
    return rationales


def test_it_is_found_by_name() -> None:
    assert TEACHERS.get("rule_based") is RuleBased


def test_it_carries_out_the_steps_and_says_every_calculation() -> None:
    for rationale in told(RuleBased(), 6):
        assert rationale.answer == "15" and rationale.correct is True and rationale.teacher == "rule_based"
        assert "19" in rationale.text and "15" in rationale.text
        assert "answer" not in rationale.text


def test_the_wordings_differ_as_long_as_they_last() -> None:
    assert len({rationale.text for rationale in told(RuleBased(), 12)}) == 12


def test_the_same_seed_record_and_index_give_the_same_rationale() -> None:
    teacher = RuleBased(0.5)
    assert told(teacher, 8) == told(teacher, 8)
    assert told(teacher, 8)[:3] == told(teacher, 3)
    assert told(teacher, 8) != told(teacher, 8, seed=1)
    assert told(teacher, 8) != told(teacher, 8, of=record(identity="other"))


def test_a_wrong_rationale_has_one_slip_and_goes_on_from_it() -> None:
    for rationale in told(RuleBased(1.0), 20):
        assert rationale.correct is False and rationale.answer != "15"
        assert rationale.text.rstrip(".").endswith((f"= {rationale.answer}", f"so {rationale.answer} stay"))
        assert not any(word in rationale.text.lower() for word in ("wrong", "mistake", "error", "slip"))


def test_a_slip_in_the_first_step_is_carried_into_the_second() -> None:
    steps = [
        {"op": "add", "args": [12, 7], "say": ["{y}"]},
        {"op": "multiply", "args": [{"step": 0}, 2], "say": ["{0}*{1}={y}"]},
    ]
    texts = [rationale.text.rpartition(" ")[2] for rationale in told(RuleBased(1.0), 40, of=record(steps, "38"))]
    carried = [text for text in texts if not text.startswith("19*")]
    assert carried
    for text in carried:
        first, second = text.replace("*2", "").split("=")
        assert int(second) == 2 * int(first) != 38


def test_the_share_of_wrong_rationales_is_the_error_rate() -> None:
    records = make_generator("word_problems", {"steps": "1-2"}).records(500, 0, "train")
    teacher = RuleBased(0.2)
    verdicts = [r.correct for _, rationales in teacher.rationales(list(records), 4, 0) for r in rationales]
    assert len(verdicts) == 2000
    assert 0.17 < verdicts.count(False) / 2000 < 0.23


def test_more_rationales_than_wordings_repeat_rather_than_fail() -> None:
    steps = [{"op": "add", "args": [1, 2], "say": ["{y}"]}]
    assert len(told(RuleBased(), 9, of=record(steps, "3"))) == 9


@pytest.mark.parametrize(
    ("steps", "answer", "message"),
    [
        (None, "3", "has no meta.steps"),
        ([], "3", "has no meta.steps"),
        ([{"op": "added", "args": [1, 2], "say": ["{y}"]}], "3", "known operations: add"),
        ([{"op": "add", "say": ["{y}"]}], "3", "KeyError: 'args'"),
        ([{"op": "add", "args": [1, {"step": 4}], "say": ["{y}"]}], "3", "cannot be executed"),
        ([{"op": "add", "args": [1, 2], "say": ["{7}"]}], "3", "cannot be executed"),
        ([{"op": "divide", "args": [1, 2], "say": ["{y}"]}], "3", "no whole number"),
        ([{"op": "add", "args": [1, 2], "say": ["{y}"]}], "4", "lead to '3', but its answer is '4'"),
    ],
)
def test_steps_that_cannot_be_carried_out_name_the_record(steps: Any, answer: str, message: str) -> None:
    with pytest.raises(InputError, match="record 'r'") as caught:
        told(RuleBased(), 1, of=record(steps, answer))
    assert message in str(caught.value)


def test_a_record_without_steps_says_where_to_get_some() -> None:
    with pytest.raises(InputError, match="smallsteps generate"):
        told(RuleBased(), 1, of=replace(record(), meta={}))


@pytest.mark.parametrize("rate", [-0.1, 1.5])
def test_an_error_rate_outside_0_to_1_is_refused(rate: float) -> None:
    with pytest.raises(OptionError, match="between 0 and 1"):
        RuleBased(rate)


def test_steps_without_a_possible_slip_cannot_go_wrong() -> None:
    steps = [{"op": "equals", "args": ["a", "a"], "say": ["{y}"]}]
    with pytest.raises(InputError, match="set error_rate to 0"):
        told(RuleBased(1.0), 1, of=record(steps, "yes"))


def test_the_log_probability_is_that_of_its_draws() -> None:
    """Two wordings a step, one of five openings (none is two of them), an error at its rate, over the words."""
    for rationale in told(RuleBased(0.25), 12):
        opening = math.log(2 / 5 if rationale.text.startswith(("Tom", "12")) else 1 / 5)
        verdict = math.log(0.75 if rationale.correct else 0.25)
        expected = (opening + 2 * math.log(1 / 2) + verdict) / len(rationale.text.split())
        assert rationale.logprob == pytest.approx(expected, abs=1e-12)
    assert all(rationale.logprob is not None for rationale in told(RuleBased(1.0), 2))
