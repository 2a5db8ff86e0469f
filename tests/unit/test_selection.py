"""Which rationales are kept."""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from smallsteps.cli.select import quotas, select
from smallsteps.errors import InputError, OptionError, UnknownNameError
from smallsteps.records import Rationale, Record, read_records, write_records
from smallsteps.selection import select_records, selections, statistics
from smallsteps.selection.duplicates import jaccard, triples
from smallsteps.selection.open_ended import unique_bigrams


def _rationale(text: str, *, right: bool | None = True, logprob: float | None = None, teacher: str = "t") -> Rationale:
    return Rationale(text, "4" if right else "5", right, teacher=teacher, logprob=logprob)


def _record(number: int, rationales: Sequence[Rationale]) -> Record:
    return Record(f"q{number}", "gsm8k", f"What is 2+2, {number}?", "4", rationales=tuple(rationales))


def _corpus(questions: int = 10, each: int = 12) -> list[Record]:
    return [
        _record(
            i, [_rationale(f"Way {j} of {i} with {'more ' * (i + j % 3)}words", logprob=-float(j)) for j in range(each)]
        )
        for i in range(questions)
    ]


def _kept(records: Sequence[Record]) -> dict[str, set[str]]:
    return {record.id: {one.text for one in record.rationales} for record in records}


def test_the_four_selections_are_known_by_their_files() -> None:
    assert selections() == ["diverse", "likely", "open_ended", "random"]


@pytest.mark.parametrize("options", [
    {"by": "random", "k": 4}, {"by": "diverse", "k": 4}, {"by": "likely", "k": 4}, {"by": "open_ended"},
    {"dedupe": "near"}, {"by": "random", "k": 2, "dedupe": "exact", "keep": "right"},
])  # fmt: skip
def test_the_order_of_questions_and_rationales_changes_nothing(options: dict[str, object]) -> None:
    records = _corpus()
    shuffled = [replace(one, rationales=tuple(random.Random(1).sample(one.rationales, 12))) for one in records]
    random.Random(2).shuffle(shuffled)
    chosen = select_records(records, **options)  # type: ignore[arg-type]
    assert _kept(chosen) == _kept(select_records(shuffled, **options))  # type: ignore[arg-type]
    assert all([*one.rationales] == [r for r in source.rationales if r in one.rationales]
               for one, source in zip(chosen, records, strict=True)), "the record's own order is kept"  # fmt: skip


@pytest.mark.parametrize("by", ["random", "diverse", "likely"])
def test_k_of_each_question_are_kept_and_fewer_where_there_are_fewer(by: str) -> None:
    records = [*_corpus(3), _record(9, [_rationale("only one", logprob=-1.0)]), _record(10, [])]
    assert [len(one.rationales) for one in select_records(records, by=by, k=4)] == [4, 4, 4, 1, 0]
    assert [len(one.rationales) for one in select_records(records, by=by)] == [5, 5, 5, 1, 0]


def test_random_takes_each_rationale_about_equally_often() -> None:
    (record,) = _corpus(1, 6)
    counts = dict.fromkeys((one.text for one in record.rationales), 0)
    for seed in range(600):
        for one in select_records([record], by="random", k=2, seed=seed)[0].rationales:
            counts[one.text] += 1
    assert all(150 < count < 250 for count in counts.values()), counts


def test_diverse_takes_one_of_each_kind() -> None:
    apples = [f"We count the apples in the basket and get {i}" for i in range(6)]
    trains = [f"The train leaves the station after {i} minutes" for i in range(3)]
    dates = [f"Tomorrow is Monday so today must be Sunday {i}" for i in range(2)]
    record = _record(0, [_rationale(text) for text in apples + trains + dates])
    for seed in range(5):
        chosen = _kept(select_records([record], by="diverse", k=3, seed=seed))["q0"]
        assert [len(chosen & set(group)) for group in (apples, trains, dates)] == [1, 1, 1]


def test_diverse_takes_texts_without_words_and_equal_ones() -> None:
    record = _record(0, [_rationale(text) for text in ("", "a b", "a b", "a b", "c d", "?")])
    assert len(select_records([record], by="diverse", k=3)[0].rationales) == 3
    empty = _record(1, [_rationale("") for _ in range(4)])
    assert len(select_records([empty], by="diverse", k=2)[0].rationales) == 2


def test_likely_takes_the_highest_log_probabilities_or_a_scorers() -> None:
    (record,) = _corpus(1)
    assert [one.logprob for one in select_records([record], by="likely", k=3)[0].rationales] == [0.0, -1.0, -2.0]
    scores = [float(place in (3, 7)) for place in range(12)]
    mine = select_records([record], by="likely", k=2, scores=lambda _: scores)[0]
    assert mine.rationales == (record.rationales[3], record.rationales[7])
    with pytest.raises(OptionError, match="only the selection 'likely' uses a scorer"):
        select_records([record], by="random", scores=lambda _: scores)


