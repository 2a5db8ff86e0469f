"""Similarity: a clause in words of the question restates it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from smallsteps.records import Record
from smallsteps.segment import Labelled, Measured, Strategy, by_mean, check_beta
from smallsteps.text.overlap import bleu_precision, rouge_l


@dataclass(frozen=True)
class Similarity(Strategy):
    """1 − likeness of a clause to the question, against β times the rationale's mean; like means extractive [ours].

    beta: β; more of it leaves fewer abstractive segments. A score is at most 1, so a rationale whose clauses are all
        unlike the question has none above β = 1.4 times their mean.
    metric: `rouge`, the share of the clause's words that stand in the question in the same order (ROUGE-L precision),
        or `bleu` without its brevity penalty, which would call every clause unlike a long question.
    """

    beta: float = 1.4
    metric: Literal["rouge", "bleu"] = "rouge"

    def check(self) -> None:
        """β is above 0."""
        check_beta(self.beta)

    def label(
        self, record: Record, number: int, clauses: Sequence[str], measured: Sequence[Measured] | None
    ) -> list[Labelled]:
        """Abstractive where little of the clause stands in the question."""
        likeness = bleu_precision if self.metric == "bleu" else _rouge_precision
        return by_mean([1 - likeness(clause, record.question) for clause in clauses], self.beta)


def _rouge_precision(clause: str, question: str) -> float:
    return rouge_l(clause, question).precision
