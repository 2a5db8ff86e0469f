"""What a report is made of, before it is a page, Markdown or CSV: sections of tables, figures, lists and code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, TypeAlias

Tone = Literal["", "good", "bad", "unsure", "quiet"]
"""What a colour says: proven better, proven worse, undecided, beside the point."""

NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: what is read, and the number by which its column sorts (None: by the text)."""

    text: str
    value: float | None = None
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its title, whether it holds numbers, and a hint that explains the title."""

    title: str
    number: bool = False
    hint: str = ""


@dataclass(frozen=True)
class Table:
    """A table. `name` is its CSV file's; the first column names the row.

    The page and the Markdown show the first `shown` rows (None: all), the CSV file has every one.
    """

    kind: ClassVar[str] = "table"
    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    shown: int | None = None

    @property
    def visible(self) -> tuple[tuple[Cell, ...], ...]:
        """The rows that the page shows."""
        return self.rows[: self.shown]


@dataclass(frozen=True)
class Figure:
    """A figure as inline SVG, its caption, and what it shows in words (`alternative`)."""

    kind: ClassVar[str] = "figure"
    name: str
    caption: str
    alternative: str
    svg: str


@dataclass(frozen=True)
class Figures:
    """Figures side by side."""

    kind: ClassVar[str] = "figures"
    figures: tuple[Figure, ...]


@dataclass(frozen=True)
class Heading:
    """A heading within a section."""

    kind: ClassVar[str] = "heading"
    text: str


@dataclass(frozen=True)
class Prose:
    """A paragraph."""

    kind: ClassVar[str] = "prose"
    text: str
    tone: Tone = ""


@dataclass(frozen=True)
class Listing:
    """A list of sentences."""

    kind: ClassVar[str] = "listing"
    items: tuple[str, ...]


@dataclass(frozen=True)
class Code:
    """Commands or a file, as they are."""

    kind: ClassVar[str] = "code"
    title: str
    text: str


Part: TypeAlias = Table | Figures | Heading | Prose | Listing | Code


@dataclass(frozen=True)
class Section:
    """A section of the report: an anchor, a title, a sentence that says what it is for, and its parts."""

    anchor: str
    title: str
    lead: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Answer:
    """The question that a study answers and its answer, each in one sentence; `tone` says how far it is proven."""

    question: str
    sentence: str
    tone: Tone
    label: str


@dataclass(frozen=True)
class Report:
    """A whole report. `browser` is the data of the question browser, plain JSON data."""

    name: str
    answer: Answer
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    browser: dict[str, Any] = field(default_factory=dict)

    @property
    def tables(self) -> list[Table]:
        """Every table, in order."""
        return [part for section in self.sections for part in section.parts if isinstance(part, Table)]

    @property
    def figures(self) -> list[Figure]:
        """Every figure, in order."""
        parts = [part for section in self.sections for part in section.parts]
        groups = ([part] if isinstance(part, Figure) else getattr(part, "figures", ()) for part in parts)
        return [figure for group in groups for figure in group]


def number(value: float | None, digits: int = 0, tone: Tone = "") -> Cell:
    """A cell with a number, `–` for None."""
    return Cell(NOTHING, None, "quiet") if value is None else Cell(f"{value:.{digits}f}".replace("-", "−"), value, tone)


def percent(share: float | None, tone: Tone = "") -> Cell:
    """A cell with a share as a percentage of one decimal."""
    return number(None if share is None else 100 * share, 1, tone)


def span(low: float, high: float) -> Cell:
    """A cell with an interval of shares, in percent."""
    return Cell(f"{100 * low:.1f}–{100 * high:.1f}", 100 * low)


def words(text: str, tone: Tone = "") -> Cell:
    """A cell with text."""
    return Cell(text or NOTHING, None, tone if text else "quiet")


def join_names(names: Sequence[str]) -> str:
    """`a, b and c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""


def count_of(count: int, what: str) -> str:
    """`1 seed`, `3 seeds`."""
    return f"{count:,} {what}{'' if count == 1 else 's'}".replace(",", "\u202f")
