"""Text files in and out: UTF-8, plain or compressed, read line by line and written whole or not at all."""

from __future__ import annotations

import gzip
import io
import json
import os
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from smallsteps.errors import FileError, suggestion

COMPRESSED = (".gz", ".zst")
_GZIP, _ZSTANDARD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_OTHER = {b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"PK\x03\x04": "zip (or a spreadsheet, .xlsx)"}
_WIDE = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
_BLOCK = 1 << 20


def bare_suffix(path: Path) -> str:
    """The suffix that tells what a file holds, without that of its compression: `.jsonl` of `rows.jsonl.gz`."""
    return Path(path.stem).suffix.lower() if path.suffix.lower() in COMPRESSED else path.suffix.lower()


@contextmanager
def open_bytes(path: Path | str) -> Iterator[BinaryIO]:
    """The bytes of a file, unpacked where it is gzip or Zstandard, whatever its name.

    Raises FileError for a missing file, a folder, another compression, UTF-16, and a packed file that is broken.
    """
    try:
        with Path(path).open("rb") as file:
            yield _unpacked(path, file)
    except FileNotFoundError:
        raise FileError(path, f"there is no such file; {_nearby(Path(path))}") from None
    except IsADirectoryError:
        raise FileError(path, "this is a folder; expected a file") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise FileError(path, f"the compressed file is broken ({error}); was it cut off?") from None


def _unpacked(path: Path | str, file: BinaryIO) -> BinaryIO:
    start = file.read(6)
    file.seek(0)
    if start.startswith(_GZIP):
        return cast(BinaryIO, gzip.GzipFile(fileobj=file))
    if start.startswith(_ZSTANDARD):
        return _unpacked_zstandard(path, file)
    for mark, name in _OTHER.items():
        if start.startswith(mark):
            raise FileError(path, f"this is {name}; unpack it, or save it as plain text, .gz or .zst")
    for mark, name in _WIDE.items():
        if start.startswith(mark):
            raise FileError(path, f"this is {name}; save it as UTF-8 (in a spreadsheet: 'CSV UTF-8')")
    return file


def _unpacked_zstandard(path: Path | str, file: BinaryIO) -> BinaryIO:
    import pyarrow

    return cast(BinaryIO, io.BufferedReader(cast(io.RawIOBase, _Zstandard(path, pyarrow, file)), _BLOCK))


class _Zstandard(io.RawIOBase):
    """A Zstandard stream, unpacked by pyarrow, which every installation has."""

    def __init__(self, path: Path | str, pyarrow: Any, file: BinaryIO) -> None:
        self._path, self._stream = path, pyarrow.CompressedInputStream(pyarrow.PythonFile(file, mode="r"), "zstd")

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer as far as the stream goes. Raises FileError where it is broken."""
        try:
            block: bytes = self._stream.read(len(buffer))
        except OSError as error:
            raise FileError(self._path, f"the compressed file is broken ({error}); was it cut off?") from None
        buffer[: len(block)] = block
        return len(block)


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
                raise FileError(path, f"byte {error.start + 1} of the line is no UTF-8; convert the file to UTF-8",
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


def write_json(path: Path | str, data: Any) -> None:
    """Write JSON data; the file appears whole or not at all."""
    with atomic_writer(path) as file:
        json.dump(data, file, ensure_ascii=False, indent=2)
        file.write("\n")


def read_json(path: Path | str) -> Any:
    """The JSON data of a whole file. Raises FileError for a missing file and for broken JSON, naming the line."""
    text = "".join(line for _, line in read_lines(path))
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise FileError(path, f"broken JSON at column {error.colno} ({error.msg}); was the file cut off?",
                        line=error.lineno) from None  # fmt: skip


def _nearby(path: Path) -> str:
    folder = path.parent
    if not folder.is_dir():
        return f"the folder {folder} does not exist either"
    return suggestion(path.name, [entry.name for entry in sorted(folder.iterdir())[:20]])
