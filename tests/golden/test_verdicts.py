"""Our readings next to the verdicts that the publishers printed; where they differ, a data file says who is right."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from smallsteps.corpus.importing import import_corpus, judged, make_layout
from smallsteps.formats import solutions_of, write_solutions
from smallsteps.records import read_records
from smallsteps.scoring.answers import read_answers
from smallsteps.scoring.evaluate import strict_answer
from smallsteps.tasks import get_task
from smallsteps.text.answer_format import AnswerFormat

MENTOR_TASKS = ("date_understanding", "tracking_shuffled_objects", "last_letter_concatenation", "strategy_qa")
LISTED = [json.loads(line) for line in (Path(__file__).parent / "verdicts.jsonl").read_text("utf-8").splitlines()]


def test_all_5276_verdicts_on_gsm8k_outputs_are_the_publishers(data: Path, tmp_path: Path) -> None:
    files = [data / "gsm8k/example_model_solutions.jsonl"]
    layout, out, answers = make_layout("gsm8k"), tmp_path / "gold.jsonl", tmp_path / "answers.jsonl"
    import_corpus(layout, files, out)
    assert write_solutions(answers, solutions_of(layout, files)) == 5276
    gold = {record.id: record for record in read_records(out)}
    task, marked = get_task("gsm8k"), AnswerFormat("{x}", "A:", "").reader("last")
    right: Counter[str] = Counter()
    for answer, solution in zip(read_answers(answers), solutions_of(layout, files), strict=True):
        verdict = task.judge(strict_answer(task, answer, marked), gold[answer.id])
        assert verdict is solution.correct, (answer.id, answer.arm)
        right[answer.arm] += verdict
    shares = {arm: round(100 * count / 1319, 2) for arm, count in right.items()}
    assert shares == {
        "6b_finetuning": 21.68,
        "6b_verification": 39.04,
        "175b_finetuning": 34.72,
        "175b_verification": 56.25,
    }


def test_all_3690_verdicts_on_dates_are_the_publishers(data: Path) -> None:
    file = data / "verify_cot/date_np.json"
    rows = json.loads(file.read_text("utf-8"))
    for record, row in zip(make_layout("verify-cot").read([file], None), rows, strict=True):
        ours = judged(record)
        assert ours is not None
        assert [rationale.correct for rationale in ours.rationales] == row["per_sample_correct"]
    assert sum(map(sum, (row["per_sample_correct"] for row in rows))) == 2301


@pytest.mark.parametrize("task", MENTOR_TASKS)
def test_verdicts_on_mentor_kd_test_rows_differ_only_where_listed(data: Path, task: str) -> None:
    file = data / f"mentor_kd/{task}_test.json"
    rows = json.loads(file.read_text("utf-8"))
    differing = {}
    for place, (record, row) in enumerate(zip(make_layout("mentor-kd").read([file], None), rows, strict=True)):
        ours = judged(record)
        assert ours is not None
        if ours.rationales[0].correct != row["initial_correct"]:
            differing[place] = ours.rationales[0].correct
    listed = {case["row"]: case["ours"] for case in LISTED if case["file"] == file.name}
    assert differing == listed


def test_every_listed_difference_says_who_is_right_and_why() -> None:
    assert all(case["right"] in ("ours", "theirs") and case["why"] and len(case["output"]) <= 200 for case in LISTED)
