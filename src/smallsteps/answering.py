"""Answering: trained students at work on questions."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from smallsteps.answers import Answer
from smallsteps.decode import Decoding, StudentWriter
from smallsteps.errors import FileError
from smallsteps.method import Method, make_method
from smallsteps.progress import SILENT, Progress
from smallsteps.records import Record
from smallsteps.student import CARD, Student, load_student, read_card


def answer_questions(
    method: Method,
    students: Mapping[str, Student],
    records: Sequence[Record],
    decoding: Decoding,
    arm: str,
    progress: Progress = SILENT,
) -> list[Answer]:
    """Every question answered `decoding.samples` times by the method's students, one per path."""
    answers = []
    for sample in range(decoding.samples):
        write = StudentWriter(students, decoding, sample, progress)
        start = time.perf_counter()
        with max(students.values(), key=lambda student: student.parameters).threads():
            outputs = method.explain(write, records) if decoding.with_rationale else method.decode(write, records)
        share = (time.perf_counter() - start) / max(len(records), 1)
        for record, output in zip(records, outputs, strict=True):
            prompt = method.prompt(record, method.path_names[0])
            answers.append(
                Answer(record.id, record.task, arm, sample, prompt, output.text, output.tokens, output.finish,
                       output.segments, round(share, 6))
            )  # fmt: skip
    return answers


def load_trained(folder: Path) -> tuple[Method, dict[str, Student], str]:
    """A trained student's method, its students by path, and its task, from the folder that training wrote.

    Accepts an arm's folder, its `student` folder, or the folder of a single path.
    Raises FileError where no trained student lies there.
    """
    root = folder / "student" if (folder / "student").is_dir() else folder
    parts = [root] if (root / CARD).is_file() else sorted(path.parent for path in root.glob(f"*/{CARD}"))
    if not parts:
        raise FileError(folder, "no trained student lies here; expected a folder that `smallsteps train` wrote")
    cards = [read_card(part) for part in parts]
    method = make_method(cards[0]["method"], cards[0]["options"])
    chat, turn = method.prompt_style == "chat", method.words.turn
    students = {
        card["path"]: load_student(str(part), chat=chat, turn=turn) for part, card in zip(parts, cards, strict=True)
    }
    missing = [path for path in method.path_names if path not in students]
    if missing:
        expected = ", ".join(method.path_names)
        raise FileError(folder, f"the student of path '{missing[0]}' is missing; expected {expected}")
    return method, students, str(cards[0]["task"])
