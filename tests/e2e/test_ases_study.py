"""A study with AS-ES arms: the scorer is made once, segments are cached, two students are saved and loaded as one."""

from __future__ import annotations

from typing import Any

import pytest

from smallsteps.decoding.answering import load_trained
from smallsteps.records import read_json, read_records
from smallsteps.study.compare import Run, finish, prepare_run, run_study
from smallsteps.study.spec import check_study

REPORT = {"answer_format": "report"}
REPORTS = {"generate": "pet_impression", "count": 30, "rationales": 0, "options": {"lesions": "1-2", "normal": "1-2"}}
RAW: dict[str, Any] = {
    "name": "ases",
    "task": "pet_impression",
    "corpus": {"train": REPORTS, "test": {**REPORTS, "count": 6, "part": "test"}, "validation": 0.2},
    "students": [{"name": "tiny-decoder", "width": 16, "layers": 1, "heads": 2}],
    "methods": [
        {"name": "ases", "paths": "two", **REPORT},
        {"name": "ases", "as": "turns", "by": "location", **REPORT},
    ],
    "budget": {"steps": 2},
    "training": {"per_device_train_batch_size": 4, "evaluations": 1},
    "decoding": {"max_new_tokens": 12},
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    made = prepare_run(check_study(RAW), RAW, tmp_path_factory.mktemp("run"))
    for _ in run_study(made):
        pass
    return made


def test_the_scorer_is_trained_first_and_stands_in_no_table(run: Run) -> None:
    assert [(arm.label, arm.auxiliary) for arm in run.arms] == [("cot", True), ("ases", False), ("turns", False)]
    assert dict(run.arms[0].options) == REPORT
    scores = finish(run)
    assert {arm["method"] for arm in scores["arms"]} == {"ases", "turns"}
    assert all(0 <= arm["grade"] <= 1 and set(arm["metrics"]) == {"rouge_l", "bleu"} for arm in scores["arms"])
    assert scores["comparisons"][0]["unit"] == "score"


def test_segments_are_cached_and_charged(run: Run) -> None:
    notes = {note["by"]: note for note in map(read_json, (run.folder / "cache").glob("segments-*.json"))}
    assert set(notes) == {"entropy", "location"}
    (cut,) = (path for path in (run.folder / "cache").glob("segments-*-train.jsonl") if "turns" not in path.name
              and any(one.score for r in read_records(path) for one in r.rationales[0].segments or ()))  # fmt: skip
    for record in read_records(cut):
        (said,) = record.rationales
        assert said.text == record.answer
        assert "".join(said.text[one.start : one.end] for one in said.segments or ()) == said.text
    arms = {arm.label: read_json(run.folder_of(arm) / "scores.json") for arm in run.arms}
    paths = sum(path["seconds"] for path in arms["ases"]["paths"].values())
    assert arms["ases"]["train_seconds"] >= paths + notes["entropy"]["seconds"] + arms["cot"]["train_seconds"] - 1e-6


def test_both_students_are_saved_and_loaded_as_one(run: Run) -> None:
    method, students, task = load_trained(run.folder_of(run.arms[1]))
    assert task == "pet_impression"
    assert tuple(sorted(students)) == tuple(sorted(method.path_names)) == ("abstractive", "extractive")


def test_a_second_run_makes_nothing_again(run: Run) -> None:
    before = {path: path.stat().st_mtime_ns for path in (run.folder / "cache").iterdir()}
    again = prepare_run(check_study(RAW), RAW, run.folder)
    assert len(list(run_study(again))) == 3
    assert {path: path.stat().st_mtime_ns for path in (run.folder / "cache").iterdir()} == before
