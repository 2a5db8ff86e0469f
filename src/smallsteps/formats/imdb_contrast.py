"""The IMDB contrast set of Gardner et al. (arXiv 2004.02709), as its authors published it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from smallsteps.errors import OptionError
from smallsteps.formats import Format, Part, Row, check_file, each_row
from smallsteps.formats._naming import files_of_part
from smallsteps.formats._tsv import tsv_rows
from smallsteps.formats._wordings import SENTIMENTS, about_review
from smallsteps.records import CONTRAST, ORIGINAL, Record

_NAME = re.compile(rf"^(.*?)_?({ORIGINAL}|{CONTRAST})$")


@dataclass(frozen=True)
class ImdbContrast(Format):
    """IMDB's contrast set: `test_original.tsv`, `test_contrast.tsv` (and `dev_…`), `Sentiment` and `Text` between tabs.

    Row *n* of one file is row *n* of the other with small changes that turn the sentiment round: both get the same
    `meta.parent`, and `meta.group` is `original` or `contrast`, told by the file's name. Import both files together,
    and a score shows both accuracies side by side and the consistency, the share of pairs of which both are right.
    Quotes that were put around a text twice over are taken off; `<br />` becomes a line break.
    """

    def read(self, files: Sequence[Path], part: Part | None) -> Iterator[Record]:
        """A record a row. File names tell the part (`dev` is neither)."""
        for file in files_of_part(files, part):
            check_file(file, self)
            found = _NAME.match(file.stem.lower())
            if found is None:
                raise OptionError(f"{file}: the name tells neither '{ORIGINAL}' nor '{CONTRAST}'; name the file as it "
                                  "was published, such as test_original.tsv")  # fmt: skip
            yield from each_row(file, tsv_rows(file, self, quoted=True), partial(_record, found[1] or "set", found[2]))

    def looks_like(self, row: object) -> bool:
        """A header of `Sentiment` and `Text`."""
        return row == ["Sentiment", "Text"]


def _record(side: str, group: str, index: int, row: Row) -> Record:
    gold = row.text("Sentiment").strip().lower()
    if gold not in SENTIMENTS:
        raise row.error(f"expected Positive or Negative, found '{row.text('Sentiment')}'", "Sentiment")
    meta = {"source": row.source, "group": group, "parent": f"imdb-{side}-{index}"}
    return Record(f"imdb-{side}-{group}-{index}", "imdb", about_review(_unquoted(row.text("Text"))), gold, meta=meta)


def _unquoted(text: str) -> str:
    """A text without a second pair of quotes around it, inside which every quote is doubled."""
    inner = text[1:-1]
    twice = len(text) > 1 and text[0] == text[-1] == '"' and '"' not in inner.replace('""', "")
    return inner.replace('""', '"') if twice else text
