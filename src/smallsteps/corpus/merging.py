"""Records that wait on disk until all repeats of their questions have come.

Memory does not grow with the texts: some 400 bytes a question stay there, to know it again.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import IO

from smallsteps.corpus.import_counts import JOINED, OTHER_GOLD, REPEATED, ImportCounts
from smallsteps.errors import InputError
from smallsteps.formats import digest
from smallsteps.records import Record, parse_record, record_line
from smallsteps.tasks import get_task


class MergeBuffer:
    """Records on disk in the order in which their questions first came, the repeats of a question beside them."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._end = file, 0
        self._places = array("q")  # of each question's first record
        self._numbers: dict[bytes, int] = {}  # of each question, by key
        self._repeats: dict[int, list[int]] = {}  # places of the later records of a question
        self._ids: set[bytes] = set()

    def __len__(self) -> int:
        return len(self._places)

    def add(self, record: Record, key: str) -> None:
        """Put a record by; `key` is the identity of its question. Raises InputError for an id of two questions."""
        number = self._numbers.setdefault(digest(key), len(self._places))
        if number < len(self._places):
            self._repeats.setdefault(number, []).append(self._end)
        else:
            self._places.append(self._end)
            self._claim(record)
        line = record_line(record).encode() + b"\n"
        self._file.write(line)
        self._end += len(line)

    def lines(self, tally: ImportCounts) -> Iterator[str]:
        """The line of each question, its records joined into one where it came several times."""
        for number, place in enumerate(self._places):
            if number in self._repeats:
                places = (place, *self._repeats[number])
                yield record_line(joined([parse_record(self._line(at), "buffer", 1) for at in places], tally))
            else:
                yield self._line(place)

    def _line(self, place: int) -> str:
        if self._file.tell() != place:
            self._file.seek(place)
        return self._file.readline().decode().rstrip("\n")

    def _claim(self, record: Record) -> None:
        own = digest(record.id)
        if own in self._ids:
            where = record.meta.get("source", "one of the files")
            raise InputError(f"{where}: the id '{record.id}' belongs to another question already; import the files one "
                             "by one, or make their ids unique")  # fmt: skip
        self._ids.add(own)


def joined(records: Sequence[Record], tally: ImportCounts) -> Record:
    """One record for the records of one question: the first, with the rationales of all.

    Samples may repeat each other within a file, that is how a teacher draws. A rationale that stands in another file
    already, the same in every field, is a copy and is dropped; so is a record with another gold answer than the first.
    """
    first = records[0]
    by_file = {_file_of(first): list(first.rationales)}
    kept = list(first.rationales)
    tally.keep(first, -1)
    for other in records[1:]:
        tally.keep(other, -1)
        if not _agree(first, other):
            tally.drop(OTHER_GOLD, 1, len(other.rationales))
            continue
        file = _file_of(other)
        elsewhere = [rationale for name, those in by_file.items() if name != file for rationale in those]
        fresh = [rationale for rationale in other.rationales if rationale not in elsewhere]
        by_file.setdefault(file, []).extend(fresh)
        kept.extend(fresh)
        tally.drop(JOINED, 1, 0)
        if len(fresh) < len(other.rationales):
            tally.drop(REPEATED, 0, len(other.rationales) - len(fresh))
    record = replace(first, rationales=tuple(kept))
    tally.keep(record)
    return record


def _agree(first: Record, other: Record) -> bool:
    if first.answer is None or other.answer is None:
        return first.answer == other.answer
    return get_task(first.task).same(first.answer, other.answer)


def _file_of(record: Record) -> str:
    return str(record.meta.get("source", "")).rpartition(":")[0]
