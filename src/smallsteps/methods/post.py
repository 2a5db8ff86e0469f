"""Answer first, then the rationale as text: the word-by-word counterpart of post-semantic-thinking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from smallsteps.errors import OptionError
from smallsteps.methods import Method, Output, Writer
from smallsteps.methods._answer_first import check_answer_ends, decode_to_end, no_rationale
from smallsteps.methods._targets import equal_share
from smallsteps.records import Record
from smallsteps.text.answer_format import Order
from smallsteps.views import Piece, View


@dataclass(frozen=True)
class Post(Method):
    """Question → answer, then rationale: −log P(y | x) − log P(r | x, y); decoding stops after the answer [ours].

    rationale_weight: the weight of a rationale token, relative to 1 for an answer token.
    """

    rationale_weight: float = 1.0

    order: ClassVar[Order] = "first"

    def check(self) -> None:
        """The weight is not negative, and the answer format marks the end of the answer."""
        check_answer_ends(self)
        if self.rationale_weight < 0:
            raise OptionError(f"rationale_weight = {self.rationale_weight}: expected 0 or more")

    def views(self, record: Record, path: str) -> list[View]:
        """One view per rationale: the answer line, then the rationale."""
        prompt = self.prompt(record, path)
        views = []
        for rationale in record.rationales:
            answer = self.answer(record, rationale)
            if answer is not None:
                pieces = (
                    Piece(self.words.conclude(answer)),
                    Piece(self.words.explain(rationale.text), self.rationale_weight),
                )
                views.append(View(record.id, "target", prompt, pieces, equal_share(record)))
        return views

    def explain(self, write: Writer, records: Sequence[Record]) -> list[Output]:
        """Answer and rationale. Raises OptionError for a student that was not trained to write rationales."""
        if not self.rationale_weight:
            raise no_rationale("post with rationale_weight 0")
        return decode_to_end(self, write, records)
