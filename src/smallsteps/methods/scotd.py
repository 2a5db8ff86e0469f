"""Symbolic chain-of-thought distillation (arXiv 2306.14050): many rationales per question."""

from __future__ import annotations

from dataclasses import dataclass

from smallsteps.methods._demonstrated import Demonstrated
from smallsteps.methods._targets import equal_share, reason_then_answer
from smallsteps.records import Record
from smallsteps.views import View


@dataclass(frozen=True)
class Scotd(Demonstrated):
    """Question → rationale, then answer, over many sampled rationales per question (SCoTD).

    Supervised: keep `right`, label `gold`. Few-shot: keep `all`, label `teacher`.
    balanced: every question counts the same, however many rationales it has. Otherwise (with draw `all`) every
        rationale counts the same, and easy questions with many right rationales weigh more.
    demonstrations: how many solved questions of the same task precede every question, each with a rationale, in
        training and at inference (MetaICL style); drawn again for every epoch.
    """

    balanced: bool = True

    def views(self, record: Record, path: str) -> list[View]:
        """One view per rationale: the rationale and the answer line."""
        return reason_then_answer(self, record, path, equal_share(record) if self.balanced else 1.0)
