"""A small file of each layout, written by us in the shape that its authors published."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

STEPS = "Half of 48 is <<48/2=24>>24.\nSo 48+24 = <<48+24=72>>72.\n#### 72"
MODEL = {"is_correct": True, "solution": "48 + 24 = <<48+24=72>>72\nA: 72"}
DATE = "Today is May 1, 2021. What is the date tomorrow in MM/DD/YYYY?"
CHOICES = "\nWhich choice is true? Answer choices: (A) 05/02/2021, (B) 05/03/2021, (C) 05/12/2021."


def write_lines(path: Path, rows: list[Any]) -> Path:
    """A JSON-lines file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def write_text(path: Path, text: str) -> Path:
    """A text file, line breaks as they are given."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")
    return path


def write_array(path: Path, rows: Any) -> Path:
    """A JSON file, indented."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(rows, indent=4), encoding="utf-8")
    return path


def reasoning_teacher(folder: Path) -> Path:
    rows = [{"question": f"{DATE} No. {i}?{CHOICES}", "answer": "A"} for i in range(6)]
    write_array(folder / "data/split/date_understanding__default.json", {"train": [1, 2, 4, 5], "test": [0, 3]})
    return write_array(folder / "dataset/date_understanding.json", rows)


def mentor_kd(folder: Path) -> Path:
    row = {"input": DATE + CHOICES, "answer": "A", "initial_correct": True}
    chains = ["It is May 2. The answer is (A).", "One day on: (A) 05/02/2021.", "So it says nothing."]
    return write_array(folder / "date_understanding_3_train.json", [row | {"chain": chain} for chain in chains])


def gsm8k(folder: Path) -> Path:
    return write_lines(folder / "train.jsonl", [{"question": "How many clips?", "answer": STEPS}])


def sr_gsm8k(folder: Path) -> Path:
    row = {
        "index": "train_00007",
        "question": "How many clips?",
        "gold": 72.0,
        "prompt_strategy": "Step",
        "response_rationale": {"step_one": "Half of 48 is 24.", "step_two": "24 + 48 = 72."},
        "response_ans": 72,
    }
    return write_lines(folder / "filtered_step.jsonl", [row])


def verify_cot(folder: Path) -> Path:
    question = DATE.replace(" in MM/DD/YYYY?", "? Please answer in format MM/DD/YYYY.")
    row = {
        "question": question,
        "final_answer": "05/02/2021",
        "example_idx": 3,
        "model_outputs": ["#1. It is 5/2/2021.", "Nobody knows."],
        "pred_answers": ["05/02/2021", "No answer!"],
    }
    return write_array(folder / "date_np.json", [row])


def committee(folder: Path) -> Path:
    row = {
        "id": 0,
        "question": "How many clips?",
        "gold_answer": "72",
        "gpt_rationale": ["48 + 24 = 72 clips", 5, 5],
        "gemini_rationale": ["The answer is 24.", 5, 1],
        "mistral_rationale": ["72", 4, 5],
        "correct_rationale": [],
    }
    return write_array(folder / "svamp_rationales.json", [row])


def aqua(folder: Path) -> Path:
    row = {
        "question": "How fast?",
        "options": ["A)1", "B)2 km", "C)3", "D)4", "E)5"],
        "rationale": "It is 2.\nAnswer B",
        "correct": "B",
    }
    return write_lines(folder / "dev.json", [row])


def distilling_step_by_step(folder: Path) -> Path:
    write_array(
        folder / "llm/train_CoT_0.json", ["It was 84 in 2. 84 / 2 = 42. The answer is (84 / 2).\n\nQ: And 3?\nA: 7"]
    )
    return write_lines(folder / "svamp_train.json", [{"input": "How many points a round?", "label": "( 84.0 / 2.0 )"}])


def prompt_completion(folder: Path) -> Path:
    row = {"prompt": "What is 2+2?", "completion": "Two and two. So the answer is: 4", "answer": "4"}
    return write_lines(folder / "gsm8k_pairs.jsonl", [row])


