"""Location: labels alternate by position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from smallsteps.records import Record
from smallsteps.segment import Labelled, Measured, Strategy


@dataclass(frozen=True)
class Location(Strategy):
    """Extractive, abstractive, extractive … by position [ours: the first is extractive]."""

    def label(
        self, record: Record, number: int, clauses: Sequence[str], measured: Sequence[Measured] | None
    ) -> list[Labelled]:
        """Every second clause is abstractive."""
        return [Labelled("abstractive" if place % 2 else "extractive") for place in range(len(clauses))]
