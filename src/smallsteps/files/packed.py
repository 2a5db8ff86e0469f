"""Files as bytes, unpacked where they are gzip or Zstandard, and what their names tell."""

from __future__ import annotations

import difflib
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

from smallsteps.errors import FileError

COMPRESSED = (".gz", ".zst")
_GZIP, _ZSTANDARD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_OTHER = {b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"PK\x03\x04": "zip (or a spreadsheet, .xlsx)"}
_WIDE = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
_BLOCK = 1 << 20
_LISTED = 12  # names of a folder that a message lists


def bare_suffix(path: Path) -> str:
    """The suffix that tells what a file holds, without that of its compression: `.jsonl` of `rows.jsonl.gz`."""
    return Path(path.stem).suffix.lower() if path.suffix.lower() in COMPRESSED else path.suffix.lower()


def bare_stem(path: Path) -> str:
    """The name of a file without its suffixes: `rows` of `rows.jsonl.gz`."""
    return Path(path.stem).stem if path.suffix.lower() in COMPRESSED else path.stem


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


def _nearby(path: Path) -> str:
    """A guess at the file that was meant, by its name without the ending: `nope.csv` is not `mine.csv`."""
    folder = path.parent
    if not folder.is_dir():
        return f"the folder {folder} does not exist either"
    names = [entry.name for entry in sorted(folder.iterdir()) if not entry.name.startswith(".")]
    close = difflib.get_close_matches(path.stem, [Path(name).stem for name in names], n=1, cutoff=0.7)
    guess = next((f"did you mean '{name}'? " for name in names if close and Path(name).stem == close[0]), "")
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return f"{guess}{folder}/ holds {', '.join(names[:_LISTED]) or 'no files'}{more}"
