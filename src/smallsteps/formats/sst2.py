"""SST-2 in the layout of the GLUE benchmark."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from smallsteps.errors import OptionError
from smallsteps.formats import Format, Part, Row, each_row
from smallsteps.formats._naming import files_of_part, identity
from smallsteps.formats._tsv import tsv_rows
from smallsteps.formats._wordings import SENTIMENTS, about_sentence
from smallsteps.formats._wordings import named as label_name
from smallsteps.records import Record


@dataclass(frozen=True)
class Sst2(Format):
    """SST-2 of GLUE: `train.tsv` and `dev.tsv`, `sentence` and `label` (0 negative, 1 positive) between tabs.

    GLUE never published the labels of `test.tsv` (`index`, `sentence`): its questions come without an answer, and
    `--part test` means `dev.tsv`, on which papers test.
    """

    def read(self, files: Sequence[Path], part: Part | None) -> Iterator[Record]:
        """A record a row. File names tell the part."""
        for file in _files(files, part):
            yield from each_row(file, tsv_rows(file, self, quoted=False), _record)

    def looks_like(self, row: object) -> bool:
        """A header of `sentence` and `label`, or of `index` and `sentence`."""
        return row in (["sentence", "label"], ["index", "sentence"])


def _files(files: Sequence[Path], part: Part | None) -> list[Path]:
    if part != "test":
        return files_of_part(files, part)
    found = [file for file in files if file.stem.lower() == "dev"]
    if not found:
        named = ", ".join(map(str, files))
        raise OptionError("--part test: of SST-2 that is dev.tsv, for the labels of test.tsv were never published, and "
                          f"no such file is among {named}; name it, or leave --part out")  # fmt: skip
    return found


def _record(index: int, row: Row) -> Record:
    name = identity("sst2", row.path.stem, index)
    gold = label_name(row, "label", SENTIMENTS) if "label" in row.data else None
    return Record(name, "sst2", about_sentence(row.text("sentence")), gold, meta={"source": row.source})
