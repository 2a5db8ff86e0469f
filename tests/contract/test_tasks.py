"""Every file of `tasks/` keeps the contract of a task; a new file is covered for free."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from smallsteps.records import Record
from smallsteps.tasks import TASKS, Task, get_task

TWELVE = {
    "single_eq", "addsub", "multiarith", "svamp", "gsm8k", "aqua", "date_understanding", "tracking_shuffled_objects",
    "last_letter_concatenation", "coin_flip", "commonsense_qa", "strategy_qa",
}  # fmt: skip
KINDS = {"12": "number", "B": "letter", "yes": "yes or no", "anao": "string", "06/18/2017": "date",
         "positive": "sentiment", "neutral": "inference"}  # fmt: skip


@pytest.fixture(params=TASKS.names())
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def task(name: str) -> Task:
    return get_task(name)


def samples(task: Task) -> list[str]:
    """Answers of the kinds that the task reads as themselves."""
    return [answer for answer in KINDS if task.candidates(answer) == [answer]]


def test_the_twelve_tasks_of_the_papers_are_known() -> None:
    assert set(TASKS.names()) >= TWELVE | {"word_problems", "date_free"}


def test_a_canonical_answer_extracts_to_itself(task: Task) -> None:
    answers = samples(task)
    assert answers
    for answer in answers:
        assert task.extract(answer) == answer == task.extract_last(answer)
        assert task.extract(f" {answer}.\n") == answer


def test_same_is_reflexive_and_symmetric(task: Task) -> None:
    answers = [*samples(task), *(task.candidates("13, (C), no, kaye, 06/19/2017") or [])]
    for a in answers:
        assert task.same(a, a)
        for b in answers:
            assert task.same(a, b) == task.same(b, a) == (a == b)


def test_chance_and_version_are_in_range(task: Task) -> None:
    assert 0 <= task.chance <= 1
    assert task.version >= 1


def test_text_without_an_answer_has_none(task: Task) -> None:
    assert task.candidates(" ... !?\n") == []
    assert task.extract("") is None is task.extract_last("")


def test_no_gold_answer_is_no_verdict_and_no_answer_is_wrong(task: Task) -> None:
    answer = samples(task)[0]
    assert task.judge(answer, Record("1", "t", "?")) is None
    assert task.judge(None, Record("1", "t", "?", answer)) is False
    assert task.judge(answer, Record("1", "t", "?", f"{answer}")) is True


def test_real_gold_answers_extract_to_one_candidate_that_reads_back(name: str, task: Task, data: Path) -> None:
    file = data / "reasoning_teacher" / "dataset" / f"{name}.json"
    if not file.is_file():
        pytest.skip(f"no published answers of {name} in {file.parent}")
    answers = [row["answer"] for row in json.loads(file.read_text("utf-8"))]
    assert len(answers) >= 300
    for answer in answers:
        (found,) = task.candidates(answer)
        assert task.candidates(found) == [found]
        assert task.same(found, task.extract(f" {answer}\n") or "")


def test_real_gsm8k_gold_answers_extract(data: Path) -> None:
    task = get_task("gsm8k")
    rows = [json.loads(line) for line in (data / "gsm8k" / "test.jsonl").read_text("utf-8").splitlines()]
    golds = [row["answer"].rpartition("####")[2] for row in rows]
    assert len(golds) == 1319
    assert [gold for gold in golds if len(task.candidates(gold)) != 1] == []


def test_every_verdict_on_real_model_outputs_is_the_publishers(data: Path) -> None:
    task = get_task("gsm8k")
    models = {"6b_finetuning": 21.68, "6b_verification": 39.04, "175b_finetuning": 34.72, "175b_verification": 56.25}
    right = dict.fromkeys(models, 0)
    differing = []
    text = (data / "gsm8k" / "example_model_solutions.jsonl").read_text("utf-8")
    for number, line in enumerate(text.splitlines(), start=1):
        row = json.loads(line)
        gold = Record(str(number), "gsm8k", row["question"], row["ground_truth"].rpartition("A:")[2])
        for model in models:
            _, marker, answer = row[model]["solution"].rpartition("A:")
            verdict = task.judge(task.extract(answer) if marker else None, gold)
            right[model] += verdict is True
            if verdict != row[model]["is_correct"]:
                differing.append((number, model))
    assert differing == []
    assert {model: round(100 * count / 1319, 2) for model, count in right.items()} == models


@pytest.mark.parametrize("name", ["date_understanding", "tracking_shuffled_objects", "last_letter_concatenation"])
def test_the_lenient_reading_finds_the_answer_of_nearly_every_right_chain(name: str, data: Path) -> None:
    task = get_task(name)
    rows = json.loads((data / "mentor_kd" / f"{name}_3_train.json").read_text("utf-8"))
    read = [task.extract_last(row["chain"]) for row in rows]
    hits = sum(answer is not None and task.same(answer, row["answer"]) for answer, row in zip(read, rows, strict=True))
    assert hits / len(rows) > 0.97
