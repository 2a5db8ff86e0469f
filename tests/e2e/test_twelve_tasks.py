"""The recipe of the twelve tasks: its corpora stand in the published files, its methods run on tiny students."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from smallsteps.corpus.importing import import_corpus, make_layout
from smallsteps.records import Rationale, read_records, write_records
from smallsteps.study.compare import finish, prepare_run, run_study
from smallsteps.study.sources import load_parts
from smallsteps.study.spec import check_study

RECIPE = Path(__file__).parents[2] / "recipes" / "twelve_tasks.yaml"
SPLITS = {  # test questions of Fine-tune-CoT (arXiv 2212.10071); of MultiArith's 180 three stand twice
    "single_eq": 152, "addsub": 119, "multiarith": 177, "svamp": 300, "gsm8k": 1319, "aqua": 254,
    "date_understanding": 111, "tracking_shuffled_objects": 225, "last_letter_concatenation": 150, "coin_flip": 150,
    "commonsense_qa": 1221, "strategy_qa": 687,
}  # fmt: skip
TINY = {"name": "tiny-decoder", "width": 16, "layers": 1, "heads": 2}


def recipe(data: Path, folder: Path) -> dict[str, Any]:
    """The recipe with `sampled/` in a folder, filled for the tasks that nobody told rationales for."""
    raw: dict[str, Any] = yaml.safe_load(RECIPE.read_text("utf-8")) | {"data": str(data)}
    for task, corpus in raw["tasks"].items():
        if isinstance(corpus["train"], str):
            assert corpus["train"] == f"sampled/{task}.jsonl", "the file that the recipe's own commands write"
            corpus["train"] = str(told(data, folder, task))
    return raw


def told(data: Path, folder: Path, task: str) -> Path:
    """The published training questions of a task with a right rationale each, as `sample` would leave them."""
    asked, out = folder / f"{task}-questions.jsonl", folder / f"{task}.jsonl"
    import_corpus(make_layout("reasoning-teacher"), [data / f"reasoning_teacher/dataset/{task}.json"], asked)
    records = [
        replace(record, rationales=(Rationale(f"It comes to {record.answer}.", record.answer, True),))
        for record in read_records(asked)
        if record.meta.get("part") != "test"
    ]
    write_records(out, records)
    return out


def test_every_corpus_of_the_recipe_is_there(data: Path, tmp_path: Path) -> None:
    corpora = check_study(recipe(data, tmp_path)).corpora
    assert set(corpora) == set(SPLITS)
    for task, corpus in corpora.items():
        parts = load_parts(corpus, tmp_path / "corpus", str(data), answered=True)
        assert len(parts.test) == SPLITS[task], task
        assert any(record.rationales for record in parts.train), task
        assert {record.task for record in parts.train} == {task}


def test_its_methods_run_on_a_tiny_student(data: Path, tmp_path: Path) -> None:
    raw = recipe(data, tmp_path)
    kept = {task: raw["tasks"][task] for task in ("coin_flip",)}
    settings = {
        "tasks": kept, "students": [TINY], "seeds": [0], "budget": {"steps": 1}, "decoding": {"max_new_tokens": 4},
        "training": {"per_device_train_batch_size": 4, "max_length": 700, "evaluations": 0},
    }  # fmt: skip
    raw |= settings
    run = prepare_run(check_study(raw), raw, tmp_path / "run")
    for _ in run_study(run):
        pass
    arms = finish(run)["arms"]
    assert len(arms) == len(raw["methods"]) == 7
    assert {(arm["task"], arm["n"]) for arm in arms} == {("coin_flip", 150)}
    assert all(sum(arm["outcomes"].values()) == arm["n"] for arm in arms)
