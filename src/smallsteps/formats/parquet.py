"""Parquet, with the columns of our CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

from smallsteps.errors import FileError
from smallsteps.formats import PARQUET_COLUMNS, Format, Identities, Part, Row, first_value
from smallsteps.formats._naming import identity, no_parts, task_of
from smallsteps.formats._table import COLUMNS, flat_rows, record_of
from smallsteps.records import Rationale, Record, atomic_writer

ROWS_AT_A_TIME = 1000


@dataclass(frozen=True)
class Parquet(Format):
    """A Parquet file with a column `question`, and `answer`, `rationale`, `choices`, `id`, … as in our CSV.

    One row a rationale, or one row a question without any. `choices`, `meta` and `rationale_more` hold JSON.
    Error messages count rows from 1.
    """

    task: str | None = None
    """The task of rows without a `task` column, where the file's name does not tell it."""

    def read(self, files: Sequence[Path], part: Part | None) -> Iterator[Record]:
        """A record a row; the importer joins the rows of a question."""
        no_parts("parquet", part)
        for file in files:
            identities = Identities()
            for row in _rows(file):
                yield self._record(row, identities)

    def looks_like(self, row: object) -> bool:
        """The columns of a Parquet file, `question` among them."""
        return isinstance(row, dict) and "question" in row.get(PARQUET_COLUMNS, ())

    def write(self, records: Iterable[Record], path: Path) -> int:
        """One row a rationale, every column text, some thousand rows at a time."""
        import pyarrow
        import pyarrow.parquet

        schema = pyarrow.schema([(name, pyarrow.string()) for name in COLUMNS])
        rows = chain.from_iterable(map(flat_rows, records))
        count = 0
        with atomic_writer(path) as file, pyarrow.parquet.ParquetWriter(file.buffer, schema) as writer:  # type: ignore[attr-defined]
            while batch := list(islice(rows, ROWS_AT_A_TIME)):
                writer.write_table(pyarrow.Table.from_pylist(batch, schema))
                count += len(batch)
        return count

    def _record(self, row: Row, identities: Identities) -> Record:
        task = row.maybe("task") or task_of(row.path, self.task)
        question, given = row.text("question"), row.maybe("id")
        own = identity(task, row.path.stem, row.line - 1) if given is None else identities.check(row, given, question)
        text = row.maybe("rationale")
        rationales = (Rationale(text),) if text else ()
        return record_of(
            row, Record(own, task, question, row.maybe("answer"), None, rationales, {"source": row.source})
        )


def _rows(path: Path) -> Iterator[Row]:
    import pyarrow.parquet

    first_value(path)  # a missing or broken file is named here
    count = 0
    with pyarrow.parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(ROWS_AT_A_TIME):
            cells: list[dict[str, Any]] = batch.to_pylist()
            for row in cells:
                count += 1
                yield Row(path, count, row)
    if not count:
        raise FileError(path, "the file holds no row")
