"""Files in and out: text and JSON, plain or packed."""

from smallsteps.files.packed import bare_stem, bare_suffix, open_bytes
from smallsteps.files.text import atomic_writer, open_text, read_lines
from smallsteps.files.values import HALF_ESCAPED, mended, parse_json, read_json, write_json

__all__ = [
    "HALF_ESCAPED",
    "atomic_writer",
    "bare_stem",
    "bare_suffix",
    "mended",
    "open_bytes",
    "open_text",
    "parse_json",
    "read_json",
    "read_lines",
    "write_json",
]
