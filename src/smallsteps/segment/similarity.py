"""Similarity: a clause in the words of the question restates it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from smallsteps.records import Record
from smallsteps.segment import Labelled, Measured, Strategy, by_mean, check_beta
from smallsteps.text.overlap import bleu_precision, rouge_l


@dataclass(frozen=True)
class Similarity(Strategy):
    """1 − similarity of a clause to the question, against β times the rationale's mean; extractive if similar [ours].

    beta: β; a larger value gives fewer abstractive segments. A score is at most 1, so if all clauses differ from the
        question, none is above β = 1.4 times their mean.
    metric: `rouge`, the share of the clause's words that occur in the question in the same order (ROUGE-L precision),
        or `bleu` without its brevity penalty, with which every clause would differ from a long question.
    """

    beta: float = 1.4
    metric: Literal["rouge", "bleu"] = "rouge"

    def check(self) -> None:
        """β is above 0."""
        check_beta(self.beta)

    def label(
        self, record: Record, number: int, clauses: Sequence[str], measured: Sequence[Measured] | None
    ) -> list[Labelled]:
        """Abstractive if little of the clause occurs in the question."""
        similarity = bleu_precision if self.metric == "bleu" else _rouge_precision
        return by_mean([1 - similarity(clause, record.question) for clause in clauses], self.beta)


def _rouge_precision(clause: str, question: str) -> float:
    return rouge_l(clause, question).precision
