"""The parts of a report before it becomes a page, Markdown or CSV: sections of tables, figures, prose and code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar, Literal, TypeAlias

Tone = Literal["", "good", "bad", "unsure", "quiet"]
"""What a colour means: significantly better, significantly worse, undecided, less important."""

NOTHING = "–"
SEED = "seed"
PERCENT = " %"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: what is read, and the number by which its column sorts (None: by the text)."""

    text: str
    value: float | None = None
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its title, whether it holds numbers, and a hint that explains the title.

    `fold` moves it into the caption where all rows say the same, `head` makes its cells the headers of their rows.
    """

    title: str
    number: bool = False
    hint: str = ""
    fold: bool = False
    head: bool = False

    @property
    def counted(self) -> bool:
        """Whether the numbers count something: all but those of seeds do."""
        return self.number and self.title != SEED


@dataclass(frozen=True)
class Table:
    """A table. `name` is that of its CSV file. Without a column that is `head`, the first one names the row.

    The page and the Markdown show the first `shown` rows (None: all), without the columns that say the same in every
    row: `facts` has these. The CSV file has every row and column.
    """

    kind: ClassVar[str] = "table"
    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    shown: int | None = None

    @cached_property
    def folded(self) -> tuple[int, ...]:
        """The places of the columns that say nothing, or the same in every row, or 0 in every row."""
        return tuple(
            place for place, column in enumerate(self.columns)
            if (column.fold and self._same(place)) or (not column.head and self._empty(place))
        )  # fmt: skip

    @cached_property
    def visible_columns(self) -> tuple[Column, ...]:
        """The columns that the page shows, exactly one of them `head`."""
        columns = [column for place, column in enumerate(self.columns) if place not in self.folded]
        if columns and not any(column.head for column in columns):
            columns[0] = replace(columns[0], head=True)
        return tuple(columns)

    @cached_property
    def visible(self) -> tuple[tuple[Cell, ...], ...]:
        """The rows that the page shows, in the columns that it shows."""
        return tuple(
            tuple(cell for place, cell in enumerate(row) if place not in self.folded) for row in self.rows[: self.shown]
        )

    @cached_property
    def facts(self) -> str:
        """What the columns that are not shown say, for the caption."""
        cells = [(self.columns[place], self.rows[0][place].text) for place in self.folded]
        zeros = [column.title for column, text in cells if column.counted and _is_zero(text)]
        facts = [_fact(one.title, text) for one, text in cells if text != NOTHING and one.title not in zeros]
        none = f"0 in every row: {', '.join(title.removesuffix(PERCENT) for title in zeros)}"
        return " · ".join([*facts, *([none] if zeros else [])])

    def _same(self, place: int) -> bool:
        texts = {row[place].text for row in self.rows}
        return len(texts) == 1 and (len(self.rows) > 1 or self._zero(place))

    def _empty(self, place: int) -> bool:
        return bool(self.rows) and all(row[place].text == NOTHING for row in self.rows)

    def _zero(self, place: int) -> bool:
        return self.columns[place].counted and _is_zero(self.rows[0][place].text)


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
class Code:
    """Commands or a file, as they are."""

    kind: ClassVar[str] = "code"
    title: str
    text: str


Part: TypeAlias = Table | Figures | Heading | Prose | Code


@dataclass(frozen=True)
class Section:
    """A section of the report: an anchor, a title, a sentence that says what it is for, and its parts."""

    anchor: str
    title: str
    lead: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Answer:
    """The question that a study answers, its answer, and in `label` and `tone` what the answer holds for."""

    question: str
    sentence: str
    tone: Tone
    label: str


@dataclass(frozen=True)
class Report:
    """A whole report. `warnings` come before everything else; `browser` is the question browser's plain JSON data."""

    name: str
    answer: Answer
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    browser: dict[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

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


def _fact(title: str, text: str) -> str:
    """`student tiny`, and `chance 50.0 %` of a column `chance %`."""
    return f"{title.removesuffix(PERCENT)} {text}{PERCENT if title.endswith(PERCENT) else ''}"


def _is_zero(text: str) -> bool:
    return text in ("0", "0.0", "0.00")


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
