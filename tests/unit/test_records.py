"""Records, their files, and what is said about broken ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallsteps.errors import FileError, InputError
from smallsteps.records import (
    Rationale,
    Record,
    Segment,
    parse_record,
    question_key,
    read_json,
    read_records,
    record_line,
    require_answers,
    split_records,
    write_records,
)

LINE = '{"id": "a", "task": "gsm8k", "question": "How many?", "answer": "3", "rationales": []}'


def corpus(folder: Path, *lines: str) -> Path:
    path = folder / "corpus.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((LINE, LINE[:40]), r"corpus.jsonl:2: broken JSON .*was the line cut off\?"),
        ((LINE, LINE), r"corpus.jsonl:2: field 'id': 'a' stands on line 1 already"),
        (('{"id": "a", "task": "t"}',), r":1: field 'question': is missing"),
        (
            (LINE.replace('"answer"', '"anser"'),),
            r":1: field 'anser': is not a field of a record; did you mean 'answer'\?",
        ),
        ((LINE.replace('"3"', "3"),), r":1: field 'answer': input should be a valid string, found 3"),
        ((LINE.replace("[]", '[{"txt": "x"}]'),), r":1: field 'rationales.0.text': is missing"),
        (("",), r"the corpus is empty; expected one JSON record a line"),
    ],
)
def test_broken_files_are_named_with_line_and_field(tmp_path: Path, lines: tuple[str, ...], expected: str) -> None:
    with pytest.raises(FileError, match=expected):
        list(read_records(corpus(tmp_path, *lines)))


def test_a_missing_file_and_other_bytes(tmp_path: Path) -> None:
    corpus(tmp_path, LINE)
    with pytest.raises(FileError, match=r"did you mean 'corpus\.jsonl'"):
        list(read_records(tmp_path / "corpsu.jsonl"))
    with pytest.raises(FileError, match="this is a folder"):
        list(read_records(tmp_path))
    (tmp_path / "latin.jsonl").write_bytes(LINE.encode() + b"\n" + b'{"id": "\xe9"}\n')
    with pytest.raises(FileError, match=r"latin.jsonl:2: byte 9 of the line is not UTF-8"):
        list(read_records(tmp_path / "latin.jsonl"))


def test_a_missing_gold_answer_names_the_line(tmp_path: Path) -> None:
    records = list(read_records(corpus(tmp_path, LINE, LINE.replace('"a"', '"b"').replace('"3"', "null"))))
    with pytest.raises(FileError, match=r"x.jsonl:2: field 'answer': record 'b' has no gold answer"):
        require_answers(records, "x.jsonl")


def test_nothing_half_written_is_left(tmp_path: Path) -> None:
    def failing():  # type: ignore[no-untyped-def]
        yield Record("a", "t", "q")
        raise RuntimeError("cut")

    (tmp_path / "out.jsonl").write_text("before")
    with pytest.raises(RuntimeError):
        write_records(tmp_path / "out.jsonl", failing())
    assert (tmp_path / "out.jsonl").read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["out.jsonl"]


def test_broken_json_files_name_their_line(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{\n "a": 1,\n "b": \n')
    with pytest.raises(FileError, match=r"x.json:4: broken JSON"):
        read_json(tmp_path / "x.json")


texts = st.text(max_size=30)
segments = st.builds(Segment, st.sampled_from(["extractive", "abstractive"]), st.just(0), st.just(1))
rationales = st.builds(
    Rationale, text=texts, answer=st.none() | texts, correct=st.none() | st.booleans(),
    logprob=st.none() | st.floats(-9, 0),
    segments=st.none() | st.tuples(segments),
)  # fmt: skip
records = st.builds(
    Record, id=texts, task=texts, question=texts, answer=st.none() | texts, choices=st.none() | st.tuples(texts),
    rationales=st.lists(rationales, max_size=2).map(tuple),
    meta=st.dictionaries(texts, st.integers() | texts, max_size=2),
)  # fmt: skip


@given(records)
def test_a_line_holds_the_whole_record(record: Record) -> None:
    line = record_line(record)
    assert "\n" not in line
    assert parse_record(line, "x", 1) == record


@given(st.lists(st.text(min_size=1, max_size=6), min_size=30, max_size=40, unique_by=question_key))
def test_a_split_moves_nobody_when_records_are_added(questions: list[str]) -> None:
    whole = [Record(str(index), "t", question) for index, question in enumerate(questions)]
    try:
        kept, cut = split_records(whole, 0.3)
        kept_before, cut_before = split_records(whole[:20], 0.3)
    except InputError:
        return
    assert {r.id for r in kept_before} <= {r.id for r in kept}
    assert {r.id for r in cut_before} <= {r.id for r in cut}


def test_question_identity() -> None:
    assert question_key("How many,  apples?\n(A) 3") == question_key("how MANY apples (a) 3?")
    assert question_key("Wie viele Äpfel 3.5?") == "wievieleäpfel3.5"
