"""Right rationales."""

from __future__ import annotations

from dataclasses import replace

from smallsteps.errors import InputError
from smallsteps.records import Rationale, Record
from smallsteps.tasks import get_task


def right_only(record: Record) -> Record:
    """The record with its right rationales; those not judged yet are judged by the task.

    Raises InputError for a rationale that cannot be judged because the record has no gold answer.
    """
    return replace(record, rationales=tuple(one for one in record.rationales if is_right(one, record)))


def is_right(rationale: Rationale, record: Record) -> bool:
    """Whether a rationale's answer is right: as judged before, otherwise by the task. Raises InputError."""
    if rationale.correct is not None:
        return rationale.correct
    right = get_task(record.task).judge(rationale.answer, record)
    if right is None:
        raise InputError(f"record '{record.id}' has no gold answer, so its rationales cannot be judged; add the "
                         "answer, or keep all")  # fmt: skip
    return right
