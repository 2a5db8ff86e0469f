"""JSON values out of a file, one after another in bounded memory, each with the line on which it begins.

A file is either JSON lines or one array, plain or compressed. An array is decoded from a sliding window of text: the
window grows only where a single value is longer than it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from pydantic_core import from_json

from smallsteps.errors import FileError
from smallsteps.files import HALF_ESCAPED, mended, open_text, parse_json, read_json, read_lines
from smallsteps.formats._oddities import OddRows

WINDOW_CHARACTERS = 1 << 18
_GAP = re.compile(r"[ \t\r\n]*")
_decode = json.JSONDecoder().raw_decode


def json_values(path: Path) -> Iterator[tuple[int, Any]]:
    """`(line, value)` for each value of a JSON-lines file or of a JSON array.

    A pretty-printed object is one value. Half of a surrogate pair without its other half becomes U+FFFD. A broken line
    of a JSON-lines file is an odd row, which an import passes over (`OddRows`). Raises FileError naming the line for a
    missing or empty file, a first line or an array that is broken, and bytes that are no UTF-8.
    """
    first = next(read_lines(path), None)
    if first is None:
        raise FileError(path, "the file is empty; expected JSON rows")
    if first[1].lstrip().startswith("["):
        yield from _array(path)
    elif first[1].strip() == "{" and not _is_whole(first[1]):
        yield 1, read_json(path)
    else:
        yield from _lines(path)


def _is_whole(line: str) -> bool:
    try:
        from_json(line)
    except ValueError:
        return False
    return True


def _lines(path: Path) -> Iterator[tuple[int, Any]]:
    odd = OddRows(path)
    for number, line in read_lines(path):
        try:
            value = _value(line)
        except ValueError:
            odd.met(_broken_line(path, line, number))
            continue
        odd.fine()
        yield number, value
    odd.end()


def _value(line: str) -> Any:
    return parse_json(line) if HALF_ESCAPED.search(line) else from_json(line)


def _broken_line(path: Path, line: str, number: int) -> FileError:
    try:
        json.loads(line)
    except json.JSONDecodeError as error:
        return FileError(path, f"broken JSON at column {error.colno} ({error.msg}); was the line cut off?", line=number)
    return FileError(path, "broken JSON; expected one JSON value a line", line=number)


def _array(path: Path) -> Iterator[tuple[int, Any]]:
    with open_text(path) as file:
        window = _Window(path, file)
        window.skip("[")
        if window.peek() == "]":
            return
        while True:
            yield window.value()
            if window.peek() == "]":
                return
            window.skip(",")


class _Window:
    """A stretch of a file that moves forward; `line` is the line of its first unread character."""

    def __init__(self, path: Path, file: IO[str]) -> None:
        self.path, self.file = path, file
        self.text, self.place, self.line, self.ended = "", 0, 1, False

    def peek(self) -> str:
        """The next character that is no white space, an empty string at the end of the file."""
        while True:
            self._pass(_GAP.match(self.text, self.place).end())  # type: ignore[union-attr]
            if self.place < len(self.text):
                return self.text[self.place]
            if not self._grow():
                return ""

    def skip(self, expected: str) -> None:
        """Go past one character. Raises FileError where another one stands."""
        found = self.peek()
        if found != expected:
            what = f"found '{found}'" if found else "the file ends here, inside the array; was it cut off?"
            raise FileError(self.path, f"broken JSON: expected '{expected}' between two rows, {what}", line=self.line)
        self._pass(self.place + 1)

    def value(self) -> tuple[int, Any]:
        """The next JSON value and the line on which it begins."""
        self.peek()
        while True:
            try:
                value, end = _decode(self.text, self.place)
            except json.JSONDecodeError as error:
                if self._grow():
                    continue
                raise self._broken(error) from None
            if end < len(self.text) or not self._grow():  # a number at the edge may go on
                line, raw = self.line, self.text[self.place : end]
                self._pass(end)
                return line, mended(value) if HALF_ESCAPED.search(raw) else value

    def _broken(self, error: json.JSONDecodeError) -> FileError:
        line = self.line + self.text.count("\n", self.place, error.pos)
        return FileError(self.path, f"broken JSON ({error.msg}); was the file cut off?", line=line)

    def _pass(self, place: int) -> None:
        self.line += self.text.count("\n", self.place, place)
        self.place = place

    def _grow(self) -> bool:
        """Read on, at least as much again as is unread. False at the end of the file."""
        if self.ended:
            return False
        unread = self.text[self.place :]
        try:
            more = self.file.read(max(WINDOW_CHARACTERS, len(unread)))
        except UnicodeDecodeError:
            for _ in read_lines(self.path):  # names the line
                pass
            raise
        self.ended = not more
        self.text, self.place = unread + more, 0
        return not self.ended
