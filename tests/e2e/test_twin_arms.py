"""Arms that are taught in the very same way and only decode differently are trained once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from smallsteps.decoding.answering import load_trained
from smallsteps.errors import OptionError
from smallsteps.methods import make_method
from smallsteps.records import read_json
from smallsteps.study.arms import arm_identity
from smallsteps.study.compare import Run, prepare_run, run_study
from smallsteps.study.spec import check_study

SUMS = {"generate": "word_problems", "options": {"steps": "1-1"}}
RAW: dict[str, Any] = {
    "name": "twins",
    "task": "word_problems",
    "corpus": {
        "train": {**SUMS, "count": 20, "rationales": 2},
        "test": {**SUMS, "count": 5, "part": "test", "rationales": 0},
        "validation": 0,
    },
    "students": [{"name": "tiny-decoder", "width": 16, "layers": 1, "heads": 2}],
    "methods": [
        {"name": "scotd", "as": "voted", "decoding": {"samples": 3, "temperature": 0.7}},
        "scotd",
        {"name": "scotd", "as": "first-only", "rationales": 1},
    ],
    "budget": {"steps": 3},
    "training": {"per_device_train_batch_size": 4},
    "decoding": {"max_new_tokens": 8},
}


@pytest.mark.parametrize("jobs", [1, 2])
def test_one_training_serves_both_ways_of_decoding(tmp_path: Path, jobs: int) -> None:
    run = prepare_run(check_study(RAW), RAW, tmp_path)
    scores = {arm.label: found for arm, found in run_study(run, jobs)}
    voted, greedy, other = (run.folder_of(arm) for arm in run.arms)
    assert _weights(voted) == _weights(greedy) != _weights(other)
    log = "training/main/log.jsonl"
    assert (voted / log).read_bytes() == (greedy / log).read_bytes()  # it holds the time of each step
    assert scores["voted"]["train_seconds"] == scores["scotd"]["train_seconds"]
    assert len((voted / "answers.jsonl").read_text("utf-8").splitlines()) == 15
    assert len((greedy / "answers.jsonl").read_text("utf-8").splitlines()) == 5
    assert read_json(greedy / "config.json")["decoding"] == {"max_new_tokens": 8}


def test_one_training_serves_all_ways_of_answering(tmp_path: Path) -> None:
    """Its student remembers how it is asked; an option that training reads makes another student."""
    orders: list[dict[str, Any]] = [{"name": "adaptive", "as": one, "choice": one} for one in ("first", "think")]
    short = {"name": "ases", "by": "location", "rounds": 1}
    methods = [*orders, {**orders[0], "as": "heavy", "choice_weight": 2.0}, short, {**short, "as": "long", "rounds": 3}]
    raw = {**RAW, "methods": methods}
    run = prepare_run(check_study(raw), raw, tmp_path)
    twins = {arm.label: twin and twin.label for arm in run.arms for twin in [run.twin_of(arm)]}
    assert twins == {"first": None, "think": "first", "heavy": None, "ases": None, "long": "ases"}
    folders = {arm.label: run.folder_of(arm) for arm, _ in run_study(run)}
    assert _weights(folders["first"]) == _weights(folders["think"]) != _weights(folders["heavy"])
    for label in ("first", "think"):
        assert load_trained(folders[label])[0] == make_method("adaptive", {"choice": label})


def test_a_tuned_study_trains_each_arm_for_itself(tmp_path: Path) -> None:
    raw = {**RAW, "tune": {"training.learning_rate": [0.001]}}
    run = Run(check_study(raw), tmp_path, prepare_run(check_study(RAW), RAW, tmp_path).arms, {})
    assert [run.twin_of(arm) for arm in run.arms] == [None, None, None]


def test_decoding_of_a_method_is_settings(tmp_path: Path) -> None:
    raw = {**RAW, "methods": [{"name": "cot", "decoding": 3}]}
    with pytest.raises(OptionError, match=r"methods: decoding of 'cot': .*dictionary, found 3"):
        prepare_run(check_study(raw), raw, tmp_path)


def test_a_method_may_prepare_the_corpus_for_itself(tmp_path: Path) -> None:
    """Its steps come behind those of the study, for its arms alone; what it needs is taught on the same corpus."""
    some = [{"select": {"by": "random", "k": 1}}]
    methods = ["scotd", {"name": "scotd", "as": "one", "prepare": some}, {"name": "ases", "prepare": some}]
    raw = {**RAW, "methods": methods, "corpus": {**RAW["corpus"], "prepare": [{"select": {"keep": "right"}}]}}
    run = prepare_run(check_study(raw), raw, tmp_path)
    told = {arm.name.split("/")[1]: {len(one.rationales) for one in run.parts_of(arm).train} for arm in run.arms}
    assert told == {"scotd": {2}, "one": {1}, "ases": {1}, "cot+ases": {1}}
    assert len({arm_identity(arm, run.parts_of(arm).hashes) for arm in run.arms}) == 4


def _weights(folder: Path) -> bytes:
    return (folder / "student/main/model.safetensors").read_bytes()
