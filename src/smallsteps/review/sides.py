"""The two sides of a comparison: what an arm of a run, the teacher, or another corpus wrote for each question."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from smallsteps.errors import InputError, UnknownNameError
from smallsteps.methods import make_method
from smallsteps.records import Rationale, Record, question_key, read_json, read_records, unit_interval
from smallsteps.scoring.answers import read_answers
from smallsteps.scoring.evaluate import judge_answers, reasonings
from smallsteps.study.arms import Arm
from smallsteps.study.compare import Run
from smallsteps.study.open_run import finished_arms
from smallsteps.study.run import CONFIG

TEACHER = "teacher"
_ANY_STUDENT = "student"


@dataclass(frozen=True, slots=True)
class Passage:
    """One rationale with its final answer apart: `text`, the `answer` it reached, and whether that is `right`."""

    text: str
    answer: str | None
    right: bool | None


Key = tuple[str, str]
Side = Mapping[Key, Passage]
"""Passages by `(task, record id)`."""


def read_side(name: str, run: Run, seed: int) -> Side:
    """The passages of one side of a run.

    `name` is `teacher` (a rationale of the test records), a corpus file, or an arm as `METHOD`, `STUDENT/METHOD`,
    either with `@SEED`; `student/METHOD` stands for any student. Of several rationales of a question, `seed` draws one.
    Raises InputError where a side has nothing to show, UnknownNameError for an arm that does not exist.
    """
    if name == TEACHER:
        return _of_records(_test_records(run), name, seed)
    if name.endswith((".jsonl", ".jsonl.gz")):
        return _of_file(Path(name), _test_records(run), seed)
    passages: dict[tuple[str, str], Passage] = {}
    for arm in _arms(name, run):
        passages |= _of_arm(arm, run)
    if not passages:
        raise InputError(f"'{name}' wrote no rationale to judge: it answers first or answers only; "
                         "compare an arm that reasons before it answers")  # fmt: skip
    return passages


def _test_records(run: Run) -> list[Record]:
    return [record for parts in run.parts.values() for record in parts.test]


def _arms(name: str, run: Run) -> list[Arm]:
    wanted, _, seed = name.partition("@")
    student, _, method = wanted.rpartition("/")
    found = [
        arm
        for arm in finished_arms(run)
        if arm.label == method and student in ("", _ANY_STUDENT, arm.student.label) and seed in ("", str(arm.seed))
    ]
    if not found:
        known = {f"{arm.student.label}/{arm.label}@{arm.seed}" for arm in finished_arms(run)} | {TEACHER}
        raise UnknownNameError("side", name, known)
    first: dict[str, Arm] = {}
    for arm in found:  # one arm a task: the first student, seed and sweep point of the study
        first.setdefault(arm.task, arm)
    return list(first.values())


def _of_arm(arm: Arm, run: Run) -> dict[tuple[str, str], Passage]:
    folder = run.folder_of(arm)
    config = read_json(folder / CONFIG)
    method = make_method(config["method"], config["options"])
    answers = list(read_answers(folder / "answers.jsonl"))
    records = {record.id: record for record in run.parts_of(arm).test}
    written = reasonings(answers, method.words, method.order)
    return {
        (outcome.task, outcome.id): Passage(written[outcome.id].strip(), outcome.answer, outcome.name == "correct")
        for outcome in judge_answers(answers, records, method.reader)
        if written.get(outcome.id, "").strip()
    }


def _of_records(records: Iterable[Record], name: str, seed: int) -> Side:
    found = {
        (record.task, record.id): _passage(_drawn(record.rationales, record.id, seed))
        for record in records
        if record.rationales
    }
    if not found:
        raise InputError(f"'{name}': the test questions of this run have no rationales; name a corpus that has them "
                         "as the side, such as --b corpus.jsonl")  # fmt: skip
    return found


def _of_file(path: Path, test: Sequence[Record], seed: int) -> Side:
    by_key = {question_key(record.question): record for record in read_records(path) if record.rationales}
    found = {}
    for record in test:
        twin = by_key.get(question_key(record.question))
        if twin is not None:
            found[record.task, record.id] = _passage(_drawn(twin.rationales, record.id, seed))
    if not found:
        raise InputError(f"{path}: no rationale for any test question of the run; expected the same questions, "
                         "compared by their text")  # fmt: skip
    return found


def _drawn(rationales: Sequence[Rationale], record_id: str, seed: int) -> Rationale:
    return rationales[int(unit_interval("review", seed, record_id) * len(rationales))]


def _passage(rationale: Rationale) -> Passage:
    return Passage(rationale.text.strip(), rationale.answer, rationale.correct)
