"""smallsteps corpora: records, one JSON object a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from smallsteps.formats import Format, Part, check_file
from smallsteps.formats._naming import no_parts
from smallsteps.records import Record, read_records, write_records


@dataclass(frozen=True)
class Records(Format):
    """A smallsteps corpus: `{id, task, question, answer, choices?, rationales: [{text, answer?, …}], meta?}` a line.

    Importing one judges its rationales again, and joins several corpora into one.
    """

    def read(self, files: Sequence[Path], part: Part | None) -> Iterator[Record]:
        """The records as they are."""
        no_parts("records", part)
        for file in files:
            check_file(file, self)
            yield from read_records(file)

    def looks_like(self, row: object) -> bool:
        """`id`, `task` and `question`, and no column of the other layouts that we write."""
        return (isinstance(row, dict) and {"id", "task", "question"} <= set(row)
                and not {"prompt", "messages", "completion"} & set(row))  # fmt: skip

    def write(self, records: Iterable[Record], path: Path) -> int:
        """One record a line."""
        return write_records(path, records)
