"""Contrast sets: pairs that differ in one word, both accuracies and the share of pairs right as a whole."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from layouts import write_text
from smallsteps.cli import build_app
from smallsteps.corpus.importing import import_corpus, make_layout
from smallsteps.errors import FileError, OptionError
from smallsteps.generators import make_generator, part_of
from smallsteps.generators._contrasts import CONTRASTS
from smallsteps.generators.word_problems import FAMILIES
from smallsteps.records import Record, question_key, read_records, split_records, write_records
from smallsteps.scoring.answers import Answer, write_answers
from smallsteps.scoring.contrast import consistency, contrast_sets
from smallsteps.scoring.evaluate import judge_answers, score_outcomes
from smallsteps.teachers.rule_based import RuleBased
from smallsteps.text.reader import ANY

ORIGINALS = 'Sentiment\tText\nPositive\tA fine film.<br /><br />See it.\nNegative\t"""So """"dull""""."""\n'
CONTRASTED = "Sentiment\tText\nNegative\tA poor film.<br /><br />Skip it.\nPositive\tNot dull at all.\n"


@cache
def pairs(count: int = 40, part: str = "test") -> list[Record]:
    return list(make_generator("word_problems", {"contrast": True}).records(count, 0, part))  # type: ignore[arg-type]


def test_one_word_differs_and_so_does_the_answer() -> None:
    records = pairs()
    for original, changed in zip(records[::2], records[1::2], strict=True):
        assert (original.meta["group"], changed.meta["group"]) == ("original", "contrast")
        assert original.meta["parent"] == changed.meta["parent"] == question_key(original.question)
        before, after = original.question.split(), changed.question.split()
        assert len(before) == len(after) and sum(a != b for a, b in zip(before, after, strict=True)) == 1
        assert original.answer != changed.answer
        assert part_of(original.question) == part_of(changed.question) == "test"
        assert "held" not in original.meta["template"]


def test_the_teacher_solves_both_and_numbers_stay_in_their_range() -> None:
    for record, (_, told) in zip(pairs(), RuleBased().rationales(pairs(), 1, 0), strict=True):
        assert told[0].correct is True and 2 <= int(str(record.answer)) <= 50


def test_every_swap_turns_round_a_wording_that_training_shows() -> None:
    for name, swaps in CONTRASTS.items():
        events = FAMILIES[name].events
        seen = {*events["gain"].seen, *events["lose"].seen}
        assert set(swaps) <= seen
        words = {word for turn in [*FAMILIES[name].openings.values(), *events.values()] for text in turn.seen
                 for word in text.split()} | {word for family in FAMILIES.values() for turn in family.events.values()
                                              for text in turn.seen for word in text.split()}  # fmt: skip
        for before, after in swaps.items():
            changed = [b for a, b in zip(before.split(), after.split(), strict=True) if a != b]
            assert len(changed) == 1 and {changed[0], changed[0].rstrip(".")} & {word.rstrip(".") for word in words}


def test_the_option_leaves_the_other_questions_as_they_were() -> None:
    plain = make_generator("word_problems", {})
    assert repr(plain) == repr(make_generator("word_problems", {"contrast": True}))
    assert Counter(record.meta["group"] for record in plain.records(40, 0, "test")).keys() == {"seen", "unseen"}


def test_an_odd_count_cuts_the_last_pair() -> None:
    assert len(pairs(5)) == 5 and len(contrast_sets(pairs(5))) == 2


def test_pairs_stay_on_one_side_of_a_split() -> None:
    kept, cut = split_records(pairs(60, "train"), 0.3)
    assert not {record.meta["parent"] for record in kept} & {record.meta["parent"] for record in cut}


