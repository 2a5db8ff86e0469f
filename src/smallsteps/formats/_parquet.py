"""Parquet files: their columns, and their rows as JSON-like values."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from smallsteps.errors import FileError
from smallsteps.files import open_bytes
from smallsteps.formats._oddities import WholeFileError

PARQUET_COLUMNS = "columns of a Parquet file"
ROWS_AT_A_TIME = 1000


def is_parquet(path: Path) -> bool:
    """Whether a file is Parquet, by its first bytes, or by its name where it is empty."""
    with open_bytes(path) as file:
        start = file.read(4)
    return start == b"PAR1" or (path.suffix == ".parquet" and not start)


def parquet_columns(path: Path) -> list[str]:
    """The names of the columns. Raises FileError for what is no Parquet file."""
    import pyarrow
    import pyarrow.parquet

    try:
        names: list[str] = pyarrow.parquet.read_schema(path).names
    except (pyarrow.ArrowInvalid, OSError) as error:
        told = "not a Parquet file, or cut off"
        raise FileError(path, told if isinstance(error, pyarrow.ArrowInvalid) else f"{told} ({error})") from None
    return names


def parquet_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Row numbers (from 1) and rows; columns of structs and lists become objects and lists.

    Raises FileError for what is no Parquet file and for one without a row.
    """
    import pyarrow.parquet

    parquet_columns(path)  # a broken file is named here
    count = 0
    with pyarrow.parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(ROWS_AT_A_TIME):
            for row in batch.to_pylist():
                count += 1
                yield count, row
    if not count:
        raise WholeFileError(path, "the file holds no row")
