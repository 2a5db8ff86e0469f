"""The rows of a file: read one by one, each field checked where it is used."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from smallsteps.errors import FileError, OptionError
from smallsteps.files import bare_suffix, read_lines
from smallsteps.formats._format import FORMATS, Format
from smallsteps.formats._oddities import WholeFileError
from smallsteps.formats._parquet import PARQUET_COLUMNS, is_parquet, parquet_columns, parquet_rows
from smallsteps.formats._streams import json_values
from smallsteps.questions import question_key

TABLES = (".csv", ".tsv")
SEPARATOR = re.compile(r'"?sep=(.)"?\s*\Z', re.IGNORECASE)
"""The first line that a spreadsheet leaves to say what stands between its cells."""
_QUOTED = re.compile(r'"[^"]*"')


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file: where it stands and what it holds."""

    path: Path
    line: int
    data: Mapping[str, Any]

    @property
    def source(self) -> str:
        """`file:line`, kept as `meta.source` so that every record can be traced."""
        return f"{self.path.name}:{self.line}"

    def error(self, message: str, name: str | None = None) -> FileError:
        """An error at this row, and at one field of it."""
        return FileError(self.path, message, line=self.line, field=name)

    def value(self, name: str) -> Any:
        """A field that has to be there, null included. Raises FileError where it is missing."""
        try:
            return self.data[name]
        except KeyError:
            raise self.error(f"is missing; the row has {_listed(self.data)}", name) from None

    def text(self, name: str) -> str:
        """A field that has to be text with something in it."""
        value = self.value(name)
        if not isinstance(value, str) or not value.strip():
            raise self.error(f"expected text, found {_shown(value)}", name)
        return value

    def maybe(self, name: str) -> str | None:
        """A field that may be missing, null or empty; a number becomes text."""
        value = self.data.get(name)
        if value is None or value == "":
            return None
        return self.scalar(name)

    def answer(self, name: str) -> str | None:
        """A field that holds an answer: text, a number, true or false, or a list of one of these; None where empty."""
        value = self.data.get(name)
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if isinstance(value, bool):
            return str(value)
        if isinstance(value, list):
            raise self.error(f"expected one text or number, found a list of {len(value)}", name)
        return (
            self.maybe(name) if value is self.data.get(name) else Row(self.path, self.line, {name: value}).maybe(name)
        )

    def scalar(self, name: str) -> str:
        """A field that holds text or a number, as text."""
        value = self.value(name)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise self.error(f"expected text or a number, found {_shown(value)}", name)
        return str(value)

    def items(self, name: str) -> list[Any]:
        """A field that has to be a list."""
        value = self.value(name)
        if not isinstance(value, list):
            raise self.error(f"expected a list, found {_shown(value)}", name)
        return value

    def texts(self, name: str) -> list[str]:
        """A field that has to be a list of texts."""
        values = self.items(name)
        for place, value in enumerate(values):
            if not isinstance(value, str):
                raise self.error(f"expected text at place {place} of the list, found {_shown(value)}", name)
        return values

    def flag(self, name: str) -> bool:
        """A field that has to be true or false."""
        value = self.value(name)
        if not isinstance(value, bool):
            raise self.error(f"expected true or false, found {_shown(value)}", name)
        return value


def read_rows(path: Path, layout: Format) -> Iterator[Row]:
    """The rows of a JSON-lines file, a JSON array or a Parquet file, packed or not, in bounded memory.

    Raises FileError where a row is no object, and, before the first row, where the file is of another layout.
    """
    check_file(path, layout)
    return plain_rows(path)


def plain_rows(path: Path) -> Iterator[Row]:
    """The rows of a JSON-lines file, a JSON array or a Parquet file, whatever their columns. Raises FileError."""
    line = 0
    for line, value in parquet_rows(path) if is_parquet(path) else json_values(path):
        if not isinstance(value, dict):
            raise FileError(path, f"expected an object of named fields, found {_shown(value)}", line=line)
        yield Row(path, line, value)
    if not line:
        raise WholeFileError(path, "the file holds no row")


def is_table(path: Path) -> bool:
    """Whether a file is a table of cells, by its name."""
    return bare_suffix(path) in TABLES