def test_consistency_counts_sets_that_are_right_as_a_whole() -> None:
    records = pairs(6)
    right = {record.id: True for record in records} | {records[1].id: False, records[2].id: False}
    found = consistency(right, records)
    assert found is not None and (found.right, found.sets) == (1, 3)
    del right[records[0].id]
    found = consistency(right, records)
    assert found is not None and (found.right, found.sets) == (1, 2), "a set that was not judged whole is none"
    assert consistency(right, [Record("1", "imdb", "Q", "positive", meta={"group": "original"})]) is None


def answered(records: list[Record], wrong: int) -> list[Answer]:
    texts = [str(record.answer) if place >= wrong else "1" for place, record in enumerate(records)]
    return [Answer(r.id, r.task, "arm", 0, "Q", f" So the answer is: {t}\n", 5, "eos") for r, t in
            zip(records, texts, strict=True)]  # fmt: skip


def test_a_score_holds_both_accuracies_and_the_consistency() -> None:
    records = pairs(8)
    known = {record.id: record for record in records}
    outcomes = judge_answers(answered(records, 1), known, ANY)
    score = score_outcomes(outcomes, known)
    assert score.groups is not None and score.consistency is not None
    assert (score.groups["original"].accuracy, score.groups["contrast"].accuracy) == (0.75, 1.0)
    assert score.consistency.share == 0.75 and score.groups["original"].consistency is None


def test_the_command_shows_them_side_by_side(tmp_path: Path) -> None:
    from typer.testing import CliRunner

    records = pairs(8)
    write_records(tmp_path / "test.jsonl", records)
    write_answers(tmp_path / "answers.jsonl", answered(records, 1))
    shown = CliRunner().invoke(
        build_app(), ["score", str(tmp_path / "answers.jsonl"), "-c", str(tmp_path / "test.jsonl")],
        env={"COLUMNS": "200"},
    )  # fmt: skip
    assert shown.exit_code == 0, shown.output
    row = next(line for line in shown.output.splitlines() if line.split()[:2] == ["arm", "100.00"])
    assert row.split() == ["arm", "100.00", "75.00", "75.00"]


def files(folder: Path) -> list[Path]:
    return [write_text(folder / "test_original.tsv", ORIGINALS), write_text(folder / "test_contrast.tsv", CONTRASTED)]


def test_the_published_pairs_share_a_parent_and_lose_doubled_quotes(tmp_path: Path) -> None:
    import_corpus(make_layout("imdb-contrast"), files(tmp_path), tmp_path / "out.jsonl")
    records = {record.id: record for record in read_records(tmp_path / "out.jsonl")}
    assert list(records) == ["imdb-test-original-0", "imdb-test-original-1", "imdb-test-contrast-0",
                             "imdb-test-contrast-1"]  # fmt: skip
    assert contrast_sets(records.values()) == [(f"imdb-test-original-{n}", f"imdb-test-contrast-{n}") for n in (0, 1)]
    assert records["imdb-test-original-0"].question == "A fine film.\nSee it.\nIs this review positive or negative?"
    assert records["imdb-test-original-1"].question.startswith('So "dull".\n')
    assert [record.answer for record in records.values()] == ["positive", "negative", "negative", "positive"]


def test_what_is_wrong_with_a_file_is_told_with_its_line(tmp_path: Path) -> None:
    bad = write_text(tmp_path / "test_original.tsv", "Sentiment\tText\nPositive\tGood.\nMixed\tSo so.\n")
    with pytest.raises(FileError, match=r"test_original.tsv:3.*Sentiment.*Positive or Negative, found 'Mixed'"):
        list(make_layout("imdb-contrast").read([bad], None))
    cut = write_text(tmp_path / "test_contrast.tsv", "Sentiment\tText\nPositive\n")
    with pytest.raises(FileError, match="expected 2 cells between tabs"):
        list(make_layout("imdb-contrast").read([cut], None))
    unnamed = write_text(tmp_path / "reviews.tsv", ORIGINALS)
    with pytest.raises(OptionError, match="neither 'original' nor 'contrast'"):
        list(make_layout("imdb-contrast").read([unnamed], None))
