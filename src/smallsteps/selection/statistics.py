"""Counts over a corpus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from smallsteps.records import Record
from smallsteps.selection.duplicates import unique_texts
from smallsteps.selection.open_ended import unique_bigrams


@dataclass(frozen=True)
class Statistics:
    """Counts over a corpus. `answered` questions have a rationale; `unique` counts exact duplicates once.

    `bigrams` is the mean number of unique word pairs in the rationales of an answered question.
    """

    questions: int
    answered: int
    rationales: int
    right: int
    unique: int
    bigrams: float

    @property
    def per_question(self) -> float:
        """Rationales per question, including questions without one."""
        return self.rationales / max(self.questions, 1)


def statistics(records: Sequence[Record]) -> Statistics:
    """The statistics of a corpus."""
    answered = [record for record in records if record.rationales]
    return Statistics(
        questions=len(records),
        answered=len(answered),
        rationales=sum(len(record.rationales) for record in records),
        right=sum(one.correct is True for record in records for one in record.rationales),
        unique=sum(map(unique_texts, answered)),
        bigrams=sum(map(unique_bigrams, answered)) / max(len(answered), 1),
    )
