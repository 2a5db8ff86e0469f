"""Sampling that stops early: the same texts and outcomes as all samples, fewer of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import torch

from models import folder_of
from smallsteps.decoding import writer as decode
from smallsteps.decoding.answering import answer_questions
from smallsteps.decoding.settings import Decoding
from smallsteps.decoding.writer import StudentWriter
from smallsteps.engine.student import Student, load_student
from smallsteps.errors import OptionError
from smallsteps.methods import Method, make_method
from smallsteps.methods.cot import Cot
from smallsteps.records import Record
from smallsteps.scoring.answers import Answer, read_answers, write_answers
from smallsteps.scoring.evaluate import judge_answers, score_outcomes
from smallsteps.study.leaderboard import columns, leaderboard
from smallsteps.study.run import score_fields
from smallsteps.text.reader import Reader, Reading

RECORDS = [
    Record(f"q{i}", "word_problems", f"Tom has {i} apples and buys {'seven ' * (i % 3)}more.", "3") for i in range(6)
]
GOLD = {record.id: record for record in RECORDS}
DECODING = Decoding(max_new_tokens=8, samples=9, temperature=1.0, batch_size=7, seed=2)


class Scatter(Reader):
    """Reads a text by its hash."""

    def read(self, text: str, *_: object, **__: object) -> Reading:
        number = hashlib.sha256(text.encode()).digest()[0] % 8
        return Reading(None if number == 7 else str(max(number, 3)), "hash", True, 0, text)


@dataclass(frozen=True)
class Scattered(Cot):
    """Reads an answer from any text, often 3: an untrained student has votes, and some texts without one."""

    @property
    def reader(self) -> Reader:
        return Scatter()


@pytest.fixture(scope="module", params=["gpt2", "t5"])
def student(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Student:
    loaded = load_student(str(folder_of(request.param, tmp_path_factory.mktemp("model"))))
    loaded.model.double()
    return loaded


def answered(student: Student, method: Method | None = None, **settings: Any) -> list[Answer]:
    return answer_questions(method or Scattered(), {"main": student}, RECORDS, replace(DECODING, **settings), "arm")


def texts(answers: list[Answer]) -> dict[tuple[str, int], str]:
    return {(one.id, one.sample): one.text for one in answers}


def test_samples_are_the_same_texts_whoever_is_still_asked(student: Student) -> None:
    whole, early = answered(student), answered(student, adaptive_stop=True)
    assert len(whole) == 54 > len(early)
    assert texts(early).items() <= texts(whole).items()
    assert [one.sample for one in whole] == sorted(one.sample for one in whole)
    assert {one.of for one in early} == {9}


def test_a_sample_depends_on_its_question_and_number_alone(student: Student) -> None:
    whole = texts(answered(student))
    for sample in (0, 4, 8):
        write = StudentWriter({"main": student}, DECODING, sample)
        alone = {
            (record.id, sample): out.text for record, out in zip(RECORDS, Cot().decode(write, RECORDS), strict=True)
        }
        assert alone.items() <= whole.items()


def test_outcomes_are_those_of_all_samples(student: Student) -> None:
    whole, early = (
        judge_answers(answered(student, adaptive_stop=stop), GOLD, Scattered().reader) for stop in (False, True)
    )
    told = [[(one.id, one.name, one.answer, one.lenient, one.grade) for one in some] for some in (whole, early)]
    assert told[0] == told[1]
    assert len({one.answer for one in whole}) > 1 or len({one.samples for one in early}) > 1, "the case says something"


def test_scores_tell_what_was_drawn_and_saved(student: Student, tmp_path: Path) -> None:
    early = answered(student, adaptive_stop=True)
    write_answers(tmp_path / "answers.jsonl", early)
    kept = list(read_answers(tmp_path / "answers.jsonl"))
    score = score_outcomes(judge_answers(kept, GOLD, Scattered().reader), GOLD)
    assert score.samples == pytest.approx(len(early) / 6)
    assert score.saved == pytest.approx(1 - len(early) / 54)
    assert score.generated_tokens == pytest.approx(sum(one.tokens for one in early) / 6)
    arm = {"task": "t", "method": "m", "student": "s", "point": {}, "auxiliary": False, "train_seconds": 1.0}
    scores = {"arms": [arm | score_fields(score)]}
    row = dict(zip(columns(scores, "t"), leaderboard(scores)[0].cells, strict=True))
    assert row["samples"] == f"{len(early) / 6:.1f}" and row["saved %"] == f"{100 * (1 - len(early) / 54):.1f}"


def test_prompts_that_stand_several_times_are_read_once(student: Student, monkeypatch: pytest.MonkeyPatch) -> None:
    prefixes = [[5, 6, 7], [8, 9], [5, 6, 7], [8, 9], [5, 6, 7]]
    apart = torch.cat([student.architecture.begin(student.model, [prefix])[0] for prefix in prefixes])
    sizes = []
    read = student.architecture.begin
    monkeypatch.setattr(
        student.architecture, "begin", lambda model, some: (sizes.append(len(some)), read(model, some))[1]
    )
    together, state = decode.begin(student, prefixes)
    assert torch.allclose(apart, together) and sizes == [2]
    following = torch.tensor([3, 3, 4, 4, 3])
    after = student.architecture.step(student.model, state, following)
    _, alone = student.architecture.begin(student.model, prefixes[2:3])
    assert torch.allclose(student.architecture.step(student.model, alone, following[2:3])[0], after[2])


def test_what_cannot_be_settled_apart_is_refused(student: Student) -> None:
    dealt = make_method("adaptive", {"choice": "random"})
    with pytest.raises(OptionError, match="deals something out among all questions"):
        answered(student, dealt, adaptive_stop=True)
    graded = [replace(RECORDS[0], task="pet_impression")]
    with pytest.raises(OptionError, match="grades its answers by degrees"):
        answer_questions(Cot(), {"main": student}, graded, replace(DECODING, adaptive_stop=True), "arm")
