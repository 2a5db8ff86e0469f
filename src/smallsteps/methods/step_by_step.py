"""Distilling step-by-step (arXiv 2305.02301): answer and rationale as two tasks of one student, chosen by a prefix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from smallsteps.errors import OptionError
from smallsteps.methods import Method, Output, Writer
from smallsteps.methods._answer_first import no_rationale
from smallsteps.methods._targets import equal_share
from smallsteps.records import Record
from smallsteps.text.answer_format import Order
from smallsteps.views import Piece, View


@dataclass(frozen=True)
class StepByStep(Method):
    """`predict: x` → y and `explain: x` → r with L = α·CE(y) + (1−α)·CE(r); inference runs `predict:` only.

    alpha: the weight α of the answer's loss, between 0 and 1 (0.5 in the released code).
    """

    alpha: float = 0.5

    order: ClassVar[Order] = "first"

    def check(self) -> None:
        """α is between 0 and 1."""
        if not 0 <= self.alpha <= 1:
            raise OptionError(f"alpha = {self.alpha}: expected a weight between 0 and 1")

    @property
    def mix(self) -> Mapping[str, float]:
        """α for the answer, 1 − α for the rationale, each a mean over the tokens of its part."""
        return {"answer": self.alpha, "rationale": 1 - self.alpha}

    def prompt(self, record: Record, path: str) -> str:
        """The question after the prefix that asks for the answer."""
        return f"predict: {self.ask(record)}"

    def views(self, record: Record, path: str) -> list[View]:
        """The answer after `predict:`, and each rationale after `explain:`."""
        answer = self.answer(record, next(iter(record.rationales), None))
        if answer is None:
            return []
        why = self._why(record)
        rationales = [
            View(record.id, "rationale", why, (Piece(self.words.explain(one.text) + "\n"),), equal_share(record))
            for one in record.rationales
        ]
        predict = View(record.id, "answer", self.prompt(record, path), (Piece(self.words.conclude(answer)),))
        return [predict, *rationales]

    def explain(self, write: Writer, records: Sequence[Record]) -> list[Output]:
        """The answer to `predict:`, then the rationale to `explain:`; the finish is that of the answer."""
        if self.alpha == 1:
            raise no_rationale("step_by_step with alpha 1")
        answers = self.decode(write, records)
        prefixes = [write.tokens(self._why(record)) for record in records]
        reasons = write(self.path_names[0], prefixes, [f"{record.id}/explain" for record in records])
        return [
            Output(f"{answer.text.rstrip()}\n{why.text}", answer.tokens + len(why.tokens), answer.finish)
            for answer, why in zip(answers, reasons, strict=True)
        ]

    def _why(self, record: Record) -> str:
        return f"explain: {self.ask(record)}"
