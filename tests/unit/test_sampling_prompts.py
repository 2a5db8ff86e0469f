"""Prompts: demonstrations, guidance, and no test question among them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from smallsteps.errors import FileError, UnknownNameError
from smallsteps.records import Rationale, Record, write_records
from smallsteps.sampling.plan import without_demonstration
from smallsteps.sampling.prompts import (
    parse_demonstrations,
    read_demonstrations,
    read_guidance,
    refuse_test_questions,
    refuse_tested_records,
)
from smallsteps.teachers import Demonstration, Prompt, chat_messages, plain_prompt

SHOWN = (Demonstration("What is 1+1?", "1 and 1. The answer is 2."),)


def test_zero_shot_asks_for_steps_and_for_the_answers_form() -> None:
    (message,) = chat_messages(Prompt(), "What is 2+2?")
    assert message["content"].startswith("What is 2+2?\nLet's think step by step.")
    assert "So the answer is: " in message["content"]
    assert plain_prompt(Prompt(), "What is 2+2? ") == "Q: What is 2+2?\nA: Let's think step by step."


def test_demonstrations_take_the_place_of_the_instruction() -> None:
    prompt = Prompt("Be short.", SHOWN)
    assert [message["role"] for message in chat_messages(prompt, "Q?")] == ["system", "user", "assistant", "user"]
    assert chat_messages(prompt, "Q?")[-1]["content"] == "Q?"
    expected = "Be short.\n\nQ: What is 1+1?\nA: 1 and 1. The answer is 2.\n\nQ: What is 2+2?\nA:"
    assert plain_prompt(prompt, "What is 2+2?") == expected


def test_the_text_layout_is_read_over_several_lines() -> None:
    text = "Q: One\nline two?\nA: So.\nAnd: 3.\n\nQ: Left open?\nQ: Two?\nA: 2."
    assert parse_demonstrations(text) == (Demonstration("One\nline two?", "So.\nAnd: 3."), Demonstration("Two?", "2."))


def test_a_named_set_is_found_by_name_by_task_or_alone(tmp_path: Path) -> None:
    path = tmp_path / "shots.json"
    path.write_text(json.dumps({"gsm8k": {"prompt": "Q: a?\nA: b."}, "aqua": {"prompt": "Q: c?\nA: d."}}))
    assert read_demonstrations(path, tasks=["gsm8k", "gsm8k"])[0].question == "a?"
    assert read_demonstrations(path, "aqua", tasks=["gsm8k"])[0].question == "c?"
    with pytest.raises(UnknownNameError, match="did you mean 'aqua'"):
        read_demonstrations(path, "aqa")
    with pytest.raises(UnknownNameError, match="--demonstration-set"):
        read_demonstrations(path, tasks=["gsm8k", "svamp"])


def test_a_corpus_shows_its_right_rationales(tmp_path: Path) -> None:
    wrong, right = Rationale("1 and 1 are 3.", "3", False), Rationale("1 and 1.", "2", True)
    write_records(tmp_path / "c.jsonl", [Record("a", "gsm8k", "What is 1+1?", "2", rationales=(wrong, right))])
    (shown,) = read_demonstrations(tmp_path / "c.jsonl")
    assert shown == Demonstration("What is 1+1?", "1 and 1. So the answer is: 2")
    write_records(tmp_path / "d.jsonl", [Record("a", "gsm8k", "What is 1+1?", "2")])
    with pytest.raises(FileError, match="record 'a' cannot be a demonstration"):
        read_demonstrations(tmp_path / "d.jsonl")


@pytest.mark.parametrize("content", ["nothing here", "{}"])
def test_a_file_without_demonstrations_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / ("x.json" if content == "{}" else "x.txt")
    path.write_text(content)
    with pytest.raises(FileError, match=r"x\.(json|txt).*holds no"):
        read_demonstrations(path)


def test_empty_guidance_is_refused(tmp_path: Path) -> None:
    (tmp_path / "g.txt").write_text(" \n")
    with pytest.raises(FileError, match="is empty"):
        read_guidance(tmp_path / "g.txt")


def test_a_test_question_among_the_demonstrations_is_refused(tmp_path: Path) -> None:
    tests = [Record("x", "gsm8k", "Other?", "1"), Record("y", "gsm8k", "what is  1 + 1", "2")]
    write_records(tmp_path / "test.jsonl", tests)
    with pytest.raises(
        FileError, match=r"demonstration 1 \(\"What is 1\+1\?\"\) is the test question on .*test.jsonl:2"
    ):
        refuse_test_questions(SHOWN, tmp_path / "shots.txt", tmp_path / "test.jsonl")
    with pytest.raises(FileError, match=r"record 'q'.*test question"):
        refuse_tested_records([Record("q", "gsm8k", "Other")], "q.jsonl", tmp_path / "test.jsonl")


def test_a_question_is_not_shown_its_own_demonstration() -> None:
    prompt = Prompt(demonstrations=SHOWN)
    assert without_demonstration(prompt, Record("a", "gsm8k", "What is 1 + 1?")).demonstrations == ()
    assert without_demonstration(prompt, Record("a", "gsm8k", "What is 1 + 2?")) is prompt


@pytest.mark.parametrize(("name", "leaks"), [("date_understanding", True), ("strategy_qa", True), ("coin_flip", False)])
def test_published_demonstrations_with_test_questions_are_refused(
    data: Path, tmp_path: Path, name: str, leaks: bool
) -> None:
    """Two demonstrations of Date Understanding and two of StrategyQA are test questions of the published split."""
    path, folder = data / "reasoning_teacher/data/few_shot_cot_prompts.json", data / "reasoning_teacher"
    shown = read_demonstrations(path, tasks=[name])
    assert len(shown) == {"date_understanding": 6, "strategy_qa": 6, "coin_flip": 8}[name]
    rows = json.loads((folder / f"dataset/{name}.json").read_text())
    rows = rows["data"] if isinstance(rows, dict) else rows
    test = json.loads((folder / f"data/split/{name}__default.json").read_text())["test"]
    write_records(tmp_path / "test.jsonl", [Record(str(i), name, rows[i]["question"], rows[i]["answer"]) for i in test])
    if leaks:
        with pytest.raises(FileError, match="is the test question on"):
            refuse_test_questions(shown, path, tmp_path / "test.jsonl")
    else:
        refuse_test_questions(shown, path, tmp_path / "test.jsonl")
