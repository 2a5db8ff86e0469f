"""Invariants of clauses, segments and the views and prefixes made of them, on any text."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models import folder_of
from smallsteps.decoding.session import StudentSession
from smallsteps.decoding.settings import Decoding
from smallsteps.engine.student import Student, load_student
from smallsteps.engine.tokens import encode_prompt, encode_view
from smallsteps.methods import make_method
from smallsteps.methods.ases import SEGMENT
from smallsteps.records import Rationale, Record, Segment, read_records, write_records
from smallsteps.segment import make_strategy, segment_records
from smallsteps.text.clauses import split_clauses

WORDS = ["Tom", "has", "12", "apples", "3.5", "1,200", "Mr. Smith", "e.g.", "so", "然后", "苹果", "he buys 7 more"]
MARKS = [",", ".", "!", "，", "。", ";", "\n", "...", " ", '."', "?", ", and"]
PROSE = st.lists(
    st.tuples(st.sampled_from(WORDS), st.sampled_from([*MARKS, *[" "] * 12])), min_size=1, max_size=40
).map(lambda pairs: "".join(word + mark + (" " if mark not in " \n" else "") for word, mark in pairs))
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def record(text: str) -> Record:
    told = (Rationale(text, "19", correct=True),)
    return Record("r", "word_problems", "Tom has 12 apples and buys 7 more. How many?", "19", rationales=told)


@given(st.one_of(st.text(max_size=200), PROSE), st.integers(1, 6))
@settings(max_examples=300, deadline=None)
def test_clauses_tile_any_text(text: str, shortest: int) -> None:
    spans = split_clauses(text, shortest)
    assert "".join(text[start:end] for start, end in spans) == text
    assert all(start < end for start, end in spans)
    assert [end for _, end in spans[:-1]] == [start for start, _ in spans[1:]]


@given(PROSE, st.floats(0.05, 0.95))
@QUICK
def test_every_clause_is_in_exactly_one_segment_and_merged_labels_alternate(text: str, share: float) -> None:
    apart, merged = (
        next(segment_records([record(text)], make_strategy("random", {"share": share, "merge": merge})))
        for merge in (False, True)
    )
    clauses = [(one.start, one.end) for one in apart.rationales[0].segments or ()]
    segments = merged.rationales[0].segments or ()
    assert clauses == split_clauses(text)
    for start, end in clauses:
        assert sum(one.start <= start and end <= one.end for one in segments) == 1
    assert all(a.kind != b.kind and a.end == b.start for a, b in pairwise(segments))


@given(PROSE, st.floats(0.05, 0.95), st.booleans())
@QUICK
def test_the_views_targets_join_to_the_target_of_cot(text: str, share: float, merge: bool) -> None:
    strategy = make_strategy("random", {"share": share, "merge": merge})
    (cut,) = segment_records([record(text)], strategy)
    one, two, cot = make_method("ases", {}), make_method("ases", {"paths": "two"}), make_method("cot", {})
    if not text.strip():
        return
    (whole,) = cot.views(cut, "main")
    views = one.views(cut, "main")
    learnt = ["".join(piece.text for piece in view.target if piece.weight) for view in views]
    assert "".join(learnt) == whole.target[0].text
    assert all(view.target[0].text == SEGMENT and view.target[0].weight == 0 for view in views)
    split = [two.views(cut, path) for path in two.path_names]
    assert sorted(map(repr, split[0] + split[1])) == sorted(map(repr, views))
    for path, some in zip(two.path_names, split, strict=True):
        assert len(some) == sum(one.kind == path for one in cut.rationales[0].segments or ())


@pytest.fixture(scope="module", params=["gpt2", "llama", "opt", "t5", "bart"])
def student(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Student:
    pupil = load_student(str(folder_of(request.param, tmp_path_factory.mktemp(request.param))))
    pupil.add_tokens((SEGMENT,))
    return pupil


def gold_tokens(student: Student, encoded_ids: Sequence[int], weights: Sequence[float]) -> tuple[int, ...]:
    """The learnt tokens of a view without those that frame a target."""
    learnt = [index for index, weight in zip(encoded_ids, weights, strict=True) if weight]
    start = len(student.template.target_start)
    return tuple(learnt[start:-1])


@given(PROSE, st.floats(0.2, 0.8))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_prefixes_at_inference_are_those_of_training(student: Student, text: str, share: float) -> None:
    """Where a student writes the very tokens of the gold segments, it next reads the very tokens it was taught on."""
    method = make_method("ases", {"paths": "two"})
    (cut,) = segment_records([record(text.strip() or "Yes.")], make_strategy("random", {"share": share}))
    single = make_method("ases", {})
    session = StudentSession(
        dict.fromkeys(method.path_names, student),
        Decoding(),
        [encode_prompt(student.tokenizer, student.template, method.prompt(cut, "extractive"))],
        [None],
    )
    separator = student.tokenizer.convert_tokens_to_ids(SEGMENT)
    for view, segment in zip(single.views(cut, "main"), cut.rationales[0].segments or (), strict=True):
        session.read(0, (separator,))
        encoded = encode_view(student.tokenizer, student.template, view)
        first = int((encoded.weights > 0).argmax())
        taught = encoded.source if student.architecture.split else encoded.tokens[:first]
        assert session.prefix(segment.kind, 0) == tuple(taught.tolist())
        session.read(0, gold_tokens(student, encoded.tokens.tolist(), encoded.weights.tolist()))


def test_a_segment_of_white_space_only_is_never_made() -> None:
    text = "One two three four. \n\n \n Five six seven eight. \n"
    (cut,) = segment_records([record(text)], make_strategy("location", {}))
    assert all(text[one.start : one.end].strip() for one in cut.rationales[0].segments or ())


def test_a_segmented_record_survives_a_corpus_file(tmp_path: Path) -> None:
    (cut,) = segment_records([record("Tom has 12 apples, and he buys 7 more.")], make_strategy("location", {}))
    write_records(tmp_path / "corpus.jsonl", [cut])
    assert next(read_records(tmp_path / "corpus.jsonl")) == cut
    assert cut.rationales[0].segments == (Segment("extractive", 0, 18), Segment("abstractive", 18, 38))
