"""PET reports as the authors of AS-ES learning lay them out: a CSV of findings and impressions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from smallsteps.formats import Format, Part
from smallsteps.formats.csv import Csv
from smallsteps.records import Rationale, Record
from smallsteps.text.normal_findings import keep_normal

COLUMNS = {"question", "answer", "qid"}


@dataclass(frozen=True)
class PetImpression(Format):
    """Findings and impressions, `question,answer,qid` (AS-ES learning); the impression is also the rationale.

    The impression is the text that is segmented and learnt, so it stands as the gold answer and as a human rationale.
    """

    normality: float = 1.0
    """γ: the share of the normal findings that stay in the question."""

    def read(self, files: Sequence[Path], part: Part | None) -> Iterator[Record]:
        """A record a row, its id the column `qid`."""
        for record in Csv(task="pet_impression").read(files, part):
            question = keep_normal(record.question, self.normality, record.id)
            said = (Rationale(record.answer, answer=record.answer, teacher="human"),) if record.answer else ()
            yield replace(record, question=question, rationales=said)

    def looks_like(self, row: object) -> bool:
        """A header of just these three columns."""
        return isinstance(row, list) and len(row) == len(COLUMNS) and set(map(str, row)) == COLUMNS
