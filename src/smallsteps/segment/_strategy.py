"""The base class of segmentation strategies (AS-ES, arXiv 2403.01969).

A strategy labels each clause of a rationale: extractive if it restates the question or what was derived before,
abstractive if it says something new.
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
    """What a scorer measured for one clause: Σ entropy and Σ −log p over its `tokens` tokens, in nats."""

    entropy: float
    nll: float
    tokens: int


@dataclass(frozen=True, slots=True)
class Labelled:
    """The label of one clause, and the score behind it, if any."""

    kind: Kind
    score: float | None = None


@dataclass(frozen=True)
class Strategy(ABC):
    """The base class of segmentation strategies: a frozen dataclass whose fields are its options.

    merge: whether neighbours with the same label become one segment, so that labels alternate.
    shortest: the fewest words of a clause; shorter ones are joined to a neighbour before labelling.
    """

    merge: bool = True
    shortest: int = SHORTEST

    def __post_init__(self) -> None:
        if self.shortest < 1:
            raise OptionError(f"shortest = {self.shortest}: expected at least 1 word per clause")
        self.check()

    def check(self) -> None:  # noqa: B027  a hook: some strategies accept any value
        """Raise OptionError for values that the strategy's own fields cannot take."""

    @property
    def scorer_context(self) -> Context | None:
        """What the scorer reads before a clause; None for a strategy without a scorer."""
        return None

    @abstractmethod
    def label(
        self, record: Record, number: int, clauses: Sequence[str], measured: Sequence[Measured] | None
    ) -> list[Labelled]:
        """A label for each clause of the record's rationale `number`. Pure.

        `measured` has what the scorer measured for each clause; None if `scorer_context` is None.
        """


def by_mean(scores: Sequence[float], beta: float) -> list[Labelled]:
    """Abstractive if a score is above β times the mean over the rationale's clauses, otherwise extractive.

    A single clause is its own mean, hence extractive for β >= 1.
    """
    mean = sum(scores) / max(len(scores), 1)
    return [Labelled("abstractive" if score > beta * mean else "extractive", score) for score in scores]


def per_clause(totals: Sequence[float], clauses: Sequence[str], per: Per) -> list[float]:
    """The totals of the clauses as they are (`sum`), or divided by the words of each clause (`mean`)."""
    if per == "sum":
        return list(totals)
    return [total / max(count_words(clause), 1) for total, clause in zip(totals, clauses, strict=True)]


def check_beta(beta: float) -> None:
    """Raise OptionError unless β is above 0."""
    if not beta > 0:
        raise OptionError(f"beta = {beta}: expected a number above 0 (1.4 in the released code); a clause is "
                          "abstractive if its score is above β times the mean of its rationale")  # fmt: skip


STRATEGIES: Registry[Strategy] = Registry("strategy", "segment", Strategy)  # type: ignore[type-abstract]


def make_strategy(name: str, options: Mapping[str, Any]) -> Strategy:
    """A strategy by name with its options, each checked by type; text is read by the option's type.

    Raises UnknownNameError for an unknown strategy or option and OptionError for a value that does not fit.
    """
    return STRATEGIES.make(name, options)
