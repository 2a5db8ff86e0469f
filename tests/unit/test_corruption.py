"""Corrupted rationales: reproducible, marked, and never a touched answer."""

from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from smallsteps.corpus.corruption import KINDS, corrupt, corrupt_records
from smallsteps.errors import InputError, OptionError, UnknownNameError
from smallsteps.generators import make_generator
from smallsteps.records import Rationale, Record, Segment, read_records, write_records
from smallsteps.teachers.rule_based import RuleBased


def corpus(count: int = 80, rationales: int = 3) -> list[Record]:
    records = list(make_generator("word_problems", {"steps": "2-3"}).records(count, 0, "train"))
    told = dict(RuleBased().rationales(records, rationales, 0))
    return [replace(record, rationales=tuple(told[record.id])) for record in records]


RECORDS = corpus()


def one(text: str, kind: str, seed: int = 0) -> str:
    return KINDS[kind](text, random.Random(seed))


@pytest.mark.parametrize("kind", list(KINDS))
def test_everything_but_texts_and_the_mark_stays(kind: str) -> None:
    for before, after in zip(RECORDS, corrupt_records(RECORDS, kind, 1.0), strict=True):
        assert (after.answer, after.question, after.id) == (before.answer, before.question, before.id)
        kept = [(r.answer, r.correct, r.teacher) for r in before.rationales]
        assert [(r.answer, r.correct, r.teacher) for r in after.rationales] == kept
        assert {k: v for k, v in after.meta.items() if k != "corrupted"} == before.meta


@pytest.mark.parametrize("kind", list(KINDS))
def test_the_mark_names_exactly_the_rationales_with_another_text(kind: str) -> None:
    for before, after in zip(RECORDS, corrupt_records(RECORDS, kind, 0.5, seed=3), strict=True):
        other = [
            i for i, (a, b) in enumerate(zip(before.rationales, after.rationales, strict=True)) if a.text != b.text
        ]
        mark = [{"kind": kind, "rate": 0.5, "seed": 3, "rationales": other}] if other else None
        assert after.meta.get("corrupted") == mark


@pytest.mark.parametrize("kind", list(KINDS))
def test_rates_are_met_nested_and_reproducible(kind: str) -> None:
    found = {rate: corrupt(RECORDS, kind, rate, 1) for rate in (0.0, 0.25, 0.5, 1.0)}
    assert found[0.0].records == RECORDS and found[0.0].drawn == 0
    assert found[1.0].drawn == found[1.0].rationales == 240 and found[1.0].changed > 225
    assert 40 <= found[0.25].drawn <= 80 and 95 <= found[0.5].drawn <= 145
    assert found[0.5] == corrupt(RECORDS, kind, 0.5, 1) != corrupt(RECORDS, kind, 0.5, 2)
    for some, half, whole in zip(found[0.25].records, found[0.5].records, found[1.0].records, strict=True):
        for a, b, c in zip(some.rationales, half.rationales, whole.rationales, strict=True):
            assert c.text in (a.text, b.text) or a.text == b.text, "what is changed is changed in the same way"
        marked = [set(r.meta.get("corrupted", [{"rationales": []}])[0]["rationales"]) for r in (some, half, whole)]
        assert marked[0] <= marked[1] <= marked[2]


def test_a_draw_does_not_depend_on_the_other_records() -> None:
    for kind in ("numbers", "shuffle", "drop"):
        assert corrupt_records(RECORDS[5:6], kind, 0.5)[0] == corrupt_records(RECORDS, kind, 0.5)[5]


def test_numbers_become_others_of_like_size_equal_ones_by_equal_ones() -> None:
    text = "12 and 7 make 19, so 12 + 7 = 19; on 05/09/2021 it cost $1,250.00 or 3.5."
    for seed in range(30):
        changed = one(text, "numbers", seed)
        before, after = re.findall(r"[\d.,]*\d", text), re.findall(r"[\d.,]*\d", changed)
        assert re.sub(r"\d+", "0", changed) == re.sub(r"\d+", "0", text), "only digits change"
        renamed = dict(zip(before, after, strict=True))
        assert all(a != b for a, b in renamed.items()), "every number is another one"
        assert [renamed[number] for number in before] == after, "equal numbers stay equal"
        assert len(set(after)) == len(set(before)), "different numbers stay different"
        assert abs(int(renamed["12"]) - 12) <= 9 and re.fullmatch(r"\d\d", renamed["05"])
        assert re.fullmatch(r"1,2\d\d\.\d\d", renamed["1,250.00"]) and re.fullmatch(r"[234]\.\d", renamed["3.5"])


