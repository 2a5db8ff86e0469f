"""Outcomes add up, readings are strict or lenient, samples vote."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from smallsteps.errors import InputError
from smallsteps.records import Rationale, Record
from smallsteps.scoring.answers import Answer
from smallsteps.scoring.evaluate import OUTCOMES, judge_answers, reasonings, score_outcomes
from smallsteps.tasks import get_task
from smallsteps.text.answer_format import get_answer_format

WORDS = get_answer_format("common")
RECORDS = {name: Record(name, "word_problems", f"How many {name}?", "25", meta={"group": group}) for name, group in
           (("a", "seen"), ("b", "seen"), ("c", "unseen"), ("d", "unseen"), ("e", "unseen"))}  # fmt: skip


READER = WORDS.reader("last")


def answer(name: str, text: str, finish: Any = "stop", sample: int = 0) -> Answer:
    return Answer(name, "word_problems", "arm", sample, "", text, 7, finish)


def test_every_question_has_one_outcome_and_they_add_up() -> None:
    answers = [
        answer("a", " 20 + 5 = 25. So the answer is: 25\n"),
        answer("b", " So the answer is: 5\n"),  # "25" is not "5"
        answer("c", " 20 + 5 = 25, and so on and so on", "length"),
        answer("d", " 20 + 5 is 25.", "eos"),  # concluded, not announced
        answer("e", "", "error"),
    ]
    outcomes = judge_answers(answers, RECORDS, READER)
    assert [outcome.name for outcome in outcomes] == ["correct", "wrong", "truncated", "no_answer", "error"]
    score = score_outcomes(outcomes, RECORDS)
    assert sum(score.outcomes.values()) == score.n == 5
    assert score.accuracy == 0.2
    assert score.lenient == pytest.approx(0.4)  # what d concludes counts there; c was cut and states nothing
    assert score.groups is not None
    assert {name: part.n for name, part in score.groups.items()} == {"seen": 2, "unseen": 3}
    assert tuple(score.outcomes) == OUTCOMES


def test_an_answer_read_before_the_limit_is_no_truncation() -> None:
    (outcome,) = judge_answers([answer("a", " So the answer is: 25\n and then", "length")], RECORDS, READER)
    assert outcome.name == "correct"


def test_samples_vote_and_ties_go_to_the_earliest() -> None:
    texts = ["So the answer is: 5", "So the answer is: 25.0", "none", "So the answer is: 25", "So the answer is: 5"]
    (outcome,) = judge_answers([answer("a", text, sample=i) for i, text in enumerate(texts)], RECORDS, READER)
    assert (outcome.name, outcome.answer, outcome.votes, outcome.tokens) == ("wrong", "5", 2, 35)
    (decided,) = judge_answers([answer("a", text, sample=i) for i, text in enumerate(texts[:4])], RECORDS, READER)
    assert (decided.name, decided.votes) == ("correct", 2)


def test_answers_and_questions_must_belong_together() -> None:
    with pytest.raises(InputError, match="the corpus has no such question"):
        judge_answers([answer("zzz", "")], RECORDS, READER)
    without = {"a": Record("a", "word_problems", "How many?")}
    with pytest.raises(InputError, match="no gold answer"):
        judge_answers([answer("a", "")], without, READER)


def test_orders_of_reading() -> None:
    text = " So the answer is: 3\n Tom has 4. So the answer is: 4\n"
    task = get_task("word_problems")
    assert WORDS.reader("first").read(text, task).answer == "3"
    assert WORDS.reader("last").read(text, task).answer == "4"
    assert WORDS.reader("last").read("nothing", task).answer is None
    arrow = get_answer_format("fine_tune_cot").reader("last").read(" 7 steps --> 19", task)
    assert (arrow.answer, arrow.announced, arrow.rule) == ("19", True, "marker")
    alone = get_answer_format("step_by_step").reader("first").read(" 19 ", task)
    assert (alone.answer, alone.announced, alone.rule) == ("19", True, "whole")


def likeness(*texts: str, told: Any = None) -> dict[str, float]:
    gold = told or (Rationale("Tom has 20 pens and buys 5 more pens.", "25", correct=True),)
    records = {name: replace(RECORDS[name], rationales=gold if name in "ab" else ()) for name in RECORDS}
    answers = [answer(name, text) for name, text in zip("abc", texts, strict=False)]
    written = reasonings(answers, WORDS, "last")
    return score_outcomes(judge_answers(answers, records, READER), records, written=written).metrics


def test_written_rationales_are_likened_to_those_of_the_records() -> None:
    same, end = " Tom has 20 pens and  buys 5 more pens.", " So the answer is: 25\n"
    assert likeness(same + end, same + end, "another text altogether") == {"rationale_bleu": pytest.approx(1.0)}
    part = likeness(same + end, " Tom has 20 pens and buys 6 pens." + end)["rationale_bleu"]
    assert 0.5 < part < 1  # and what no record rationale can be likened to does not count
    two = (Rationale("He goes home by 7 in the evening.", "7", correct=True), Rationale(same, "25"))
    assert likeness(same + end, told=two)["rationale_bleu"] == pytest.approx(1.0)  # any of several


def test_nothing_is_likened_where_nothing_was_written_or_no_rationale_is_known_to_be_good() -> None:
    end = " So the answer is: 25\n"
    assert likeness(end, end) == {}
    assert likeness(" Tom has 20 pens." + end, told=(Rationale("Tom has 20 pens.", "20", correct=False),)) == {}
