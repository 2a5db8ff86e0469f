"""Leaks between train and test, a taste for a letter, disagreements."""

from __future__ import annotations

import random

import pytest

from smallsteps.errors import InputError, OptionError
from smallsteps.records import Record
from smallsteps.scoring.diagnostics import answer_bias, disagreements, exact_leaks, near_leaks


def record(name: str, question: str) -> Record:
    return Record(name, "sums", question, "1")


TRAIN = [
    record("t0", "Anna has three red apples and buys two more at the market on Monday. How many apples has she?"),
    record("t1", "A coin is heads up. Bob flips the coin. Is it still heads up?"),
    record("t2", "Why?"),
]


def test_exact_leaks_ignore_case_spaces_and_punctuation() -> None:
    test = [
        record("a", "WHY"),
        record("b", "Why not?"),
        record("c", "a coin is heads up; bob flips the coin: is it still heads-up"),
    ]
    assert [(leak.test_id, leak.train_id, leak.exact) for leak in exact_leaks(TRAIN, test)] == [
        ("a", "t2", True),
        ("c", "t1", True),
    ]


def test_near_leaks_find_a_changed_word_and_leave_exact_ones_out() -> None:
    near = "Anna has three red apples and buys two more at the market on Monday. How many apples has she now?"
    test = [record("a", near), record("b", TRAIN[0].question.upper()), record("c", "How many apples has Tom?")]
    (leak,) = near_leaks(TRAIN, test)
    assert (leak.test_id, leak.train_id, leak.exact) == ("a", "t0", False)
    assert leak.similarity == pytest.approx(17 / 18)
    assert near_leaks(TRAIN, test, threshold=0.99) == []


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.8, 1.0])
def test_near_leaks_find_what_comparing_everything_finds(threshold: float) -> None:
    draw = random.Random(4)
    texts = [" ".join(draw.choices("abc", k=draw.randint(1, 9))) for _ in range(120)]
    train = [record(f"t{i}", text) for i, text in enumerate(texts[:60])]
    test = [record(f"x{i}", text) for i, text in enumerate(texts[60:])]
    exact = {leak.test_id for leak in exact_leaks(train, test)}
    expected = {
        one.id
        for one in test
        if one.id not in exact and any(similarity(one, other) >= threshold - 1e-12 for other in train)
    }
    assert {leak.test_id for leak in near_leaks(train, test, threshold)} == expected


def similarity(one: Record, other: Record) -> float:
    a, b = (
        {" ".join(words[i : i + 3]) for i in range(max(1, len(words) - 2))}
        for words in (one.question.split(), other.question.split())
    )
    return len(a & b) / len(a | b)


@pytest.mark.parametrize("threshold", [0.0, 1.1])
def test_a_threshold_is_a_share(threshold: float) -> None:
    with pytest.raises(OptionError, match="up to 1"):
        near_leaks(TRAIN, TRAIN, threshold)


def test_bias_shows_a_student_that_always_says_a() -> None:
    gold = {f"q{i}": "ABCD"[i % 4] for i in range(200)}
    biased = answer_bias(dict.fromkeys(gold, "A"), gold, teacher=gold)
    assert [row.answer for row in biased.rows] == list("ABCD")
    assert (biased.rows[0].student, biased.rows[0].teacher, biased.rows[0].gold) == (1.0, 0.25, 0.25)
    assert (biased.student_distance, biased.teacher_distance) == (0.75, 0.0)
    assert biased.p is None or biased.p < 1e-6
    mostly = answer_bias({one: "A" if i % 10 < 6 else gold[one] for i, one in enumerate(gold)}, gold)
    assert mostly.p is not None and mostly.p < 1e-6
    assert mostly.teacher_distance is None


def test_bias_of_fair_mistakes_is_not_shown() -> None:
    draw = random.Random(1)
    gold = {f"q{i}": draw.choice(["yes", "no"]) for i in range(300)}
    student = {
        one: answer if draw.random() < 0.7 else {"yes": "no", "no": "yes"}[answer] for one, answer in gold.items()
    }
    found = answer_bias(student, gold)
    assert found.p is not None and found.p > 0.05
    assert found.n == 300
    assert answer_bias(gold, gold).p is None
    with pytest.raises(InputError, match="nothing to compare"):
        answer_bias({"x": "A"}, gold)


def test_two_answer_bias_is_mcnemar_without_correction() -> None:
    gold = dict.fromkeys(map(str, range(40)), "yes") | dict.fromkeys(map(str, range(40, 80)), "no")
    student = gold | dict.fromkeys(map(str, range(12)), "no") | dict.fromkeys(map(str, range(40, 44)), "yes")
    # chi-square (12 - 4)² / 16 = 4 with one degree of freedom
    assert answer_bias(student, gold).p == pytest.approx(0.0455, abs=1e-4)


def test_disagreements_come_most_evenly_split_first() -> None:
    arms = {
        "cot": {"q0": True, "q1": True, "q2": False, "only": True},
        "post": {"q0": True, "q1": False, "q2": False},
        "pst": {"q0": True, "q1": False, "q2": True},
        "old": {"q0": True, "q1": False, "q2": True},
    }
    found = disagreements(arms)
    assert [one.id for one in found] == ["q2", "q1"]
    assert found[0].values == {"cot": False, "post": False, "pst": True, "old": True}
    assert [one.id for one in disagreements({"strict": {"a": "5", "b": None}, "lenient": {"a": "5", "b": "7"}})] == [
        "b"
    ]
    assert disagreements({}) == []
