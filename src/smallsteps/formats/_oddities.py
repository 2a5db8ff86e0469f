"""Rows that do not fit: an import passes over them and counts them, up to a limit; anybody else meets the first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from smallsteps.errors import FileError

MOST_SHARE, MOST_AT_ONCE = 0.1, 20
"""More than this share of a file's rows, and more than so many, are no oddities: it is the layout that does not fit."""
Item = TypeVar("Item")
Made = TypeVar("Made")


class WholeFileError(FileError):
    """What is wrong with a file as a whole, though it shows at one row: no oddity to pass over."""


@dataclass
class ImportNotes:
    """What a layout has to say about the files that it reads, besides their records.

    `odd` are errors of rows passed over, each naming file, line and field; there are `odd_rows` in all. `told` are
    sentences for the
    person who imports: how a row was understood, which columns were not used.
    """

    odd: list[FileError] = field(default_factory=list)
    odd_rows: int = 0
    told: list[str] = field(default_factory=list)


_notes: ContextVar[ImportNotes | None] = ContextVar("smallsteps_import_notes", default=None)


@contextmanager
def taking_notes() -> Iterator[ImportNotes]:
    """Inside, odd rows are passed over and what layouts tell is kept; outside, the first odd row is an error."""
    notes = ImportNotes()
    token = _notes.set(notes)
    try:
        yield notes
    finally:
        _notes.reset(token)


def tell(sentence: str) -> None:
    """Leave a sentence for the person who imports, once."""
    notes = _notes.get()
    if notes is not None and sentence not in notes.told:
        notes.told.append(sentence)


def tell_unused(path: Path, names: Iterable[str], fate: str) -> None:
    """Name the columns of a file that a layout makes nothing of, and say what becomes of them."""
    listed = ", ".join(names)
    if listed:
        tell(f"columns of {path.name} that are not used ({fate}): {listed}")


class OddRows:
    """The odd rows of one file, counted against the fine ones."""

    def __init__(self, path: Path) -> None:
        self._path, self._fine, self._odd = path, 0, 0
        self._first: FileError | None = None

    def fine(self) -> None:
        """A row that fits."""
        self._fine += 1

    def met(self, error: FileError) -> None:
        """A row that does not. Raises its error where no import is taking notes, where the file begins with it and
        goes on so, and where there are too many of them."""
        notes = _notes.get()
        if notes is None or isinstance(error, WholeFileError):
            raise error
        self._odd += 1
        self._first = self._first or error
        notes.odd_rows += 1
        if len(notes.odd) < MOST_AT_ONCE:
            notes.odd.append(error)
        if self._odd > max(MOST_AT_ONCE, MOST_SHARE * (self._fine + self._odd)):
            raise self._too_many() from None

    def end(self) -> None:
        """The file is over. Raises the first error where not one of its rows fits."""
        if self._first is not None and not self._fine:
            raise self._first

    def _too_many(self) -> FileError:
        assert self._first is not None, "only called once an odd row was met"
        if not self._fine:
            return self._first
        where = f":{self._first.line}" if self._first.line else ""
        told = str(self._first).removeprefix(f"{self._path}{where}: ")
        count = self._fine + self._odd
        return FileError(self._path, f"{self._odd} of the first {count} rows do not fit, the first on line "
                         f"{self._first.line} ({told}); mend them, or choose another layout or other "
                         "columns")  # fmt: skip


def each_row(path: Path, rows: Iterable[Item], make: Callable[[int, Item], Made]) -> Iterator[Made]:
    """What `make` makes of each row of a file and its number from 0; odd rows, which raise FileError, are passed over.

    Raises what `OddRows` raises.
    """
    odd = OddRows(path)
    for index, row in enumerate(rows):
        try:
            made = make(index, row)
        except FileError as error:
            odd.met(error)
            continue
        odd.fine()
        yield made
    odd.end()
