"""CSV with a header, one row a question or one row a rationale."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smallsteps.errors import FileError
from smallsteps.formats import Format, Identities, Part, Row, check_layout
from smallsteps.formats._naming import identity, no_parts, task_of
from smallsteps.formats._table import COLUMNS, flat_rows, record_of
from smallsteps.records import Rationale, Record, atomic_writer, read_lines


@dataclass(frozen=True)
class Csv(Format):
    """A table with a header: a column `question`, and `answer`, `rationale`, `choices`, `id` where there are any.

    Rows with the same question become one record with several rationales. `qid` is taken for `id` (the layout
    `question,answer,qid`). What `smallsteps export csv` writes has more columns, so that every field comes back:
    `task`, `meta`, `rationale_answer`, `rationale_correct`, `rationale_more`; `choices`, `meta` and `rationale_more`
    hold JSON. Columns of other names are kept under `meta`. A file called `….tsv` has tabs between its cells.
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
    """The character between cells; empty: a comma, and a tab for `….tsv`."""

    def read(self, files: Sequence[Path], part: Part | None) -> Iterator[Record]:
        """A record a row; the importer joins the rows of a question."""
        no_parts("csv", part)
        for file in files:
            identities = Identities()
            for index, row in enumerate(self._rows(file)):
                yield self._record(row, index, identities)

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

    def _rows(self, path: Path) -> Iterator[Row]:
        next(read_lines(path), None)  # a missing file is named here
        csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
        with path.open("r", encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, delimiter=self._delimiter(path), strict=True)
            try:
                header = next(reader, None)
                names = self._header(path, header)
                line = reader.line_num + 1
                for cells in reader:
                    if cells:
                        yield self._row(path, line, names, cells)
                    line = reader.line_num + 1
            except UnicodeDecodeError:
                for _ in read_lines(path):  # names the line
                    pass
                raise
            except csv.Error as error:
                raise FileError(path, f"broken CSV ({error}); is a quote left open?", line=reader.line_num) from None

    def _header(self, path: Path, header: list[str] | None) -> list[str]:
        if header is None:
            raise FileError(path, f"the file is empty; expected a header with a column '{self.question}'")
        if header[0].lstrip()[:1] in ("{", "["):
            raise FileError(path, "this is JSON, not CSV; name its layout (smallsteps list formats)", line=1)
        if self.question not in header:
            check_layout(path, self, header)
            found = ", ".join(header)
            raise FileError(path, f"the header has no such column, it has {found}; name the column with the question "
                            "with --set question=COLUMN", line=1, field=self.question)  # fmt: skip
        repeated = next((name for name in header if header.count(name) > 1), None)
        if repeated is not None:
            raise FileError(path, "the header has this column twice; rename one", line=1, field=repeated)
        return header

    @staticmethod
    def _row(path: Path, line: int, names: list[str], cells: list[str]) -> Row:
        if len(cells) != len(names):
            raise FileError(path, f"expected {len(names)} cells, as in the header, found {len(cells)}; put cells that "
                            "hold commas or line breaks in quotes", line=line)  # fmt: skip
        return Row(path, line, dict(zip(names, cells, strict=True)))

    def _record(self, row: Row, index: int, identities: Identities) -> Record:
        task = row.maybe("task") or task_of(row.path, self.task)
        question = row.text(self.question)
        name = "id" if "id" in row.data else "qid"
        given = row.maybe(name)
        own = identity(task, row.path.stem, index) if given is None else identities.check(row, given, question, name)
        text = row.maybe(self.rationale)
        rationales = (Rationale(text),) if text else ()
        return record_of(row, Record(own, task, question, row.maybe(self.answer), None, rationales, self._meta(row)))

    def _meta(self, row: Row) -> dict[str, Any]:
        known = {*COLUMNS, "qid", self.question, self.answer, self.rationale}
        return {"source": row.source} | {name: cell for name, cell in row.data.items() if name not in known and cell}
