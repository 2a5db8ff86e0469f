"""Loss: a clause that a scorer finds unlikely says something new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from smallsteps.records import Record
from smallsteps.segment import Context, Labelled, Measured, Per, Strategy, by_mean, check_beta, per_clause


@dataclass(frozen=True)
class Loss(Strategy):
    """A scorer's negative log-likelihood of a clause against β times the rationale's mean [ours in detail].

    beta: β; a larger value gives fewer abstractive segments.
    per: `sum` over the clause's tokens, or `mean` per word, which does not favour long clauses.
    context: what the scorer reads before a clause: the `question` alone, or the `growing` rationale too.
    """

    beta: float = 1.4
    per: Per = "sum"
    context: Context = "question"

    def check(self) -> None:
        """β is above 0."""
        check_beta(self.beta)

    @property
    def scorer_context(self) -> Context:
        """What the scorer reads before a clause."""
        return self.context

    def label(
        self, record: Record, number: int, clauses: Sequence[str], measured: Sequence[Measured] | None
    ) -> list[Labelled]:
        """Abstractive if the loss is high for this rationale."""
        assert measured is not None, "a strategy with a scorer gets what it measured"
        return by_mean(per_clause([one.nll for one in measured], clauses, self.per), self.beta)
