"""Data sets by id and revision: the real loading code, on local folders of the same layout as the public ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from smallsteps.corpus.importing import ImportOptions, import_corpus, make_layout
from smallsteps.errors import InputError, OptionError
from smallsteps.formats._public import PUBLIC
from smallsteps.records import Record, question_key, read_records
from smallsteps.tasks import TASKS, get_task

CHOICES = {"label": ["A", "B"], "text": ["zoo", "sea"]}
ROWS: dict[str, tuple[dict[str, Any], str, str]] = {
    "gsm8k": ({"question": "How many?", "answer": "2 + 2 = <<2+2=4>>4\n#### 4"}, "How many?", "4"),
    "multiarith": ({"question": " How many? ", "final_ans": "4"}, "How many?", "4"),
    "svamp": ({"Body": "Two and two.", "Question": "How many?", "Answer": "4.0"}, "Two and two. How many?", "4"),
    "aqua": (
        {"question": "How many?", "options": ["A)3", "B)4"], "rationale": "2+2", "correct": "B"},
        "How many? Answer choices: (A) 3, (B) 4.",
        "B",
    ),
    "commonsense_qa": (
        {"id": "1", "question": "Where is seaweed?", "choices": CHOICES, "answerKey": "B"},
        "Where is seaweed? Answer choices: (A) zoo, (B) sea.",
        "B",
    ),
    "strategy_qa": ({"question": "Do pears sink?", "answer": False, "facts": "They float."}, "Do pears sink?", "no"),
    "coin_flip": ({"inputs": "Q: A coin is heads up.\nA:", "targets": "yes"}, "A coin is heads up.", "yes"),
    "last_letter_concatenation": ({"question": 'Take "Ann Bob".', "answer": "nb"}, 'Take "Ann Bob".', "nb"),
    "date_understanding": (
        {"input": "Which day?\nOptions:\n(A) 05/01/2021\n(B) 05/02/2021", "target": "(B)"},
        "Which day?\nWhich choice is true? Answer choices: (A) 05/01/2021, (B) 05/02/2021.",
        "B",
    ),
    "tracking_shuffled_objects": (
        {"input": "Alice has the\nOptions:\n(A) red ball\n(B) blue ball", "target": "(A)"},
        "Alice has the\nWhich choice is true? Answer choices: (A) red ball, (B) blue ball.",
        "A",
    ),
    "imdb": (
        {"text": "Dull.<br /><br />Skip it.", "label": 0},
        "Dull.\nSkip it.\nIs this review positive or negative?",
        "negative",
    ),
    "sst2": (
        {"idx": 0, "sentence": "a fine film ", "label": 1},
        "a fine film\nIs this sentence positive or negative?",
        "positive",
    ),
    "anli": (
        {"uid": "1", "premise": "Tom sat.", "hypothesis": "Tom stood.", "label": 2, "reason": "He sat."},
        "Premise: Tom sat.\nHypothesis: Tom stood.\n"
        "Is the relation of premise to hypothesis entailment, neutral or contradiction?",
        "contradiction",
    ),
    "openbook_qa": (
        {"id": "7-980", "question_stem": "What melts?", "choices": {"text": ["wood", "ice"], "label": ["A", "B"]},
         "answerKey": "B"},
        "What melts? Answer choices: (A) wood, (B) ice.",
        "B",
    ),
    "quarel": (
        {"id": "QuaRel_V1_Fr_0", "answer_index": 0, "logical_forms": ["(infer)"], "logical_form_pretty": "qrel",
         "world_literals": {"world1": ["ice"], "world2": ["snow"]}, "question": "Which is smoother? (A) ice (B) snow"},
        "Which is smoother? (A) ice (B) snow",
        "A",
    ),
}  # fmt: skip


def folder_of(path: Path, row: dict[str, Any], *splits: str) -> Path:
    """A data set folder: a Parquet file a split, as the hub keeps them."""
    (path / "data").mkdir(parents=True)
    for split in splits:
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist([row]), path / "data" / f"{split}-00000-of-00001.parquet")
    return path


def imported(path: Path, out: Path, task: str, part: str) -> list[Record]:
    options = ImportOptions(part)  # type: ignore[arg-type]
    import_corpus(make_layout("huggingface", task), [path], out / "out.jsonl", options)
    return list(read_records(out / "out.jsonl"))


@pytest.mark.parametrize("task", PUBLIC)
def test_the_columns_of_each_public_data_set_are_understood(task: str, tmp_path: Path) -> None:
    row, question, answer = ROWS[task]
    splits = dict.fromkeys(PUBLIC[task].split_names("train") + PUBLIC[task].split_names("test"))
    path = folder_of(tmp_path / "set", row, *splits)
    for part in ("train", "test"):
        record = imported(path, tmp_path, task, part)[0]
        assert (record.task, record.question, record.answer) == (task, question, answer)
        assert all(rationale.correct for rationale in record.rationales)


def test_a_wording_is_the_one_of_the_published_splits(data: Path, tmp_path: Path) -> None:
    layout = make_layout("reasoning-teacher")
    known = {
        question_key(r.question) for r in layout.read([data / "reasoning_teacher/dataset/commonsense_qa.json"], None)
    }
    row = {"question": "Sammy wanted to go to where the people were.  Where might he go?", "answerKey": "B",
           "choices": {"text": ["race track", "populated areas", "the desert", "apartment", "roadblock"]}}  # fmt: skip
    record = imported(folder_of(tmp_path / "set", row, "train"), tmp_path, "commonsense_qa", "train")[0]
    assert question_key(record.question) in known


def test_the_table_names_tasks_that_exist_and_each_id_once_per_configuration() -> None:
    assert set(PUBLIC) <= set(TASKS.names())
    assert len({(data.id, data.config) for data in PUBLIC.values()}) == len(PUBLIC)
    assert all(get_task(task).extract(answer) for task, (_, _, answer) in ROWS.items())


def test_the_rounds_of_anli_are_one_part_in_three_groups_with_human_rationales(tmp_path: Path) -> None:
    splits = [f"{part}_r{number}" for part in ("train", "test") for number in (1, 2, 3)]
    path = folder_of(tmp_path / "set", ROWS["anli"][0], *splits)
    records = list(make_layout("huggingface", "anli").read([path], "train"))
    assert [record.meta["group"] for record in records] == ["R1", "R2", "R3"]
    assert {rationale.text for record in records for rationale in record.rationales} == {"He sat."}


def test_a_label_that_was_not_published_is_no_answer_and_a_fact_is_kept(tmp_path: Path) -> None:
    unlabelled = folder_of(tmp_path / "sst2", {"idx": 0, "sentence": "a film", "label": -1}, "validation")
    (record,) = make_layout("huggingface", "sst2").read([unlabelled], "test")
    assert record.answer is None
    told = folder_of(tmp_path / "book", ROWS["openbook_qa"][0] | {"fact1": "ice melts"}, "train")
    (record,) = make_layout("huggingface", "openbook_qa").read([told], "train")
    assert record.meta["fact"] == "ice melts" and "melts?" in record.question


def test_what_cannot_be_loaded_is_told_in_one_sentence(tmp_path: Path) -> None:
    path = folder_of(tmp_path / "set", ROWS["gsm8k"][0], "train")
    with pytest.raises(InputError, match="split 'test'"):
        imported(path, tmp_path, "gsm8k", "test")
    with pytest.raises(InputError, match=r"cannot be loaded|nowhere"):
        imported(tmp_path / "nowhere", tmp_path, "gsm8k", "test")
    with pytest.raises(OptionError, match="the id tells no task"):
        list(make_layout("huggingface").read([Path("somebody/something")], None))
    with pytest.raises(OptionError, match="one of date_understanding, tracking_shuffled_objects"):
        list(make_layout("huggingface").read([Path("lukaemon/bbh")], None))
    with pytest.raises(OptionError, match="no public data set is known"):
        list(make_layout("huggingface", "addsub").read([Path("somebody/something")], None))
