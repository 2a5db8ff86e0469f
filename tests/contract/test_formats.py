"""Every format keeps its word: it reads its own layout, knows others by sight, and what it writes it reads back."""

from __future__ import annotations

from dataclasses import MISSING, fields, is_dataclass
from itertools import permutations
from pathlib import Path

import pytest

from layouts import SAMPLES
from smallsteps.corpus.importing import import_corpus, make_layout
from smallsteps.errors import FileError, InputError, OptionError
from smallsteps.formats import FORMATS, Format, first_value, layouts_like
from smallsteps.records import read_records

NAMES = FORMATS.names()
CONTRAST_AND_TRANSFER = {"imdb", "anli", "sst2", "openbook_qa", "quarel"}


@pytest.mark.parametrize("name", NAMES)
def test_is_a_frozen_dataclass_with_a_docstring_that_works_without_options(name: str) -> None:
    kind = FORMATS.get(name)
    assert is_dataclass(kind)
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert (kind.__doc__ and kind.__doc__.splitlines()[0].rstrip().endswith((".", ",", ":", "…"))) or kind.__doc__
    assert isinstance(kind(), Format)
    assert all(item.default is not MISSING for item in fields(kind)), "every option has a default"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("row", [None, 3, "text", [], {}, [1, 2, 3], {"unrelated": 1}, ["a", "b", "c"]])
def test_does_not_take_just_anything_for_its_own(name: str, row: object) -> None:
    assert FORMATS.get(name)().looks_like(row) is False


@pytest.mark.parametrize("name", SAMPLES)
def test_recognises_its_own_file_and_no_other_layout_does(name: str, tmp_path: Path) -> None:
    assert layouts_like(first_value(SAMPLES[name](tmp_path))) == [name]


@pytest.mark.parametrize("name", SAMPLES)
def test_reads_its_own_file_into_judged_records(name: str, tmp_path: Path) -> None:
    tally = import_corpus(make_layout(name), [SAMPLES[name](tmp_path)], tmp_path / "out.jsonl")
    written = list(read_records(tmp_path / "out.jsonl"))
    assert tally.written.questions == len(written) >= 1
    assert tally.tasks <= {"gsm8k", "svamp", "aqua", "date_understanding", "date_free", *CONTRAST_AND_TRANSFER}
    assert all(record.answer is not None for record in written)
    assert all(rationale.correct is not None for record in written for rationale in record.rationales)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "huggingface"])
def test_names_a_missing_file_and_an_empty_one(name: str, tmp_path: Path) -> None:
    suffix = {"csv": ".csv", "parquet": ".parquet"}.get(name, ".json")
    missing, empty = tmp_path / f"gsm8k_missing{suffix}", tmp_path / f"gsm8k_empty{suffix}"
    empty.touch()
    for path in (missing, empty):
        with pytest.raises(FileError) as caught:
            list(make_layout(name).read([path], None))
        assert caught.value.path == path
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("own", "other"),
    [pair for pair in permutations(SAMPLES, 2) if not {"csv", "parquet"} & {*pair} and pair[0] != "json"],
)
def test_a_file_of_another_layout_is_refused_and_its_layout_named(own: str, other: str, tmp_path: Path) -> None:
    path = SAMPLES[other](tmp_path)
    with pytest.raises(InputError) as caught:
        list(make_layout(own).read([path], None))
    assert f"smallsteps import {other.replace('_', '-')}" in str(caught.value)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("source", ["mentor_kd", "verify_cot", "aqua", "reasoning_teacher"])
def test_what_it_writes_it_reads_back_unchanged(name: str, source: str, tmp_path: Path) -> None:
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    import_corpus(make_layout(source), [SAMPLES[source](tmp_path / "source")], first)
    layout, out = make_layout(name), tmp_path / f"exported.{name if name in ('csv', 'parquet') else 'jsonl'}"
    if type(layout).write is Format.write:
        with pytest.raises(OptionError, match="imported but not exported"):
            layout.write(read_records(first), out)
        return
    assert layout.write(read_records(first), out) >= 1
    import_corpus(layout, [out], second)
    assert second.read_text(encoding="utf-8") == first.read_text(encoding="utf-8")