def test_likely_names_the_record_without_a_log_probability() -> None:
    record = _record(3, [_rationale("a", logprob=-1.0), _rationale("b")])
    with pytest.raises(InputError, match=r"record 'q3': rationale 2 has no log-probability.*sample from a server"):
        select_records([record], by="likely", k=1)


def test_open_ended_keeps_more_where_the_rationales_differ_more() -> None:
    records = [
        _record(i, [_rationale(" ".join(f"w{i}{j}{n}" for n in range(i + 2))) for j in range(9)]) for i in range(10)
    ]
    assert [unique_bigrams(one) for one in records] == [9 * (i + 1) for i in range(10)]
    counts = [len(one.rationales) for one in select_records(records, by="open_ended")]
    assert counts == [1, 1, 3, 3, 5, 5, 7, 7, 9, 9]
    with pytest.raises(OptionError, match="sets k itself"):
        select_records(records, by="open_ended", k=3)


def test_only_right_ones_and_what_nobody_judged_is_judged() -> None:
    unjudged = Rationale("x", "4.0"), Rationale("y", "7"), Rationale("z", None)
    record = _record(0, [_rationale("a"), _rationale("b", right=False), *unjudged])
    assert _kept(select_records([record], keep="right"))["q0"] == {"a", "x"}
    with pytest.raises(InputError, match="record 'q0' has no gold answer"):
        select_records([replace(record, answer=None)], keep="right")


def test_exact_duplicates_keep_the_right_one() -> None:
    texts = (
        _rationale("Two and two.", right=False),
        _rationale("two AND two"),
        _rationale("two, and: two"),
        _rationale("other"),
    )
    (kept,) = select_records([_record(0, texts)], dedupe="exact")
    assert len(kept.rationales) == 2
    assert all(one.correct for one in kept.rationales)


def test_near_duplicates_differ_in_words_not_in_numbers() -> None:
    base = "First we take the five apples and then we add the seven apples that Tom brought us today"
    near, far = base.replace("today", "now"), "Five and seven make twelve"
    sums = "We add 5 and 7 to the pile of apples and get 12 in all for us"
    record = _record(0, [_rationale(text) for text in (base, near, far, sums, sums.replace("7", "8"))])
    assert len(select_records([record], dedupe="exact")[0].rationales) == 5
    kept = _kept(select_records([record], dedupe="near"))["q0"]
    assert len(kept & {base, near}) == 1
    assert {far, sums, sums.replace("7", "8")} <= kept
    assert jaccard(triples(base), triples(near)) >= 0.8


def test_quotas_select_among_each_teachers_own() -> None:
    rationales = [
        _rationale(f"{teacher} {i}", teacher=teacher) for teacher in ("big", "small", "rest") for i in range(6)
    ]
    (kept,) = select_records([_record(0, rationales)], by="random", k=4, quota={"big": 3, "small": 1})
    counts = [sum(one.teacher == teacher for one in kept.rationales) for teacher in ("big", "small", "rest")]
    assert counts == [3, 1, 4]
    (without,) = select_records([_record(0, rationales)], quota={"small": 0})
    assert {one.teacher for one in without.rationales} == {"big", "rest"}
    assert len(without.rationales) == 12
    with pytest.raises(UnknownNameError, match="did you mean 'small'"):
        select_records([_record(0, rationales)], quota={"smal": 1})


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"by": "randm"}, "did you mean 'random'"),
        ({"keep": "rihgt"}, "did you mean 'right'"),
        ({"dedupe": "nearly"}, "did you mean 'near'"),
        ({"by": "random", "k": 0}, "at least 1"),
        ({"k": 3}, "needs a selection"),
        ({"by": "diverse", "embeddings": "word2vec"}, "tfidf"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, object], words: str) -> None:
    with pytest.raises((OptionError, UnknownNameError), match=words):
        select_records(_corpus(2), **options)  # type: ignore[arg-type]


def test_missing_sentence_transformers_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(OptionError, match="pip install 'smallsteps"):
        select_records(_corpus(1), by="diverse", k=2, embeddings="sentence-transformers")


def test_statistics_add_up() -> None:
    record = _record(0, [_rationale("a b c"), _rationale("A b, c"), _rationale("d", right=False)])
    told = statistics([record, _record(1, [])])
    assert (told.questions, told.answered, told.rationales, told.right, told.unique) == (2, 1, 3, 2, 2)
    assert told.per_question == 1.5
    assert told.bigrams == unique_bigrams(record) == 4  # "a b", "b c", "a b," and "b, c"


def test_the_command_writes_what_is_kept(tmp_path: Path) -> None:
    write_records(tmp_path / "c.jsonl", [*_corpus(2, 4), _record(7, [_rationale("wrong", right=False)])])
    select(tmp_path / "c.jsonl", out=tmp_path / "s.jsonl", keep="right", by="random", k=3, quota=["t=2"])
    assert [len(record.rationales) for record in read_records(tmp_path / "s.jsonl")] == [2, 2, 0]
    with pytest.raises(OptionError, match="expected TEACHER=K"):
        quotas(["t:2"])
    assert quotas(["gpt=4o=3"]) == {"gpt=4o": 3}
