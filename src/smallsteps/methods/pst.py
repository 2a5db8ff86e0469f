"""PST-style: answer first, the rationale as a vector instead of words (after arXiv 2404.09170, in our reading)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from smallsteps.errors import OptionError, UnknownNameError
from smallsteps.methods import Arm, Draw, Marks, Method, Need, Output, Vectors, Writer, vector_key
from smallsteps.methods._answer_first import check_answer_ends, decode_to_end, grouped_by_answer, no_rationale
from smallsteps.records import Rationale, Record
from smallsteps.text.answer_format import Order
from smallsteps.views import Mark, Piece, View

if TYPE_CHECKING:
    import torch

SEM = "<sem>"
TARGETS = ("frozen", "arm", "lsa", "sentence-transformer")


@dataclass(frozen=True)
class Pst(Method):
    """Question → answer, then one token `<sem>` whose state learns the rationale's vector (PST-style) [ours].

    L = CE(y, marker, <sem>) + λ · (1 − cos(W h, g)): h is the final state at `<sem>`, which sees the question and the
    answer but never the rationale; g is the rationale's vector, averaged over a question's rationales; W is trained
    with the student and dropped. No cross-entropy on the rationale's words. Decoding stops before `<sem>`.

    weight: λ, 0 or more; 0 is the control in which `<sem>` has no target.
    distance: between W h and g: `cosine`, `mse`, or `infonce` against the vectors of other rationales.
    target: where g comes from: the states of a `frozen` copy of the untrained student, averaged over the rationale (a
        bag of words, if the student is randomly initialised); those of the trained cot student (`arm`); `lsa` (TF-IDF
        and SVD); or `sentence-transformer`, with `:MODEL` for a model other than the default.
    shuffled: give each question the vectors of another one, as a control.
    projection: whether W is `trained`, or stays `fixed` at the identity (orthonormal rows if widths differ).
    rationale_weight: the weight of the loss of `post` mixed in: answer, `<sem>`, then the rationale's words. 0: none.
    negatives, temperature, negatives_seed: of infonce: the number of other vectors, the softmax temperature, and the
        random seed of the draw.
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
        """λ and the rationale's weight are not negative, the target is known, the answer has a marked end."""
        check_answer_ends(self)
        for name in ("weight", "rationale_weight"):
            if getattr(self, name) < 0:
                raise OptionError(f"{name} = {getattr(self, name)}: the weight of a loss is 0 or more")
        if self.negatives < 1 or self.temperature <= 0:
            raise OptionError(f"infonce needs at least 1 negative and a temperature above 0, found negatives = "
                              f"{self.negatives} and temperature = {self.temperature}")  # fmt: skip
        kind, colon, _ = self.target.partition(":")
        if kind not in TARGETS or (colon and kind != "sentence-transformer"):
            raise UnknownNameError("target", self.target, TARGETS)

    @property
    def mix(self) -> Mapping[str, float]:
        """Answer and `<sem>` have weight 1, the vector λ, the rationale's words their own weight if there is one."""
        words = {"rationale": self.rationale_weight} if self.rationale_weight else {}
        return {"target": 1.0, **words, "extra": self.weight}

    def needs(self) -> tuple[Need, ...]:
        """A vector per rationale, and for the target `arm` the trained cot student that makes them."""
        vectors = Vectors(self.target, shuffled=self.shuffled)
        return (Arm("cot"), vectors) if self.target == "arm" else (vectors,)

    def views(self, record: Record, path: str) -> list[View]:
        """One view per answer: the answer line and `<sem>`, marked with the vectors of its rationales."""
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
        """Answer, then the rationale. Raises OptionError for a student that was not trained to write rationales."""
        if not self.rationale_weight:
            raise no_rationale("pst with rationale_weight 0")
        return decode_to_end(self, write, records)

    def extra_module(self, width: int, vector_width: int) -> torch.nn.Module:
        """W."""
        from smallsteps.methods._semantic_loss import projection

        return projection(width, vector_width, self.projection == "trained")

    def extra_loss(self, hidden: torch.Tensor, marks: Marks, module: torch.nn.Module | None) -> torch.Tensor:
        """The distance of each state from its rationale's vector."""
        from smallsteps.methods._semantic_loss import semantic_loss

        return semantic_loss(
            self.distance, hidden, marks, module, self.negatives, self.temperature, self.negatives_seed
        )

    def _worded(
        self, record: Record, prompt: str, opening: tuple[Piece, ...], rationales: Sequence[Rationale], weight: float
    ) -> list[View]:
        """The same openings followed by the rationale's words, in their own part of the loss."""
        if not self.rationale_weight:
            return []
        texts = (self.words.explain(one.text) for one in rationales)
        return [View(record.id, "rationale", prompt, (*opening, Piece(text)), weight) for text in texts]
