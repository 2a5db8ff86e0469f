"""The control that every comparison needs: question to answer, without a rationale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from smallsteps.methods import Output, Writer
from smallsteps.methods._answer_first import no_rationale
from smallsteps.methods._demonstrated import Demonstrated
from smallsteps.records import Record
from smallsteps.views import Piece, View


@dataclass(frozen=True)
class AnswerOnly(Demonstrated):
    """Question → answer (Label-Only): the control without any rationale.

    demonstrations: how many solved questions precede every question (MetaICL style), without rationales.
    """

    def views(self, record: Record, path: str) -> list[View]:
        """One view: the answer line."""
        answer = self.answer(record, next(iter(record.rationales), None))
        if answer is None:
            return []
        return [View(record.id, "target", self.prompt(record, path), (Piece(self.words.conclude(answer)),))]

    def explain(self, write: Writer, records: Sequence[Record]) -> list[Output]:
        """Raises OptionError: there is no rationale."""
        raise no_rationale("answer_only")
