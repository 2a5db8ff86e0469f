"""The rows of a table with a header, as spreadsheets save them."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from smallsteps.errors import FileError
from smallsteps.files import open_text
from smallsteps.formats._oddities import OddRows, WholeFileError
from smallsteps.formats._rows import SEPARATOR, Row, guessed_delimiter

Check = Callable[[Sequence[str]], None]


def sheet_rows(path: Path, delimiter: str, check: Check) -> Iterator[Row]:
    """The rows by the names of the header, each at the line on which it begins; empty rows are left out.

    A `delimiter` that is empty is told by the header, or by a line `sep=;` before it. Columns without a name and
    without cells are left out. `check` sees the names before the first row. A row with other cells than the header is
    an odd row. Raises FileError for broken quotes, and for a header that cannot be one.
    """
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    with open_text(path) as file:
        skipped, sign = _opening(path, file.readline(), delimiter)
    with open_text(path) as file:
        for _ in range(skipped):
            file.readline()
        reader = csv.reader(file, delimiter=sign, strict=True)
        try:
            names = _header(path, next(reader, None))
            check([name for name in names if name])
            yield from _rows(path, reader, names, skipped)
        except csv.Error as error:
            raise WholeFileError(path, f"broken CSV ({error}); is a quote left open?",
                                 line=skipped + reader.line_num) from None  # fmt: skip


def _opening(path: Path, first: str, delimiter: str) -> tuple[int, str]:
    """How many lines stand before the header, and what stands between its cells."""
    marked = SEPARATOR.match(first)
    if marked:
        return 1, delimiter or marked[1]
    return 0, delimiter or guessed_delimiter(path, first)


def _header(path: Path, cells: list[str] | None) -> list[str]:
    if not cells:
        raise WholeFileError(path, "the file is empty; expected a header with the names of the columns")
    if cells[0].lstrip()[:1] in ("{", "["):
        raise WholeFileError(path, "this is JSON, not CSV; import it as json, or name its layout", line=1)
    names = [name.strip() for name in cells]
    repeated = next((name for name in names if name and names.count(name) > 1), None)
    if repeated is not None:
        raise WholeFileError(path, "the header has this column twice; rename one", line=1, field=repeated)
    return names


def _rows(path: Path, reader: csv.reader, names: Sequence[str], skipped: int) -> Iterator[Row]:  # type: ignore[valid-type]
    odd = OddRows(path)
    line = skipped + reader.line_num + 1  # type: ignore[attr-defined]
    for cells in reader:  # type: ignore[attr-defined]
        if any(cell.strip() for cell in cells):
            row = _row(path, line, names, cells)
            if isinstance(row, Row):
                odd.fine()
                yield row
            else:
                odd.met(row)
        line = skipped + reader.line_num + 1  # type: ignore[attr-defined]
    odd.end()


def _row(path: Path, line: int, names: Sequence[str], cells: Sequence[str]) -> Row | FileError:
    width = len(names)
    while width and not names[width - 1] and not any(cell.strip() for cell in cells[width - 1 :]):
        width -= 1
    found = len(cells)
    while found > width and not cells[found - 1].strip():
        found -= 1
    if found < width and len(cells) < len(names):
        return FileError(path, f"expected {width} cells, as in the header, found {len(cells)}; put cells that hold "
                         "separators or line breaks in quotes", line=line)  # fmt: skip
    if found > width:
        return FileError(path, f"expected {width} cells, as in the header, found {found}; put cells that hold "
                         "separators or line breaks in quotes", line=line)  # fmt: skip
    return Row(path, line, {name: cell for name, cell in zip(names, cells, strict=False) if name})
