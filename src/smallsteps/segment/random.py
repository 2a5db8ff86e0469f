"""Random: the control that tells whether it matters at all which clause gets which label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from smallsteps.errors import OptionError
from smallsteps.records import Record, unit_interval
from smallsteps.segment import Labelled, Measured, Strategy


@dataclass(frozen=True)
class Random(Strategy):
    """Each clause abstractive with a given chance: a control that the paper lacks.

    share: the expected share of abstractive clauses; give that of the strategy that is put to the test.
    seed: of the draw, which otherwise depends on the record's id and the clause's place alone.
    """

    share: float = 0.25
    seed: int = 0

    def check(self) -> None:
        """A share lies between 0 and 1."""
        if not 0 <= self.share <= 1:
            raise OptionError(f"share = {self.share}: the share of abstractive clauses lies between 0 and 1")

    def label(
        self, record: Record, number: int, clauses: Sequence[str], measured: Sequence[Measured] | None
    ) -> list[Labelled]:
        """A draw a clause."""
        draws = [unit_interval("segment", self.seed, record.id, number, place) for place in range(len(clauses))]
        return [Labelled("abstractive" if draw < self.share else "extractive") for draw in draws]
