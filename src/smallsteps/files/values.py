"""JSON values in and out of files."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from smallsteps.errors import FileError
from smallsteps.files.text import atomic_writer, read_lines

HALF_ESCAPED = re.compile(r"\\u[dD][89a-fA-F]")
"""Half of a surrogate pair as an escape; JSON may hold it without its other half, UTF-8 may not."""
_LONE = re.compile("[\ud800-\udfff]")


def mended(value: Any) -> Any:
    """A JSON value whose texts can be written again: a lone half of a surrogate pair becomes U+FFFD."""
    if isinstance(value, str):
        return _LONE.sub("\ufffd", value)
    if isinstance(value, list):
        return [mended(part) for part in value]
    if isinstance(value, dict):
        return {_LONE.sub("\ufffd", name): mended(part) for name, part in value.items()}
    return value


def parse_json(text: str) -> Any:
    """The value of a JSON text, with U+FFFD for lone halves of surrogate pairs. Raises ValueError for broken JSON."""
    value = json.loads(text)
    return mended(value) if HALF_ESCAPED.search(text) else value


def write_json(path: Path | str, data: Any) -> None:
    """Write JSON data; the file appears whole or not at all."""
    with atomic_writer(path) as file:
        json.dump(data, file, ensure_ascii=False, indent=2)
        file.write("\n")


def read_json(path: Path | str) -> Any:
    """The JSON data of a whole file. Raises FileError for a missing file and for broken JSON, naming the line."""
    text = "".join(line for _, line in read_lines(path))
    try:
        return parse_json(text)
    except json.JSONDecodeError as error:
        raise FileError(path, f"broken JSON at column {error.colno} ({error.msg}); was the file cut off?",
                        line=error.lineno) from None  # fmt: skip