def messages(folder: Path) -> Path:
    turns = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "What is 2+2?"},
        {"role": "assistant", "content": "Two and two. So the answer is: 4"},
    ]
    return write_lines(folder / "gsm8k_chat.jsonl", [{"messages": turns, "answer": "4"}])


def csv_file(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "gsm8k_own.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = [["question", "answer", "rationale"], ["What is 2+2?", "4", "Two, and two,\nmake 4."]]
        csv.writer(file).writerows(rows)
    return path


def parquet(folder: Path) -> Path:
    import pyarrow
    import pyarrow.parquet

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "gsm8k_own.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"question": ["What is 2+2?"], "answer": ["4"]}), path)
    return path


def json_rows(folder: Path) -> Path:
    row = {
        "problem": "What is 2+2?",
        "solution": "Two and two. The answer is 4.",
        "generation": "2 + 2 = 4",
        "answer": "4",
    }
    return write_lines(folder / "gsm8k_any.jsonl", [row])


def records(folder: Path) -> Path:
    row = {"id": "a", "task": "gsm8k", "question": "What is 2+2?", "answer": "4", "rationales": [{"text": "2+2 = 4"}]}
    return write_lines(folder / "corpus.jsonl", [row])


def imdb_contrast(folder: Path) -> Path:
    return write_text(
        folder / "test_original.tsv", 'Sentiment\tText\nPositive\t"A ""fine"" film.<br /><br />See it."\n'
    )


def anli(folder: Path) -> Path:
    row = {"uid": "0fd0abfb", "context": "Tom sat.", "hypothesis": "Tom stood.", "label": "c", "model_label": "e",
           "emturk": True, "genre": "wikipedia", "reason": "Who sits does not stand.", "tag": ""}  # fmt: skip
    return write_lines(folder / "R2" / "train.jsonl", [row])


def sst2(folder: Path) -> Path:
    return write_text(folder / "SST-2" / "train.tsv", 'sentence\tlabel\na " dull film \t0\nsee it \t1\n')


def openbook_qa(folder: Path) -> Path:
    choices = [
        {"text": text, "label": label} for text, label in zip(("wood", "ice", "a shoe", "tin"), "ABCD", strict=True)
    ]
    row = {"id": "7-980", "question": {"stem": "What melts first?", "choices": choices}, "answerKey": "B",
           "fact1": "ice melts in the sun", "humanScore": "1.00", "clarity": "2.00",
           "turkIdAnonymized": "b3"}  # fmt: skip
    return write_lines(folder / "Additional" / "train_complete.jsonl", [row])


def quarel(folder: Path) -> Path:
    asked = "Tom slid farther on the ice because _____ is smoother. (A) snow (B) ice"
    row = {"id": "QuaRel_V1_Fr_0", "question": asked,
           "answer_index": 1, "logical_form_pretty": "qrel(distance, higher, world1)", "logical_forms": ["(infer)"],
           "world_literals": {"world1": "ice", "world2": "snow"}}  # fmt: skip
    return write_lines(folder / "quarel-v1-train.jsonl", [row])


SAMPLES: dict[str, Callable[[Path], Path]] = {
    "reasoning_teacher": reasoning_teacher,
    "mentor_kd": mentor_kd,
    "gsm8k": gsm8k,
    "sr_gsm8k": sr_gsm8k,
    "verify_cot": verify_cot,
    "committee": committee,
    "aqua": aqua,
    "distilling_step_by_step": distilling_step_by_step,
    "prompt_completion": prompt_completion,
    "messages": messages,
    "json": json_rows,
    "csv": csv_file,
    "parquet": parquet,
    "records": records,
    "imdb_contrast": imdb_contrast,
    "anli": anli,
    "sst2": sst2,
    "openbook_qa": openbook_qa,
    "quarel": quarel,
}
"""How a small file of each layout is written into a folder; a new layout that stands here is held to all its rules."""
