"""Every file of `generators/` keeps the contract of a generator; a new file is covered for free."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields

import pytest

from smallsteps.errors import OptionError, UnknownNameError
from smallsteps.generators import GENERATORS, Generator, make_generator, part_of
from smallsteps.records import question_key, record_line
from smallsteps.tasks import get_task
from smallsteps.teachers.rule_based import RuleBased

COUNT = 120


@pytest.fixture(params=GENERATORS.names())
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def generator(name: str) -> Generator:
    return make_generator(name, {})


def test_the_same_seed_gives_the_same_records_and_another_seed_others(generator: Generator) -> None:
    first, again = (list(generator.records(COUNT, 3, "train")) for _ in range(2))
    assert [record_line(a) for a in first] == [record_line(b) for b in again]
    other = {question_key(record.question) for record in generator.records(COUNT, 4, "train")}
    assert len(other & {question_key(record.question) for record in first}) < COUNT / 2


def test_questions_are_distinct_and_train_and_test_share_none(generator: Generator) -> None:
    parts = {part: list(generator.records(COUNT, 0, part)) for part in ("train", "test")}  # type: ignore[arg-type]
    keys = {part: {question_key(record.question) for record in records} for part, records in parts.items()}
    assert [len(found) for found in keys.values()] == [COUNT, COUNT]
    assert keys["train"].isdisjoint(keys["test"])
    assert all(part_of(record.question) == part for part, records in parts.items() for record in records)
    ids = [record.id for records in parts.values() for record in records]
    assert len(set(ids)) == len(ids)


def test_records_name_their_task_and_hold_a_readable_gold_answer(name: str, generator: Generator) -> None:
    task = get_task(name)
    for record in generator.records(COUNT, 0, "test"):
        assert record.task == name
        assert record.answer is not None
        assert task.candidates(record.answer) == [record.answer]
        assert not record.rationales
        assert record.meta["template"] and record.meta["group"] in ("seen", "unseen")


def test_the_training_part_never_holds_unseen_wordings(generator: Generator) -> None:
    assert {record.meta["group"] for record in generator.records(COUNT, 0, "train")} == {"seen"}


def test_the_teacher_reaches_the_gold_answer_in_several_wordings(name: str, generator: Generator) -> None:
    task = get_task(name)
    records = list(generator.records(COUNT, 0, "train"))
    for record, (identity, told) in zip(records, RuleBased().rationales(records, 4, 0), strict=True):
        assert identity == record.id
        assert len({rationale.text for rationale in told}) == 4
        for rationale in told:
            assert rationale.answer == record.answer and rationale.correct is True
            assert task.judge(rationale.answer, record) is True
            assert "{" not in rationale.text and "}" not in rationale.text


def test_a_wrong_rationale_has_another_readable_answer(name: str, generator: Generator) -> None:
    task = get_task(name)
    records = list(generator.records(COUNT, 0, "train"))
    for record, (_, told) in zip(records, RuleBased(error_rate=1.0).rationales(records, 2, 0), strict=True):
        for rationale in told:
            assert rationale.correct is False
            assert rationale.answer is not None and task.extract(rationale.answer) is not None
            assert task.judge(rationale.answer, record) is False


def test_options_are_documented_frozen_and_checked_by_name(name: str, generator: Generator) -> None:
    option = fields(generator)[0].name
    with pytest.raises(FrozenInstanceError):
        setattr(generator, option, None)
    with pytest.raises(UnknownNameError, match=f"did you mean '{option}'"):
        make_generator(name, {option + "x": 1})
    with pytest.raises(OptionError, match="expected"):
        make_generator(name, {option: "no such thing"})
