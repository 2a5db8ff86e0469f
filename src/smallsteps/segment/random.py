"""Random labels: the control that shows whether the choice of label matters at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from smallsteps.errors import OptionError
from smallsteps.records import Record, unit_interval
from smallsteps.segment import Labelled, Measured, Strategy


@dataclass(frozen=True)
class Random(Strategy):
    """Each clause is abstractive with a given probability: a control that the paper does not have.

    share: the expected share of abstractive clauses; use that of the strategy to compare with.
    seed: random seed; the draw also depends on the record's id and the position of the clause.
    """

    share: float = 0.25
    seed: int = 0

    def check(self) -> None:
        """The share is between 0 and 1."""
        if not 0 <= self.share <= 1:
            raise OptionError(f"share = {self.share}: expected a share of abstractive clauses between 0 and 1")

    def label(
        self, record: Record, number: int, clauses: Sequence[str], measured: Sequence[Measured] | None
    ) -> list[Labelled]:
        """One draw per clause."""
        draws = [unit_interval("segment", self.seed, record.id, number, place) for place in range(len(clauses))]
        return [Labelled("abstractive" if draw < self.share else "extractive") for draw in draws]
