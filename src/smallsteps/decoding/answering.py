"""Answering: trained students write an answer, or several samples, to each question."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from smallsteps.decoding.settings import Decoding
from smallsteps.decoding.writer import StudentWriter
from smallsteps.engine.student import CARD, Student, load_student, loading_of, read_card
from smallsteps.errors import FileError, OptionError
from smallsteps.methods import Method, Output, make_method
from smallsteps.progress import SILENT, Progress
from smallsteps.records import Record
from smallsteps.scoring.answers import Answer
from smallsteps.scoring.evaluate import samples_needed
from smallsteps.scoring.voting import check_votes
from smallsteps.tasks import get_task
from smallsteps.tensors.device import AUTO, find_device


def answer_questions(
    method: Method,
    students: Mapping[str, Student],
    records: Sequence[Record],
    decoding: Decoding,
    arm: str,
    progress: Progress = SILENT,
) -> list[Answer]:
    """Answer every question `decoding.samples` times with the method's students, one per path, sample by sample.

    The students are moved to `decoding.device` first. With `adaptive_stop` a question is sampled in rounds and is done
    once no further sample can change its outcome; a round draws the fewest samples that could decide it, so that no
    more are drawn than one by one. A sample depends on the question and the sample's number alone.
    Raises OptionError where the task takes no vote, the method's samples depend on one another, or the device is not
    available.
    """
    device = find_device(decoding.device)
    for student in students.values():
        student.model.to(device)
    if decoding.adaptive_stop:
        check_adaptive_stop(method, dict.fromkeys(record.task for record in records))
    work = _Work(method, students, records, decoding, arm, progress)
    drawn: list[list[Answer]] = [[] for _ in records]
    while asked := [
        (place, sample)
        for place, answers in enumerate(drawn)
        for sample in _samples_due(method, records[place], answers, decoding)
    ]:
        for (place, _), answer in zip(asked, work.answers(asked), strict=True):
            drawn[place].append(answer)
    return sorted((answer for answers in drawn for answer in answers), key=lambda answer: answer.sample)


def check_adaptive_stop(method: Method, tasks: Iterable[str]) -> None:
    """Raise OptionError for a task without a vote, or a method whose outputs depend on the other questions."""
    check_votes(tasks)
    if not method.independent:
        raise OptionError("the method deals something out among all questions, so that none of them can leave early; "
                          "leave --adaptive-stop (decoding.adaptive_stop) out")  # fmt: skip


def _samples_due(method: Method, record: Record, answers: Sequence[Answer], decoding: Decoding) -> range:
    """The numbers of the samples that a question needs next."""
    due = decoding.samples - len(answers)
    if decoding.adaptive_stop:
        task = get_task(record.task)
        due = samples_needed(task, answers, due, method.reader, task.choices(record))
    return range(len(answers), len(answers) + due)


@dataclass(frozen=True)
class _Work:
    """A method's students with the questions that they answer."""

    method: Method
    students: Mapping[str, Student]
    records: Sequence[Record]
    decoding: Decoding
    arm: str
    progress: Progress

    def answers(self, asked: Sequence[tuple[int, int]]) -> list[Answer]:
        """One answer per pair (question's place, sample's number): all in one go, or sample by sample."""
        if self.method.independent and self.decoding.samples > 1:
            told = [replace(self.records[place], id=f"{sample}/{self.records[place].id}") for place, sample in asked]
            return self._timed(asked, told, None)
        found: dict[tuple[int, int], Answer] = {}
        for number in dict.fromkeys(sample for _, sample in asked):
            some = [pair for pair in asked if pair[1] == number]
            found |= dict(zip(some, self._timed(some, [self.records[place] for place, _ in some], number), strict=True))
        return [found[pair] for pair in asked]

    def _timed(self, asked: Sequence[tuple[int, int]], told: Sequence[Record], sample: int | None) -> list[Answer]:
        write = StudentWriter(self.students, self.decoding, sample, self.progress)
        decode = self.method.explain if self.decoding.with_rationale else self.method.decode
        start = time.perf_counter()
        with max(self.students.values(), key=lambda student: student.parameters).threads():
            outputs = decode(write, told)
        seconds = round((time.perf_counter() - start) / len(asked), 6)
        return [self._answer(*pair, output, seconds) for pair, output in zip(asked, outputs, strict=True)]

    def _answer(self, place: int, sample: int, output: Output, seconds: float) -> Answer:
        record = self.records[place]
        prompt = self.method.prompt(record, self.method.path_names[0])
        return Answer(record.id, record.task, self.arm, sample, prompt, output.text, output.tokens, output.finish,
                      output.segments, seconds, self.decoding.samples)  # fmt: skip


def load_trained(
    folder: Path, device: str = AUTO, *, trust_remote_code: bool = False
) -> tuple[Method, dict[str, Student], str]:
    """A trained student's method, its students by path on a device, and its task, from the folder training wrote.

    Takes an arm's folder, its `student` folder, or the folder of a single path. `device` is a PyTorch device, or
    `auto` for the accelerator where there is one.
    Raises FileError where no trained student is there, OptionError for a device that is not available and for a
    student that brings code of its own without `trust_remote_code`.
    """
    place = find_device(device)
    root = folder / "student" if (folder / "student").is_dir() else folder
    parts = [root] if (root / CARD).is_file() else sorted(path.parent for path in root.glob(f"*/{CARD}"))
    if not parts:
        raise FileError(folder, "no trained student lies here; expected a folder that `smallsteps train` wrote")
    cards = [read_card(part) for part in parts]
    method = make_method(cards[0]["method"], cards[0]["options"])
    common: dict[str, Any] = {"chat": method.prompt_style == "chat", "turn": method.words.turn}
    loading = [common | loading_of(card, trust_remote_code=trust_remote_code) for card in cards]
    students = {
        card["path"]: load_student(str(part), **how) for part, card, how in zip(parts, cards, loading, strict=True)
    }
    missing = [path for path in method.path_names if path not in students]
    if missing:
        expected = ", ".join(method.path_names)
        raise FileError(folder, f"the student of path '{missing[0]}' is missing; expected {expected}")
    for student in students.values():
        student.model.to(place)
    return method, students, str(cards[0]["task"])
