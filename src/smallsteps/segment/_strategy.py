"""What a strategy is: how the clauses of a rationale are labelled extractive or abstractive (AS-ES, arXiv 2403.01969).

An extractive segment restates the question or what was derived before, an abstractive one says something new.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from smallsteps.errors import OptionError
from smallsteps.records import Kind, Record
from smallsteps.registry import Registry
from smallsteps.text.clauses import SHORTEST, count_words

Context = Literal["question", "growing"]
Per = Literal["sum", "mean"]


@dataclass(frozen=True, slots=True)
class Measured:
    """What a scorer found for one clause: Σ entropy and Σ −log p over its `tokens` tokens, in nats."""

    entropy: float
    nll: float
    tokens: int


@dataclass(frozen=True, slots=True)
class Labelled:
    """The label of one clause, and the score that gave it, if any."""

    kind: Kind
    score: float | None = None


@dataclass(frozen=True)
class Strategy(ABC):
    """A way to label clauses. One file of `segment/`, a frozen dataclass whose fields are its options.

    merge: whether neighbours of the same label become one segment, so that labels alternate.
    shortest: a clause of fewer words is joined to a neighbour before anything is labelled.
    """

    merge: bool = True
    shortest: int = SHORTEST

    def __post_init__(self) -> None:
        if self.shortest < 1:
            raise OptionError(f"shortest = {self.shortest}: a clause has at least 1 word")
        self.check()

    def check(self) -> None:  # noqa: B027  a hook: some strategies have nothing to refuse
        """Refuse values of the strategy's own fields. Raises OptionError."""

    @property
    def reads(self) -> Context | None:
        """What its scorer reads before a clause, None where the strategy needs no scorer."""
        return None

    @abstractmethod
    def label(
        self, record: Record, number: int, clauses: Sequence[str], measured: Sequence[Measured] | None
    ) -> list[Labelled]:
        """A label for each clause of the record's rationale `number`. Pure.

        `measured` holds what the scorer found for each clause; None where `reads` is None.
        """


def by_mean(scores: Sequence[float], beta: float) -> list[Labelled]:
    """Abstractive where a score lies above β times the mean over the rationale's own clauses, else extractive.

    One clause alone is its own mean, hence extractive for β >= 1.
    """
    mean = sum(scores) / max(len(scores), 1)
    return [Labelled("abstractive" if score > beta * mean else "extractive", score) for score in scores]


def per_clause(totals: Sequence[float], clauses: Sequence[str], per: Per) -> list[float]:
    """What a clause's tokens add up to: as it is (`sum`), or divided by the clause's words (`mean`)."""
    if per == "sum":
        return list(totals)
    return [total / max(count_words(clause), 1) for total, clause in zip(totals, clauses, strict=True)]


def check_beta(beta: float) -> None:
    """Raises OptionError unless β is above 0."""
    if not beta > 0:
        raise OptionError(f"beta = {beta}: β is above 0 (1.4 in the released code); a clause is abstractive where its "
                          "score lies above β times the mean of its rationale")  # fmt: skip


STRATEGIES: Registry[Strategy] = Registry("strategy", "segment", Strategy)  # type: ignore[type-abstract]


def make_strategy(name: str, options: Mapping[str, Any]) -> Strategy:
    """A strategy by name with its options, each checked by type; text is read by the option's type.

    Raises UnknownNameError for an unknown strategy or option and OptionError for a value that does not fit.
    """
    return STRATEGIES.make(name, options)
