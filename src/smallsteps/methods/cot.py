"""Rationale first: Fine-tune-CoT (arXiv 2212.10071)."""

from __future__ import annotations

from dataclasses import dataclass

from smallsteps.methods._demonstrated import Demonstrated
from smallsteps.methods._targets import equal_share, reason_then_answer
from smallsteps.records import Record
from smallsteps.views import View


@dataclass(frozen=True)
class Cot(Demonstrated):
    """Question → rationale, then answer (Fine-tune-CoT): by default with one rationale per question.

    demonstrations: how many solved questions precede every question, each with a rationale.
    """

    rationales: int | None = 1

    def views(self, record: Record, path: str) -> list[View]:
        """One view per rationale: the rationale and the answer line."""
        return reason_then_answer(self, record, path, equal_share(record))
