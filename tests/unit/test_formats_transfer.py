"""ANLI, SST-2, OpenBookQA and QuaRel in their published files: what is asked, what is kept, what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from layouts import SAMPLES, write_lines, write_text
from smallsteps.corpus.importing import import_corpus, make_layout
from smallsteps.errors import FileError, OptionError
from smallsteps.records import Record, read_records


def imported(name: str, folder: Path) -> list[Record]:
    import_corpus(make_layout(name.replace("_", "-")), [SAMPLES[name](folder)], folder / "out.jsonl")
    return list(read_records(folder / "out.jsonl"))


def test_a_reason_is_a_human_rationale_and_the_folder_tells_the_round(tmp_path: Path) -> None:
    (record,) = imported("anli", tmp_path)
    assert (
        record.question.startswith("Premise: Tom sat.\nHypothesis: Tom stood.\n") and record.answer == "contradiction"
    )
    (human,) = record.rationales
    assert (human.text, human.teacher, human.correct) == ("Who sits does not stand.", "human", True)
    assert record.meta["group"] == "R2" and record.id == "anli-0fd0abfb"
    row = {"uid": "1", "context": "A", "hypothesis": "B", "label": "n", "reason": ""}
    (bare,) = make_layout("anli").read([write_lines(tmp_path / "train.jsonl", [row])], "train")
    assert bare.rationales == () and "group" not in bare.meta


def test_quotes_of_sst2_are_letters_and_its_test_part_is_dev(tmp_path: Path) -> None:
    dull, seen = imported("sst2", tmp_path)
    assert dull.question == 'a " dull film\nIs this sentence positive or negative?'
    assert (dull.answer, seen.answer) == ("negative", "positive")
    dev = write_text(tmp_path / "dev.tsv", "sentence\tlabel\nfine \t1\n")
    test = write_text(tmp_path / "test.tsv", "index\tsentence\n0\tuneasy mishmash .\n")
    assert [one.id for one in make_layout("sst2").read([dev, test], "test")] == ["sst2-dev-0"]
    assert [one.answer for one in make_layout("sst2").read([test], None)] == [None]
    with pytest.raises(OptionError, match=r"that is dev.tsv"):
        list(make_layout("sst2").read([test], "test"))


def test_openbook_choices_stand_in_one_line_and_the_fact_is_not_shown(tmp_path: Path) -> None:
    (record,) = imported("openbook_qa", tmp_path)
    assert record.question == "What melts first? Answer choices: (A) wood, (B) ice, (C) a shoe, (D) tin."
    assert (record.answer, record.meta["fact"], record.id) == ("B", "ice melts in the sun", "openbook_qa-7-980")


def test_quarel_is_asked_as_it_stands(tmp_path: Path) -> None:
    (record,) = imported("quarel", tmp_path)
    assert record.question.endswith("_____ is smoother. (A) snow (B) ice")
    assert (record.answer, record.choices) == ("B", ("snow", "ice"))
    assert record.meta["logical_form"].startswith("qrel(")


@pytest.mark.parametrize(
    ("name", "row", "told"),
    [
        ("anli", {"uid": "1", "context": "A", "hypothesis": "B", "label": "x"}, "label.*expected e, n or c, found 'x'"),
        ("quarel", {"id": "1", "question": "Q (A) a (B) b", "answer_index": 2, "logical_forms": []},
         "answer_index.*expected a number from 0 to 1, found 2"),
        ("openbook-qa", {"id": "1", "question": {"stem": "Q", "choices": ["a"]}, "answerKey": "A"},
         r"choices.*expected a list of \{text, label\}"),
        ("openbook-qa", {"id": "1", "question": {"stem": "Q"}, "answerKey": "A"}, "choices.*is missing"),
    ],
)  # fmt: skip
def test_a_field_that_does_not_fit_is_named(name: str, row: dict[str, object], told: str, tmp_path: Path) -> None:
    with pytest.raises(FileError, match=told) as caught:
        list(make_layout(name).read([write_lines(tmp_path / "rows.jsonl", [row])], None))
    assert caught.value.line == 1 and "\n" not in str(caught.value)
