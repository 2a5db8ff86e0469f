"""Symbolic chain-of-thought distillation (arXiv 2306.14050): many rationales a question."""

from __future__ import annotations

from dataclasses import dataclass

from smallsteps.method import Method
from smallsteps.methods._targets import reason_then_answer, share
from smallsteps.records import Record
from smallsteps.views import View


@dataclass(frozen=True)
class Scotd(Method):
    """Question → rationale, then answer, over many sampled rationales a question (SCoTD).

    Supervised: keep `right`, label `gold`. Few-shot: keep `all`, label `teacher`.
    balanced: every question counts as one, however many rationales it has. Otherwise (with draw `all`) every
        rationale counts as one, and easy questions with many right rationales weigh more.
    """

    balanced: bool = True

    def views(self, record: Record, path: str) -> list[View]:
        """One view a rationale: the rationale and the answer line."""
        return reason_then_answer(self, record, path, share(record) if self.balanced else 1.0)
