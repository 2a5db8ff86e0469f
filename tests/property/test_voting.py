"""Votes that are settled early are those of all samples, and no sample more is drawn than that takes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallsteps.errors import OptionError
from smallsteps.records import Record
from smallsteps.scoring.answers import Answer
from smallsteps.scoring.evaluate import judge_answers, samples_needed
from smallsteps.scoring.voting import check_votes, vote, votes_needed
from smallsteps.tasks import get_task
from smallsteps.text.reader import Reader

TASK = get_task("word_problems")
RECORD = Record("a", "word_problems", "How many?", "3")
BALLOTS = st.lists(st.sampled_from(["3", "3.0", "4", "5", "6", None]), min_size=1, max_size=40)
TEXTS = st.lists(
    st.sampled_from(["So it is: 3", "So it is: 4", "so 4", "so 5", "So it is: none", "nothing"]),
    min_size=1,
    max_size=25,
)


def drawn_in_rounds(answers: Sequence[str | None]) -> int:
    """How many of the answers are drawn until the vote is settled."""
    count = 0
    while needed := votes_needed(TASK, answers[:count], len(answers) - count):
        count += needed
    return count


@given(BALLOTS)
def test_the_vote_is_that_of_all_answers(answers: list[str | None]) -> None:
    count = drawn_in_rounds(answers)
    assert count <= len(answers)
    assert vote(TASK, answers[:count])[0] == vote(TASK, answers)[0]


@given(BALLOTS)
def test_rounds_draw_no_more_than_one_by_one(answers: list[str | None]) -> None:
    settled = (
        count for count in range(len(answers) + 1) if not votes_needed(TASK, answers[:count], len(answers) - count)
    )
    assert drawn_in_rounds(answers) == next(settled)


@given(st.lists(st.sampled_from(["3", "4", "5", None]), max_size=4), st.integers(0, 4))
def test_it_is_settled_exactly_where_nothing_that_is_left_could_change_it(answers: list[str | None], left: int) -> None:
    """All completions, with an answer that has not come up among them."""
    mine = vote(TASK, answers)[0]
    ends = {vote(TASK, [*answers, *rest])[0] for rest in product(["3", "4", "5", "6", None], repeat=left)}
    assert (votes_needed(TASK, answers, left) == 0) == (ends == {mine})


@given(TEXTS)
def test_the_whole_outcome_is_that_of_all_samples(texts: list[str]) -> None:
    """Strict and lenient answer, and what it is called; votes, tokens and samples tell of those drawn."""

    reader = Reader("So it is:")
    answers = [
        Answer("a", "word_problems", "arm", i, "", text, 7, "stop", of=len(texts)) for i, text in enumerate(texts)
    ]
    count = 0
    while needed := samples_needed(TASK, answers[:count], len(texts) - count, reader):
        count += needed
    (early,), (whole,) = (judge_answers(some, {"a": RECORD}, reader) for some in (answers[:count], answers))
    for name in ("name", "answer", "lenient", "lenient_correct", "grade"):
        assert getattr(early, name) == getattr(whole, name)
    assert (early.samples, early.of, early.tokens) == (count, len(texts), 7 * count)


def test_ties_go_to_the_earliest_and_unread_answers_have_no_vote() -> None:
    assert votes_needed(TASK, ["3", "4"], 1) == 1
    assert votes_needed(TASK, ["3", "3", "4"], 1) == 0, "the later answer can only draw level"
    assert votes_needed(TASK, ["4", "3", "3"], 1) == 1, "the earlier answer would win the tie"
    assert votes_needed(TASK, [None, None], 1) == 1, "whatever is read first would win"
    assert votes_needed(TASK, [None, None], 0) == 0
    assert votes_needed(TASK, [], 30) == 15
    assert vote(TASK, [None, "4", "3.0", "3"]) == ("3.0", 2)


def test_graded_tasks_take_no_votes() -> None:
    check_votes(["word_problems", "gsm8k"])
    with pytest.raises(OptionError, match=r"task 'pet_impression' grades its answers by degrees.*leave --adap"):
        check_votes(["word_problems", "pet_impression"])
