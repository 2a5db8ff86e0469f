"""The control that every comparison needs: question to answer, without a rationale."""

from __future__ import annotations

from dataclasses import dataclass

from smallsteps.method import Method
from smallsteps.records import Record
from smallsteps.views import Piece, View


@dataclass(frozen=True)
class AnswerOnly(Method):
    """Question → answer (Label-Only): the control without any rationale."""

    def views(self, record: Record, path: str) -> list[View]:
        """One view: the answer line."""
        answer = self.answer(record, next(iter(record.rationales), None))
        if answer is None:
            return []
        return [View(record.id, "target", self.prompt(record, path), (Piece(self.words.conclude(answer)),))]
