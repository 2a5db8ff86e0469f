"""Views on a terminal: what is learnt stands out, by colour or, where there is none, by brackets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.text import Text

    from smallsteps.methods import Method
    from smallsteps.records import Record

OPEN, CLOSE = "⟦", "⟧"


@dataclass(frozen=True)
class Band:
    """Loss weights from `least` up to the next band, how the legend names them, and their colour."""

    least: float
    name: str
    style: str


BANDS = (Band(1.0, "1 or more", "bold green"), Band(0.5, "0.5 to 1", "green"), Band(0.0, "below 0.5", "yellow"))
READ = "dim"  # weight 0: read, not learnt

Span = tuple[str, float]
"""Some text and its loss weight."""


def view_texts(
    records: Sequence[Record], method: Method, coloured: bool, student: str | None, corpus: Path
) -> list[Text]:
    """Every view that a method makes of some records, and the legend; with a `student`, cut into its tokens.

    Without colour, learnt text stands in ⟦brackets⟧, with its weight where that is not 1.
    """
    from dataclasses import replace

    from rich.text import Text

    spans_of = _pieces if student is None else _token_spans(student, corpus)
    texts = []
    for record in records:
        kept = replace(record, rationales=method.kept(record))
        for path in method.path_names:
            for view in method.views(kept, path):
                text = Text()  # without a style of its own, which would colour what is appended
                text.append(f"{record.id} part {view.part}, path {path}, weight {view.weight:g}\n", "bold")
                texts.append(text.append_text(_drawn(spans_of(view), coloured)).append("\n"))
    if not texts:
        return [Text("no views: none of these records has what the method needs", "yellow")]
    return [*texts, legend(coloured)]


def style_of(weight: float) -> str:
    """The colour of a loss weight. Weights that sums of rationales round to just below a band belong to it."""
    return READ if weight == 0 else next(band.style for band in BANDS if weight >= band.least - 1e-6)


def legend(coloured: bool) -> Text:
    """What the colours, or the brackets, mean."""
    from rich.text import Text

    if not coloured:
        return Text(f"{OPEN}…{CLOSE} is learnt; a number gives its weight where that is not 1. The rest is context.")
    text = Text("weight: ").append("0 (context)", READ)
    for band in reversed(BANDS):
        text.append(", ").append(band.name, band.style)
    return text


def _drawn(spans: Iterable[Span], coloured: bool) -> Text:
    from rich.text import Text

    text = Text()
    if coloured:
        for words, weight in spans:
            text.append(words, style_of(weight))
        return text
    for weight, some in groupby(spans, key=lambda span: round(span[1], 6)):
        words = "".join(span[0] for span in some)
        mark = "" if weight == 1 else f"{weight:.3g}: "
        text.append(words if weight == 0 else f"{OPEN}{mark}{words}{CLOSE}")
    return text


def _pieces(view: Any) -> list[Span]:
    spans = [(view.prompt, 0.0), *((piece.text, piece.weight * view.weight) for piece in view.target)]
    return [*spans, ("<end>", spans[-1][1] if view.target else view.weight)] if view.ends else spans


def _token_spans(name: str, corpus: Path) -> Any:
    """A function that cuts a view into the tokens of a student, each behind a bar."""
    from smallsteps.engine.student import load_student
    from smallsteps.engine.tokens import encode_view
    from smallsteps.records import read_records

    student = load_student(name, list(read_records(corpus)))

    def spans(view: Any) -> list[Span]:
        encoded = encode_view(student.tokenizer, student.template, view)
        source = [(index, 0.0) for index in encoded.source.tolist()]
        target = zip(encoded.tokens.tolist(), encoded.weights.tolist(), strict=True)
        return [(student.tokenizer.decode([index]) + "|", weight) for index, weight in [*source, *target]]

    return spans
