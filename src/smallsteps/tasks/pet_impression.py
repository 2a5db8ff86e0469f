"""PET reports: from findings to an impression; answers are texts, measured by degrees."""

from __future__ import annotations

from collections.abc import Sequence

from smallsteps.records import Record
from smallsteps.tasks import Task
from smallsteps.text.kinds import Kind, Verbatim
from smallsteps.text.overlap import bleu, rouge_l, words


class PetImpression(Task):
    """PET reports: findings to impression; answers are texts, graded by ROUGE-L (F), with BLEU beside it."""

    chance = 0.0

    @property
    def kind(self) -> Kind:
        """The text that stands where an answer should."""
        return Verbatim(self.candidates)

    def candidates(self, text: str) -> list[str]:
        """The text itself as one line, without the mark that closes it; none without a word."""
        line = " ".join(text.split()).rstrip(" .。!！?？;；")
        return [line] if words(line) else []

    def same(self, a: str, b: str) -> bool:
        """The same words in the same order."""
        return words(a) == words(b)

    def grade(self, answer: str | None, record: Record) -> float | None:
        """ROUGE-L (F) against the gold impression, 0 for no answer; None where there is no gold one."""
        if record.answer is None:
            return None
        return 0.0 if answer is None else rouge_l(answer, record.answer).f

    def metrics(self, answers: Sequence[str], golds: Sequence[str]) -> dict[str, float]:
        """Mean ROUGE-L (F) and corpus BLEU; Chinese texts are cut into characters."""
        scores = [rouge_l(answer, gold).f for answer, gold in zip(answers, golds, strict=True)]
        return {"rouge_l": sum(scores) / max(len(scores), 1), "bleu": bleu(answers, golds)}
