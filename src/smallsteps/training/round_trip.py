"""Does the tokenizer give a target back as it was? An answer that comes back changed is read wrongly, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from smallsteps.engine.student import Student
from smallsteps.engine.tokens import encode_view
from smallsteps.errors import OptionError
from smallsteps.methods import Method
from smallsteps.progress import SILENT, Progress
from smallsteps.records import Record
from smallsteps.tasks import get_task

LOOKED_AT = 32  # records whose targets are compared


def check_round_trip(
    student: Student, method: Method, path: str, records: Sequence[Record], progress: Progress = SILENT
) -> None:
    """Compare what the method reads in targets with what it reads in their tokens, white space aside.

    A few answers that do not come back (a letter that the tokenizer lacks) are told. Raises OptionError with the first
    of them where most do not: nothing that such a student learnt could be read.
    """
    some = [record for record in records if record.rationales or record.answer is not None][:LOOKED_AT]
    compared = [pair for record in some if (pair := _pair(student, method, path, record)) is not None]
    lost = [pair for pair in compared if pair.found is None or pair.found.split() != pair.expected.split()]
    if not lost:
        return
    first = (f"the answer {lost[0].expected.strip()!r} of record '{lost[0].record_id}' comes back as "
             f"{'' if lost[0].found is None else lost[0].found.strip()!r}")  # fmt: skip
    if 2 * len(lost) > len(compared):
        raise OptionError(f"this student's tokenizer does not give text back: {first}; take another student or another "
                          "answer_format")  # fmt: skip
    progress.note(f"warning: {len(lost)} of {len(compared)} answers looked at do not survive this student's tokenizer: "
                  f"{first}")  # fmt: skip


@dataclass(frozen=True)
class _Pair:
    record_id: str
    expected: str
    found: str | None


def _pair(student: Student, method: Method, path: str, record: Record) -> _Pair | None:
    """What the method reads in a record's target, and in the target's tokens; None where it reads nothing."""
    for view in method.views(method.visit(record, 0, 0), path):
        expected = _read(method, record, "".join(piece.text for piece in view.target if piece.weight))
        if expected is not None and expected.strip():
            encoded = encode_view(student.tokenizer, student.template, view)
            ids = encoded.tokens[encoded.weights > 0].tolist()
            text = student.tokenizer.decode(ids, skip_special_tokens=True)
            return _Pair(record.id, expected, _read(method, record, text))
    return None


def _read(method: Method, record: Record, text: str) -> str | None:
    """The answer that a text announces, read as the student's answers will be."""
    reading = method.reader.read(text, get_task(record.task), record.choices or ())
    return reading.answer if reading.announced else None
