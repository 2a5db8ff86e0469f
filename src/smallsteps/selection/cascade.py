"""A cascade of teachers: each question keeps the rationales of the first that gets it right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from smallsteps.records import Record
from smallsteps.selection._right import is_right


def first_right(record: Record, teachers: Sequence[str]) -> Record:
    """The record with the rationales of one teacher: the first that has a right one.

    If none gets the question right, those of the last teacher stay, as in a cascade that ends there; `keep: right`
    drops them. Rationales of all other teachers are left out.
    Raises InputError for a rationale that cannot be judged because the record has no gold answer.
    """
    chosen = None
    for teacher in teachers:
        own = [one for one in record.rationales if one.teacher == teacher]
        chosen = teacher if own else chosen
        if any(is_right(one, record) for one in own):
            break
    return replace(record, rationales=tuple(one for one in record.rationales if chosen and one.teacher == chosen))