def test_swap_brings_another_questions_rationales_round_a_cycle() -> None:
    swapped = corrupt_records(RECORDS, "swap", 1.0)
    owner = {rationale.text: record.id for record in RECORDS for rationale in record.rationales}
    texts = Counter(rationale.text for record in RECORDS for rationale in record.rationales)
    for record in swapped:
        lenders = {owner[rationale.text] for rationale in record.rationales if texts[rationale.text] == 1}
        assert len(lenders) <= 1 and record.id not in lenders
    assert Counter(rationale.text for record in swapped for rationale in record.rationales) == texts


def test_shuffle_keeps_the_words_and_changes_their_order() -> None:
    for seed in range(20):
        assert one("yes no", "shuffle", seed) == "no yes"
        changed = one("one two three four", "shuffle", seed)
        assert changed != "one two three four" and sorted(changed.split()) == sorted(["one", "two", "three", "four"])
    assert one("same same", "shuffle") == "same same"


def test_drop_leaves_half_of_the_sentences_in_order() -> None:
    for seed in range(20):
        kept = one("A is 1. B is 2! C is 3? D is 4. E is 5.", "drop", seed)
        sentences = re.split(r"(?<=[.!?])\s+", kept)
        assert len(sentences) == 2 and sentences == sorted(sentences)
        assert len(one("one two three four", "drop", seed).split()) == 2
    assert one("word", "drop") == "word"


def test_what_was_known_of_the_old_words_goes() -> None:
    rationale = Rationale("A 1 b.", "1", True, logprob=-0.5, raw="A 1 b.", segments=(Segment("extractive", 0, 6),))
    (record,) = corrupt_records([Record("a", "word_problems", "?", "1", rationales=(rationale,))], "numbers", 1.0)
    (changed,) = record.rationales
    assert changed.text != "A 1 b." and (changed.segments, changed.logprob, changed.raw) == (None, None, None)


def test_a_second_corruption_is_marked_beside_the_first() -> None:
    twice = corrupt_records(corrupt_records(RECORDS, "drop", 1.0), "shuffle", 1.0)
    assert [mark["kind"] for mark in twice[0].meta["corrupted"]] == ["drop", "shuffle"]


def test_wrong_wishes_are_refused_in_a_sentence() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown kind of corruption 'number'; did you mean 'numbers'\?"):
        corrupt(RECORDS, "number", 0.5)
    with pytest.raises(OptionError, match=r"rate = 1.5: a share lies between 0 and 1"):
        corrupt(RECORDS, "drop", 1.5)
    with pytest.raises(InputError, match="at least 2 questions"):
        corrupt(RECORDS[:1], "swap", 1.0)
    coins = [Record("c", "coin_flip", "?", "yes", rationales=(Rationale("Heads up. Nobody flips it.", "yes", True),))]
    with pytest.raises(
        InputError, match=r"kind 'numbers' leaves all 1 drawn rationales as they are \(they hold no digits"
    ):
        corrupt(coins, "numbers", 1.0)


def test_the_command_writes_the_corpus_and_counts(tmp_path: Path) -> None:
    from smallsteps.cli import build_app

    write_records(tmp_path / "in.jsonl", RECORDS)
    arguments = ["corrupt", str(tmp_path / "in.jsonl"), "--kind", "swap", "--rate", "0.5", "--seed", "4", "-o"]
    result = CliRunner().invoke(build_app(), [*arguments, str(tmp_path / "out.jsonl")])
    assert result.exit_code == 0, result.output
    found = corrupt(RECORDS, "swap", 0.5, 4)
    assert list(read_records(tmp_path / "out.jsonl")) == found.records
    assert re.search(rf"rationales\s+240\b.*rate 0.5\s+{found.drawn}\b.*text\s+{found.changed}\b", result.output, re.S)
