"""UTF-8 text files, read line by line and written whole or not at all."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from smallsteps.errors import FileError
from smallsteps.files.packed import open_bytes


@contextmanager
def open_text(path: Path | str) -> Iterator[IO[str]]:
    """A UTF-8 text file, unpacked, line ends as they are. Raises what `open_bytes` raises, and FileError naming the
    line for bytes that are no UTF-8."""
    try:
        with open_bytes(path) as file:
            yield io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    except UnicodeDecodeError:
        for _ in read_lines(path):  # names the line
            pass
        raise


def read_lines(path: Path | str) -> Iterator[tuple[int, str]]:
    """Line numbers (from 1) and lines of a UTF-8 text file, plain or compressed, without blank lines.

    Raises FileError for a missing file, a folder, and bytes that are no UTF-8, naming the line.
    """
    with open_bytes(path) as file:
        for number, raw in enumerate(file, start=1):
            try:
                line = raw.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                raise FileError(path, f"byte {error.start + 1} of the line is not UTF-8; convert the file to UTF-8",
                                line=number) from None  # fmt: skip
            if line.strip():
                yield number, line


@contextmanager
def atomic_writer(path: Path | str) -> Iterator[IO[str]]:
    """A text file that takes its name only when the block ends without an error."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            yield file
        mask = os.umask(0)
        os.umask(mask)
        Path(name).chmod(0o666 & ~mask)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
