"""CSV with a header, one row a question or one row a rationale."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from smallsteps.errors import FileError
from smallsteps.files import atomic_writer, bare_stem
from smallsteps.formats import Format, Identities, Part, Row, check_layout, each_row
from smallsteps.formats._cells import sheet_rows
from smallsteps.formats._naming import identity, no_parts, task_of
from smallsteps.formats._oddities import tell_unused
from smallsteps.formats._table import COLUMNS, flat_rows, record_of
from smallsteps.records import Record


@dataclass(frozen=True)
class Csv(Format):
    """A table with a header: a column `question`, and `answer`, `rationale`, `choices`, `id` where there are any.

    Cells stand between commas, semicolons, tabs or bars, whichever the header has most of; a first line `sep=;` says
    it, and so does `--set delimiter=…`. Empty columns and rows at the edge of a spreadsheet are left out. A gold answer
    that spells out one of the `choices` becomes its letter; `choices` are a JSON list or a choice a line. Rows with the
    same question become one record with several rationales. `qid` is taken for `id` (the layout `question,answer,qid`).
    What `smallsteps export csv` writes has more columns, so that every field comes back: `task`, `meta`,
    `rationale_answer`, `rationale_correct`, `rationale_more`; `choices`, `meta` and `rationale_more` hold JSON. Columns
    of other names are kept under `meta`. For columns of any names, and for guesses at them, use `json`.
    """

    task: str | None = None
    """The task of rows without a `task` column, where the file's name does not tell it."""
    question: str = "question"
    """The name of the column with the question."""
    answer: str = "answer"
    """The name of the column with the gold answer; it may be missing."""
    rationale: str = "rationale"
    """The name of the column with a chain of thought; it may be missing."""
    delimiter: str = ""
    """The character between cells; told by the header unless given."""

    def read(self, files: Sequence[Path], part: Part | None) -> Iterator[Record]:
        """A record a row; the importer joins the rows of a question."""
        no_parts("csv", part)
        for file in files:
            rows = sheet_rows(file, self.delimiter, partial(self._check, file))
            yield from each_row(file, rows, self._maker(Identities()))

    def _maker(self, identities: Identities) -> Callable[[int, Row], Record]:
        return lambda index, row: self._record(row, index, identities)

    def looks_like(self, row: object) -> bool:
        """A header (a list of names) with the column `question`."""
        return isinstance(row, list) and self.question in row

    def write(self, records: Iterable[Record], path: Path) -> int:
        """One row a rationale (one for a question without any), in columns that lose nothing."""
        count = 0
        with atomic_writer(path) as file:
            # Only what the line terminator is made of gets quoted, so it has to be both characters.
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\r\n", delimiter=self._delimiter(path))
            writer.writeheader()
            for record in records:
                for row in flat_rows(record):
                    writer.writerow(row)
                    count += 1
        return count

    def _delimiter(self, path: Path) -> str:
        return self.delimiter or ("\t" if path.suffix == ".tsv" else ",")

    def _check(self, path: Path, names: Sequence[str]) -> None:
        """Refuse a header without a column that is needed or named."""
        if self.question not in names:
            check_layout(path, self, list(names))
            found = ", ".join(names)
            raise FileError(path, f"the header has no such column, it has {found}; name the column with the question "
                            "with --set question=COLUMN", line=1, field=self.question)  # fmt: skip
        for option, name in (("answer", self.answer), ("rationale", self.rationale)):
            if name != option and name not in names:
                raise FileError(path, f"the header has no such column, it has {', '.join(names)}; correct --set "
                                f"{option}={name}", line=1, field=name)  # fmt: skip

        known = {*COLUMNS, "qid", self.question, self.answer, self.rationale}
        tell_unused(path, [name for name in names if name not in known], "kept under meta")

    def _record(self, row: Row, index: int, identities: Identities) -> Record:
        task = row.maybe("task") or task_of(row.path, self.task)
        question = row.text(self.question)
        name = "id" if "id" in row.data else "qid"
        given = row.maybe(name)
        own = (
            identity(task, bare_stem(row.path), index)
            if given is None
            else identities.check(row, given, question, name)
        )
        base = Record(own, task, question, row.answer(self.answer), None, (), self._meta(row))
        return record_of(row, base, self.rationale)

    def _meta(self, row: Row) -> dict[str, Any]:
        known = {*COLUMNS, "qid", self.question, self.answer, self.rationale}
        return {"source": row.source} | {name: cell for name, cell in row.data.items() if name not in known and cell}
