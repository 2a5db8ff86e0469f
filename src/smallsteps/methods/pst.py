"""PST-style: answer first, the rationale as meaning instead of words (after arXiv 2404.09170, in our own reading)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from smallsteps.errors import OptionError, UnknownNameError
from smallsteps.methods import Arm, Draw, Marks, Method, Need, Output, Vectors, Writer, vector_key
from smallsteps.methods._answer_first import check_closed, grouped_by_answer, no_words, unstopped
from smallsteps.records import Rationale, Record
from smallsteps.text.answer_format import Order
from smallsteps.views import Mark, Piece, View

if TYPE_CHECKING:
    import torch

SEM = "<sem>"
TARGETS = ("frozen", "arm", "lsa", "sentence-transformer")


@dataclass(frozen=True)
class Pst(Method):
    """Question → answer, then one token `<sem>` whose state is pulled to the rationale's meaning (PST-style) [ours].

    L = CE(y, marker, <sem>) + λ · (1 − cos(W h, g)): h is the final state at `<sem>`, which sees the question and the
    answer and never the rationale; g is the rationale's vector, averaged over a question's rationales; W is trained
    along and dropped. No cross-entropy on the rationale's words. Decoding stops before `<sem>`.

    weight: λ, 0 or more; 0 is the control in which `<sem>` stands without a meaning.
    distance: between W h and g: `cosine`, `mse`, or `infonce` against other rationales' vectors.
    target: where g comes from: the states of a `frozen` copy of the untrained student, averaged over the rationale (of
        a randomly initialised student no more than a bag of words); of the finished cot student (`arm`); `lsa`
        (TF-IDF and SVD); or `sentence-transformer`, with `:MODEL` for another model than the default.
    shuffled: each question gets the vectors of another one: the control in which the meaning is another's.
    projection: whether W is `trained`, or stays `fixed` at the identity (orthonormal rows where widths differ).
    rationale_weight: the share of post's own loss mixed in: answer, `<sem>`, then the rationale's words. 0: none.
    negatives, temperature, negatives_seed: of infonce: how many other vectors, drawn by that seed from the corpus.
    """

    draw: Draw = "all"
    weight: float = 0.5
    distance: Literal["cosine", "mse", "infonce"] = "cosine"
    target: str = "frozen"
    shuffled: bool = False
    projection: Literal["trained", "fixed"] = "trained"
    rationale_weight: float = 0.0
    negatives: int = 31
    temperature: float = 0.1
    negatives_seed: int = 0

    order: ClassVar[Order] = "first"
    added_tokens: ClassVar[tuple[str, ...]] = (SEM,)

    def check(self) -> None:
        """λ and the rationale's share are not negative, the target is known, the answer has an end."""
        check_closed(self)
        for name in ("weight", "rationale_weight"):
            if getattr(self, name) < 0:
                raise OptionError(f"{name} = {getattr(self, name)}: the share of a loss is 0 or more")
        if self.negatives < 1 or self.temperature <= 0:
            raise OptionError(f"infonce takes at least 1 negative and a temperature above 0, found negatives = "
                              f"{self.negatives} and temperature = {self.temperature}")  # fmt: skip
        kind, colon, _ = self.target.partition(":")
        if kind not in TARGETS or (colon and kind != "sentence-transformer"):
            raise UnknownNameError("target", self.target, TARGETS)

    @property
    def mix(self) -> Mapping[str, float]:
        """Answer and `<sem>` count 1, the meaning λ, the rationale's words their own share where they are taught."""
        words = {"rationale": self.rationale_weight} if self.rationale_weight else {}
        return {"target": 1.0, **words, "extra": self.weight}

    def needs(self) -> tuple[Need, ...]:
        """A vector for each rationale, and for the target `arm` the finished cot student that makes them."""
        vectors = Vectors(self.target, shuffled=self.shuffled)
        return (Arm("cot"), vectors) if self.target == "arm" else (vectors,)

    def views(self, record: Record, path: str) -> list[View]:
        """One view for each answer: the answer line and `<sem>`, marked with the vectors of its rationales."""
        prompt = self.prompt(record, path)
        total = max(len(record.rationales), 1)
        views = []
        for answer, rationales in grouped_by_answer(self, record):
            opening = (Piece(self.words.conclude(answer)), Piece(SEM))
            keys = tuple(vector_key(record.id, one.text) for one in rationales)
            marks = (Mark(1, keys),) if keys else ()
            weight = len(rationales) / total if rationales else 1.0
            views.append(View(record.id, "target", prompt, opening, weight, marks, ends=False))
            views += self._worded(record, prompt, opening, rationales, 1 / total)
        return views

    def explain(self, write: Writer, records: Sequence[Record]) -> list[Output]:
        """Answer, then the rationale. Raises OptionError for a student that was not taught its words."""
        if not self.rationale_weight:
            raise no_words("pst with rationale_weight 0")
        return unstopped(self, write, records)

    def extra_module(self, width: int, vector_width: int) -> torch.nn.Module:
        """W."""
        from smallsteps.methods._semantic_loss import projection

        return projection(width, vector_width, self.projection == "trained")

    def extra_loss(self, hidden: torch.Tensor, marks: Marks, module: torch.nn.Module | None) -> torch.Tensor:
        """The distance of each state from its rationale's meaning."""
        from smallsteps.methods._semantic_loss import semantic_loss

        return semantic_loss(
            self.distance, hidden, marks, module, self.negatives, self.temperature, self.negatives_seed
        )

    def _worded(
        self, record: Record, prompt: str, opening: tuple[Piece, ...], rationales: Sequence[Rationale], weight: float
    ) -> list[View]:
        """The same openings with the rationale's words behind them, in a part of their own."""
        if not self.rationale_weight:
            return []
        texts = (self.words.explain(one.text) for one in rationales)
        return [View(record.id, "rationale", prompt, (*opening, Piece(text)), weight) for text in texts]
