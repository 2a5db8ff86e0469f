"""The generated word problems: vocabulary, difficulty, held-out wordings, and what the stories say."""

from __future__ import annotations

import re
import statistics
from collections import Counter

import pytest

from smallsteps.errors import OptionError, SmallstepsError, UnknownNameError
from smallsteps.generators import make_generator
from smallsteps.generators.word_problems import FAMILIES, WordProblems
from smallsteps.records import Record
from smallsteps.teachers.rule_based import RuleBased


def words(text: str) -> list[str]:
    return re.findall(r"\w+|[^\w\s]", text)


@pytest.fixture(scope="module")
def train() -> list[Record]:
    return list(WordProblems().records(2500, 0, "train"))


@pytest.fixture(scope="module")
def test() -> list[Record]:
    return list(WordProblems().records(600, 0, "test"))


def test_the_vocabulary_is_small_and_the_texts_are_short(train: list[Record]) -> None:
    rationales = [told[0].text for _, told in RuleBased().rationales(train, 1, 0)]
    texts = [f"{record.question} {text}" for record, text in zip(train, rationales, strict=True)]
    assert len({word for text in texts for word in words(text)}) < 350
    assert statistics.median(len(words(text)) for text in texts) < 90


def test_about_half_of_the_test_part_is_told_in_wordings_that_training_never_shows(
    train: list[Record], test: list[Record]
) -> None:
    groups = Counter(record.meta["group"] for record in test)
    assert 0.4 < groups["unseen"] / len(test) < 0.6
    shown = {piece for record in train for piece in record.meta["template"].partition(":")[2].split("+")}
    assert not any("held" in piece for piece in shown)
    for record in test:
        assert ("held" in record.meta["template"]) == (record.meta["group"] == "unseen")


def test_held_out_wordings_are_new_sentences_made_of_shown_words() -> None:
    for name, family in FAMILIES.items():
        turns = [*family.openings.values(), *family.events.values(), *family.closings.values()]
        seen = {text for turn in turns for text in turn.seen}
        held = {text for turn in turns for text in turn.held}
        assert not seen & held, name
        shown = {word for text in seen for word in words(text)} | {"N", "He"}
        assert {word for text in held for word in words(text)} - shown == set(), name


def test_numbers_stay_in_their_range(train: list[Record]) -> None:
    for record in train:
        stated = [int(number) for number in re.findall(r"\d+", record.question)]
        assert all(2 <= number <= 20 for number in stated)
        assert record.answer is not None and 2 <= int(record.answer) <= 50


@pytest.mark.parametrize(("low", "high"), [(1, 1), (2, 3), (4, 4)])
def test_steps_are_as_many_as_asked_for(low: int, high: int) -> None:
    counts = Counter(len(r.meta["steps"]) for r in WordProblems(steps=(low, high)).records(200, 0, "train"))
    assert set(counts) == set(range(low, high + 1))


def test_families_restrict_the_stories() -> None:
    records = list(WordProblems(families=("bus", "travel")).records(100, 0, "train"))
    assert {record.meta["family"] for record in records} == {"bus", "travel"}


def test_every_family_and_turn_occurs_and_no_slot_is_left(train: list[Record]) -> None:
    assert {record.meta["family"] for record in train} == set(FAMILIES)
    pieces = {
        f"{record.meta['family']}:{piece.partition('.')[0]}"
        for record in train
        for piece in record.meta["template"].partition(":")[2].split("+")
    }
    for name, family in FAMILIES.items():
        assert {f"{name}:{turn}" for turn in (*family.openings, *family.events, *family.closings)} <= pieces
    for record in train:
        assert "{" not in record.question
        assert re.fullmatch(r"([A-Z0-9][^.?]*\. )+How many [^.?]*\?", record.question), record.question


def test_a_story_says_what_its_steps_calculate() -> None:
    by_template = {
        record.meta["template"]: record for record in WordProblems((1, 1), families=("bus",)).records(400, 1, "train")
    }
    record = by_template["bus:plain.seen0+lose.seen0+left.seen0"]
    start, off = re.findall(r"\d+", record.question)
    assert record.question == (
        f"There are {start} people on the bus. At the next stop {off} people get off. "
        "How many people are on the bus now?"
    )
    assert record.answer == str(int(start) - int(off))


def test_larger_numbers_can_be_asked_for() -> None:
    records = list(WordProblems(largest=900, limit=5000, smallest=100).records(100, 0, "train"))
    assert max(int(str(record.answer)) for record in records) > 900


@pytest.mark.parametrize(
    "options",
    [
        {"steps": "3-2"}, {"steps": "0-2"}, {"steps": "1-99"}, {"largest": 60}, {"smallest": 1}, {"smallest": 30},
        {"families": ()}, {"families": "bus,tram"}, {"steps": "two"}, {"largest": "2.5"},
    ],
)  # fmt: skip
def test_options_out_of_range_are_refused_at_construction(options: dict[str, object]) -> None:
    with pytest.raises((OptionError, UnknownNameError)) as caught:
        make_generator("word_problems", options)
    assert isinstance(caught.value, SmallstepsError) and "\n" not in str(caught.value)


def test_options_are_read_from_text_by_their_type() -> None:
    asked = make_generator("word_problems", {"steps": "2-3", "largest": "30", "families": "bus, travel"})
    assert asked == WordProblems(steps=(2, 3), largest=30, families=("bus", "travel"))
    assert make_generator("word_problems", {"steps": "2"}) == WordProblems(steps=(2, 2))
    assert make_generator("word_problems", {"steps": [2, 3]}) == WordProblems(steps=(2, 3))


def test_more_questions_than_the_options_allow_is_one_sentence() -> None:
    narrow = WordProblems(steps=(1, 1), smallest=2, largest=3, limit=3, families=("travel",))
    with pytest.raises(OptionError, match="widen the options"):
        list(narrow.records(300, 0, "train"))
