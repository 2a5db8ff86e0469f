"""Tables of plain cells that fit a width.

A column that says the same in every row moves into the caption. Where the table is still too wide, headers break at
their spaces, columns of running text wrap, and then the least needed columns are left out and named in the caption.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import combining, east_asian_width

GAP = 2
"""Blanks between two columns."""

_LEAST_TEXT = 16
_ZEROS = frozenset({"0", "0.0", "0.00", "0 %", "0.0 %"})


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column of a table.

    `priority` 0 is always shown and never narrowed; of the others, the larger number is left out first. `fold` moves
    the column into the caption where every row has the same value, `wrap` lets long text continue on the next line.
    """

    title: str
    number: bool = True
    priority: int = 0
    fold: bool = False
    wrap: bool = False


@dataclass(frozen=True)
class FittedTable:
    """The columns that are shown, with their widths in characters, their rows, and what the caption says."""

    columns: tuple[TableColumn, ...]
    widths: tuple[int, ...]
    rows: tuple[tuple[object, ...], ...]
    caption: str

    @property
    def headers(self) -> list[str]:
        """The titles broken into lines no wider than their columns, filled up from above to equally many lines."""
        broken = [broken_title(column.title, width) for column, width in zip(self.columns, self.widths, strict=True)]
        most = max(map(len, broken), default=0)
        return ["\n".join([""] * (most - len(lines)) + lines) for lines in broken]

    @property
    def width(self) -> int:
        """The width of the whole table in characters."""
        return sum(self.widths) + GAP * max(len(self.widths) - 1, 0)


def fit_table(columns: Sequence[TableColumn], rows: Sequence[Sequence[object]], width: int) -> FittedTable:
    """The table as it fits `width` characters; wider only where the columns of priority 0 do not fit."""
    folded = [index for index in range(len(columns)) if _is_folded(columns[index], [row[index] for row in rows])]
    shown = [index for index in range(len(columns)) if index not in folded]
    left_out: list[int] = []
    while (widths := _widths(columns, rows, shown, width)) is None:
        least = max(shown, key=lambda index: (columns[index].priority, index))
        if columns[least].priority == 0:
            widths = [_least(columns[index], [row[index] for row in rows]) for index in shown]
            break
        shown.remove(least)
        left_out.append(least)
    return FittedTable(
        tuple(columns[index] for index in shown),
        tuple(widths),
        tuple(tuple(row[index] for index in shown) for row in rows),
        _caption(columns, rows, folded, sorted(left_out)),
    )


def text_width(text: str) -> int:
    """How many columns of a terminal a line of text takes."""
    return sum(0 if combining(one) else 2 if east_asian_width(one) in "WF" else 1 for one in text)


def broken_title(title: str, width: int) -> list[str]:
    """A title broken at its spaces into lines of at most `width` characters; a longer word keeps its line."""
    lines: list[str] = []
    for word in title.split(" "):
        if lines and text_width(f"{lines[-1]} {word}") <= width:
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(word)
    return lines


def _is_folded(column: TableColumn, cells: Sequence[object]) -> bool:
    values = set(map(str, cells))
    if not column.fold or len(values) != 1:
        return False
    return len(cells) > 1 or _is_zero(column, cells[0])


def _is_zero(column: TableColumn, cell: object) -> bool:
    """Whether a column that may be left out counts nothing."""
    return column.number and column.priority > 0 and str(cell) in _ZEROS


def _widths(
    columns: Sequence[TableColumn], rows: Sequence[Sequence[object]], shown: Sequence[int], width: int
) -> list[int] | None:
    """Widths that fit, with titles broken and texts wrapped as little as possible; None where nothing fits."""
    cells = {index: [row[index] for row in rows] for index in shown}
    widths = [_least(columns[index], cells[index]) for index in shown]
    spare = width - GAP * (len(shown) - 1) - sum(widths)
    if spare < 0:
        return None
    for place, index in enumerate(shown):  # the leftmost text gets what is spare
        more = min(spare, max(0, _widest(cells[index]) - widths[place]))
        widths[place], spare = widths[place] + more, spare - more
    titles = [columns[index].title for index in shown]
    while True:
        lines = [len(broken_title(title, own)) for title, own in zip(titles, widths, strict=True)]
        steps = [_to_fewer_lines(title, own) for title, own in zip(titles, widths, strict=True)]
        open_places = [place for place, step in enumerate(steps) if lines[place] > 1 and step <= spare]
        if not open_places:
            return widths
        place = max(open_places, key=lambda one: (lines[one], -steps[one]))
        widths[place], spare = widths[place] + steps[place], spare - steps[place]


def _to_fewer_lines(title: str, width: int) -> int:
    """How much wider a column must be for its title to take fewer lines; 0 for a title of one line."""
    lines = len(broken_title(title, width))
    wider = width
    while lines > 1 and len(broken_title(title, wider)) == lines:
        wider += 1
    return wider - width


def _least(column: TableColumn, cells: Sequence[object]) -> int:
    widest = _widest(cells)
    return max(_longest_word(column.title), min(widest, _LEAST_TEXT) if column.wrap else widest)


def _widest(cells: Sequence[object]) -> int:
    return max((text_width(line) for cell in cells for line in str(cell).split("\n")), default=0)


def _longest_word(title: str) -> int:
    return max(map(text_width, title.split(" ")))


def _caption(
    columns: Sequence[TableColumn], rows: Sequence[Sequence[object]], folded: Sequence[int], left_out: Sequence[int]
) -> str:
    same = [index for index in folded if not _is_zero(columns[index], rows[0][index])]
    zeros = [columns[index].title for index in folded if index not in same]
    facts = [f"{columns[index].title}: {rows[0][index]}" for index in same if str(rows[0][index])]
    facts += [f"0 in every row: {', '.join(zeros)}"] if zeros else []
    facts += [f"left out at this width: {', '.join(columns[index].title for index in left_out)}"] if left_out else []
    return "; ".join(facts)
