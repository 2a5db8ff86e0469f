"""Parquet, with the columns of the layout csv."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from smallsteps.errors import FileError
from smallsteps.files import atomic_writer, bare_stem
from smallsteps.formats import PARQUET_COLUMNS, Format, Identities, Part, Row, each_row, read_rows
from smallsteps.formats._naming import identity, no_parts, task_of
from smallsteps.formats._oddities import tell_unused
from smallsteps.formats._parquet import ROWS_AT_A_TIME, is_parquet, parquet_columns
from smallsteps.formats._table import COLUMNS, flat_rows, record_of
from smallsteps.records import Record


@dataclass(frozen=True)
class Parquet(Format):
    """A Parquet file with a column `question`, and `answer`, `rationale`, `choices`, `id`, … as in CSV.

    One row a rationale, or one row a question without any. `choices` may be a list; where it is text, it holds JSON, as
    `meta` and `rationale_more` do. Error messages count rows from 1. For other columns, nested ones too, use `json`.
    """

    task: str | None = None
    """The task of rows without a `task` column, where the file's name does not tell it."""

    def read(self, files: Sequence[Path], part: Part | None) -> Iterator[Record]:
        """A record a row; the importer joins the rows of a question."""
        no_parts("parquet", part)
        for file in files:
            if not is_parquet(file):
                raise FileError(file, "not a Parquet file, or cut off")
            tell_unused(file, [name for name in parquet_columns(file) if name not in COLUMNS], "left out")
            yield from each_row(file, read_rows(file, self), self._maker(Identities()))

    def _maker(self, identities: Identities) -> Callable[[int, Row], Record]:
        return lambda index, row: self._record(row, identities)

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
        own = identities.check(row, given, question) if given else identity(task, bare_stem(row.path), row.line - 1)
        return record_of(row, Record(own, task, question, row.answer("answer"), None, (), {"source": row.source}))
