"""Files in and out: packed ones, broken ones, and those of other encodings."""

from __future__ import annotations

import bz2
import gzip
from pathlib import Path

import pyarrow
import pytest

from smallsteps.errors import FileError
from smallsteps.files import bare_stem, bare_suffix, open_text, parse_json, read_json, read_lines

TEXT = "one\n\ntwo é\n" * 1000


def zstandard(text: str) -> bytes:
    sink = pyarrow.BufferOutputStream()
    with pyarrow.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(text.encode())
    return bytes(sink.getvalue())


PACKED = {"plain": TEXT.encode(), "gzip": gzip.compress(TEXT.encode()), "zstd": zstandard(TEXT)}


@pytest.mark.parametrize("kind", PACKED)
def test_a_file_is_unpacked_whatever_its_name(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.txt"
    path.write_bytes(PACKED[kind])
    assert [line.strip() for _, line in read_lines(path)] == ["one", "two é"] * 1000
    with open_text(path) as file:
        assert file.read() == TEXT


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
def test_a_packed_file_that_was_cut_off_says_so(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.gz"
    path.write_bytes(PACKED[kind][: len(PACKED[kind]) // 2])
    with pytest.raises(FileError, match="the compressed file is broken"):
        list(read_lines(path))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (bz2.compress(b"x"), "this is bzip2; unpack it"),
        (b"PK\x03\x04rest", r"this is zip \(or a spreadsheet, .xlsx\)"),
        ("a;b".encode("utf-16"), "this is UTF-16; save it as UTF-8"),
        ("café".encode("latin-1"), "rows.csv:1: byte 4 of the line is not UTF-8"),
    ],
)
def test_what_cannot_be_read_is_named(content: bytes, told: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(content)
    with pytest.raises(FileError, match=told):
        list(read_lines(path))
    with pytest.raises(FileError, match=told), open_text(path) as file:
        file.read()


def test_names_without_the_suffix_of_compression() -> None:
    assert [bare_suffix(Path(name)) for name in ("a.jsonl.gz", "a.CSV", "a.b.tsv.zst", "a.gz")] == [
        ".jsonl", ".csv", ".tsv", ""
    ]  # fmt: skip
    assert [bare_stem(Path(name)) for name in ("a.jsonl.gz", "a.b.csv")] == ["a", "a.b"]


def test_half_a_surrogate_pair_in_json_can_be_written_again(tmp_path: Path) -> None:
    assert parse_json(r'{"\ud83d": ["\ude00", "\ud83d\ude00"]}') == {"\ufffd": ["\ufffd", "😀"]}
    (tmp_path / "x.json").write_text(r'["a\udc00"]')
    assert read_json(tmp_path / "x.json") == ["a\ufffd"]
