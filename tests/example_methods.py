"""Two small methods that use everything the contract offers: what AS-ES and PST will need.

`TwoHands` trains two students, decodes by a loop of its own and needs another arm finished first. `Meaning` adds a
token, marks it, and pulls its hidden state to cached vectors by an extra loss with parameters of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from smallsteps.methods import Arm, Marks, Method, Need, Output, Vectors, Writer, vector_key
from smallsteps.records import Record
from smallsteps.text.answer_format import Order
from smallsteps.views import Mark, Piece, View


@dataclass(frozen=True)
class TwoHands(Method):
    """One student writes the rationale, another the answer line behind it."""

    @property
    def path_names(self) -> tuple[str, ...]:
        """Reason first, then conclude."""
        return ("reason", "conclude")

    def needs(self) -> tuple[Need, ...]:
        """A finished arm beforehand."""
        return (Arm("answer_only"),)

    def views(self, record: Record, path: str) -> list[View]:
        """The rationale for one student; for the other the answer, with the rationale as context."""
        assert record.answer is not None
        prompt, views = self.prompt(record, path), []
        for rationale in record.rationales:
            said = self.words.explain(rationale.text)
            pieces = {
                "reason": (Piece(said),),
                "conclude": (Piece(said, 0.0), Piece(self.words.conclude(record.answer))),
            }
            views.append(View(record.id, "target", prompt, pieces[path]))
        return views

    def decode(self, write: Writer, records: Sequence[Record]) -> list[Output]:
        """Two writes; the second continues the tokens of the first."""
        keys = [record.id for record in records]
        prefixes = [write.tokens(self.prompt(record, "reason")) for record in records]
        reasons = write("reason", prefixes, keys, max_new_tokens=20)
        longer = [(*prefix, *reason.tokens) for prefix, reason in zip(prefixes, reasons, strict=True)]
        ends = write("conclude", longer, keys, self.stop())
        return [
            Output(reason.text + end.text, len(reason.tokens) + len(end.tokens), end.finish)
            for reason, end in zip(reasons, ends, strict=True)
        ]


@dataclass(frozen=True)
class Meaning(Method):
    """The answer line, then a token whose state is pulled to the rationale's vector."""

    weight: float = 0.5

    order: ClassVar[Order] = "first"
    added_tokens: ClassVar[tuple[str, ...]] = ("<m>",)

    @property
    def mix(self) -> Mapping[str, float]:
        """The words and the meaning."""
        return {"target": 1.0, "extra": self.weight}

    def needs(self) -> tuple[Need, ...]:
        """A vector for each rationale."""
        return (Vectors("lsa", width=4),)

    def views(self, record: Record, path: str) -> list[View]:
        """One view, marked with all of the question's rationales."""
        assert record.answer is not None
        keys = tuple(vector_key(record.id, one.text) for one in record.rationales)
        pieces = (Piece(self.words.conclude(record.answer)), Piece("<m>"))
        return [View(record.id, "target", self.prompt(record, path), pieces, marks=(Mark(1, keys),) if keys else ())]

    def extra_module(self, width: int, vector_width: int) -> nn.Module:
        """A projection into the space of the vectors."""
        return nn.Linear(width, vector_width, bias=False)

    def extra_loss(self, hidden: Tensor, marks: Marks, module: nn.Module | None) -> Tensor:
        """The squared distance of each marked state to its target."""
        assert module is not None
        return (module(hidden) - marks.targets).square().sum(-1) / torch.tensor(marks.targets.shape[-1])
