"""Import, export, import: nothing changes, whatever the records hold."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smallsteps.corpus.importing import ImportOptions, import_corpus, make_layout, write_corpus
from smallsteps.records import Rationale, Record, Segment, read_records

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40).filter(
    lambda text: bool(text.strip())
)
NUMBERS = st.integers(-999, 999).map(str)
JSON = st.recursive(st.none() | st.booleans() | st.integers(-99, 99) | TEXTS, lambda inner: st.lists(inner, max_size=3))
RATIONALES = st.builds(
    Rationale,
    text=TEXTS,
    answer=st.none() | NUMBERS | TEXTS,
    teacher=st.none() | TEXTS,
    model=st.none() | TEXTS,
    temperature=st.none() | st.sampled_from([0.0, 0.7]),
    seed=st.none() | st.integers(0, 9),
    logprob=st.none() | st.just(-0.25),
    finish=st.none() | st.just("stop"),
    usage=st.none() | st.just({"completion_tokens": 7}),
    raw=st.none() | TEXTS,
    segments=st.none() | st.just((Segment("extractive", 0, 1, 0.5),)),
)
RECORDS = st.builds(
    Record,
    id=st.uuids().map(str),
    task=st.just("gsm8k"),
    question=TEXTS,
    answer=st.none() | NUMBERS,
    choices=st.none() | st.lists(TEXTS, min_size=1, max_size=3).map(tuple),
    rationales=st.lists(RATIONALES, max_size=3).map(tuple),
    meta=st.dictionaries(TEXTS, JSON, max_size=2),
)


@pytest.mark.parametrize("name", ["prompt_completion", "messages", "csv", "parquet", "records"])
@settings(max_examples=40, deadline=None)
@given(records=st.lists(RECORDS, min_size=1, max_size=4))
def test_exporting_and_importing_again_changes_nothing(name: str, records: list[Record]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        first, second = Path(folder) / "first.jsonl", Path(folder) / "second.jsonl"
        out = Path(folder) / f"out.{name if name in ('csv', 'parquet') else 'jsonl'}"
        before = write_corpus(records, first, ImportOptions())
        layout = make_layout(name)
        layout.write(read_records(first), out)
        after = import_corpus(layout, [out], second)
        assert second.read_bytes() == first.read_bytes()
        assert after.written == before.written and after.right == before.right
