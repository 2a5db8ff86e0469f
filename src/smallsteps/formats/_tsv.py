"""Tab-separated files with a header, as published: with quoted cells or with quotes as ordinary characters."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

from smallsteps.errors import FileError
from smallsteps.formats._format import Format
from smallsteps.formats._rows import Row, check_file
from smallsteps.records import read_lines


def tsv_rows(path: Path, layout: Format, quoted: bool) -> Iterator[Row]:
    """The rows by the names of the header; each stands at the line on which it begins.

    Raises FileError for a missing file, a file of another layout, a row with more or fewer cells than the header.
    """
    next(read_lines(path), None)  # a missing file, and bytes that are no UTF-8, are named here
    check_file(path, layout)
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    with path.open("r", encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE)
        names = next(reader, None)
        if names is None:
            raise FileError(path, "the file is empty; expected a header and rows between tabs")
        line = reader.line_num + 1
        for cells in reader:
            if cells and len(cells) != len(names):
                raise FileError(path, f"expected {len(names)} cells between tabs, as in the header, found {len(cells)}",
                                line=line)  # fmt: skip
            if cells:
                yield Row(path, line, dict(zip(names, cells, strict=True)))
            line = reader.line_num + 1