def check_layout(path: Path, layout: Format, first: object) -> None:
    """Refuse a file whose first row belongs to another layout, and say to which.

    Only a layout that can read the file is named. A row that belongs to no layout passes: the field that it lacks is
    named when it is read.
    """
    if layout.looks_like(first):
        return
    others = [name for name in layouts_like(first) if _can_read(name, path)]
    if others:
        guess = others[0].replace("_", "-")
        own = FORMATS.name_of(type(layout))
        raise WholeFileError(path, f"this looks like the layout '{guess}', not '{own}'; import it with `smallsteps "
                             f"import {guess}`", line=1)  # fmt: skip


def _can_read(name: str, path: Path) -> bool:
    """Whether a layout reads the file's first record, once it is told what it cannot know."""
    try:
        next(iter(FORMATS.get(name)().read([path], None)), None)
    except FileError:
        return False
    except OptionError:  # it asks for the task
        return True
    return True


def first_value(path: Path) -> object:
    """The first row of a file as `Format.looks_like` takes it: a JSON value, or the cells of a table's first line.

    The row of a Parquet file names its columns under `PARQUET_COLUMNS` as well.
    """
    if is_table(path):
        return first_cells(path)
    if is_parquet(path):
        return {PARQUET_COLUMNS: parquet_columns(path), **next((row for _, row in parquet_rows(path)), {})}
    return next((value for _, value in json_values(path)), None)


def first_cells(path: Path, delimiter: str = "") -> list[str]:
    """The cells of a table's header; where no `delimiter` is given, it is guessed."""
    lines = (line for _, line in read_lines(path))
    line = next(lines, "")
    marked = SEPARATOR.match(line)
    if marked:
        line = next(lines, "")
    sign = delimiter or (marked[1] if marked else guessed_delimiter(path, line))
    return next(csv.reader([line], delimiter=sign), [])


def guessed_delimiter(path: Path, header: str) -> str:
    """What stands between the cells of a header: a tab in `….tsv`, else whichever of `,`, `;`, tab and `|` does most.

    A comma wins where it is as frequent as the others.
    """
    if bare_suffix(path) == ".tsv":
        return "\t"
    bare = _QUOTED.sub("", header)
    return max(",;\t|", key=bare.count)


def check_file(path: Path, layout: Format) -> None:
    """Refuse a file of another layout, before anything else is asked about it."""
    check_layout(path, layout, first_value(path))


def layouts_like(first: object) -> list[str]:
    """The names of the layouts to which a first row could belong; a general one only where no other fits."""
    found = [name for name in FORMATS.names() if FORMATS.get(name)().looks_like(first)]
    own = [name for name in found if not FORMATS.get(name)().general]
    return own or found


class Identities:
    """The ids met in a file of a layout that has ids: the same id may come again for the same question only.

    Holds some 180 bytes an id, however long the questions are.
    """

    def __init__(self) -> None:
        self._seen: dict[int, int] = {}  # by a hash of the id: a hash of its question, then 32 bits of its line

    def check(self, row: Row, identity: str, question: str, name: str = "id") -> str:
        """The id. Raises FileError where another question has it already."""
        key = _number(question_key(question))
        before = self._seen.setdefault(_number(identity), key << 32 | row.line)
        if before >> 32 != key:
            line = before & 0xFFFFFFFF
            raise WholeFileError(row.path, f"'{identity}' stands on line {line} already, with another question; make "
                                 "ids unique", line=row.line, field=name)  # fmt: skip
        return identity

    def given(self, identity: str | None, question: str) -> str | None:
        """The id, or None where there is none or another question has it already."""
        if identity is None:
            return None
        key = _number(question_key(question))
        before = self._seen.setdefault(_number(identity), key << 32)
        return identity if before >> 32 == key else None


def _number(text: str) -> int:
    return int.from_bytes(digest(text)[:8], "big")


def digest(text: str) -> bytes:
    """Sixteen bytes that stand for a text in memory."""
    return blake2b(text.encode(), digest_size=16).digest()


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _listed(data: Mapping[str, Any]) -> str:
    names = [str(name) for name in data][:8]
    return ", ".join(names) if names else "no field at all"
