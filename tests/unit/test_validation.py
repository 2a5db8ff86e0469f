"""Validation losses: told apart by the kind of view they still add up, and the parameters of evaluations can stay."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from smallsteps.engine.student import load_student
from smallsteps.engine.tokens import encode_view
from smallsteps.errors import OptionError
from smallsteps.methods import make_method
from smallsteps.records import Rationale, Record, Segment
from smallsteps.training.checkpoints import clear_checkpoints
from smallsteps.training.settings import Budget, Training
from smallsteps.training.train import train

TEXT = "Tom has {} apples and 3 more. That makes {} apples in all."
RECORDS = [
    Record(
        f"r{number}", "word_problems", f"Tom has {number} apples and buys 3 more. How many?", str(number + 3),
        rationales=(
            Rationale(text, str(number + 3), True, segments=(
                Segment("extractive", 0, cut), Segment("abstractive", cut, len(text)))),
        ),
    )
    for number in range(12) for text in [TEXT.format(number, number + 3)] for cut in [text.index(" That")]
]  # fmt: skip


def taught(
    folder: Path, name: str, paths: str = "one", path: str = "main", *, records: Sequence[Record] = RECORDS,
    **settings: Any
) -> tuple[Any, list[Any]]:  # fmt: skip
    """A student after some steps, and its evaluations."""
    student, method = load_student(name, RECORDS, seed=1), make_method("ases", {"by": "given", "paths": paths})
    common = {"per_device_train_batch_size": 4, "learning_rate": 1e-3, "evaluations": 2}
    train(student, method, path, records[4:], records[:4], budget=Budget(steps=4),
          training=Training.of(common | settings), seed=0, folder=folder)  # fmt: skip
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    return student, [line for line in lines if "eval_loss" in line]


def tokens(student: Any, kind: str) -> int:
    method = make_method("ases", {"by": "given"})
    views = [view for record in RECORDS[:4] for view in method.views(record, "main") if view.kind == kind]
    return sum(encode_view(student.tokenizer, student.template, view).supervised for view in views)


@pytest.mark.parametrize("name", ["tiny-decoder", "tiny-encdec"])
def test_losses_by_kind_add_up_to_the_loss(name: str, tmp_path: Path) -> None:
    student, evaluated = taught(tmp_path, name)
    counts = {kind: tokens(student, kind) for kind in ("extractive", "abstractive")}
    for line in evaluated:
        nats = {kind: line[f"eval_loss_{kind}"] * count for kind, count in counts.items()}
        assert line["eval_loss"] == pytest.approx(sum(nats.values()) / sum(counts.values()), rel=1e-5)
        assert line["eval_nats_per_question"] == pytest.approx(sum(nats.values()) / 4, rel=1e-5)
    assert evaluated[0]["eval_loss_extractive"] != pytest.approx(evaluated[0]["eval_loss_abstractive"], rel=1e-3)


def test_a_path_of_one_kind_has_that_kind_alone(tmp_path: Path) -> None:
    _, evaluated = taught(tmp_path, "tiny-encdec", "two", "abstractive")
    assert all(line["eval_loss_abstractive"] == pytest.approx(line["eval_loss"]) for line in evaluated)
    assert not any("eval_loss_extractive" in line for line in evaluated)


def test_the_parameters_of_every_evaluation_can_stay(tmp_path: Path) -> None:
    from safetensors.torch import load_file

    settings = {"checkpoints": "all", "select": "last", "evaluations": 4}
    student, _ = taught(tmp_path, "tiny-decoder", **settings)
    clear_checkpoints(tmp_path, Training.of(settings))
    kept = {int(path.stem.partition("-")[2]): load_file(path) for path in tmp_path.glob("step-*.safetensors")}
    assert sorted(kept) == [1, 2, 3, 4]
    assert not list(tmp_path.glob("checkpoint-*"))
    name, final = next(iter(student.model.named_parameters()))
    assert torch.equal(kept[4][name], final)
    assert not torch.equal(kept[1][name], final)


def test_only_the_chosen_parameters_stay_otherwise(tmp_path: Path) -> None:
    taught(tmp_path, "tiny-decoder")
    clear_checkpoints(tmp_path, Training())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log.jsonl"]
    with pytest.raises(OptionError, match="expected chosen or all"):
        Training.of({"checkpoints": "some"})


def test_nats_a_question_add_up_over_paths(tmp_path: Path) -> None:
    """A question without a segment of a path's kind costs that path nothing, and still counts."""
    (told,) = RECORDS[0].rationales
    whole = replace(RECORDS[0], rationales=(replace(told, segments=(Segment("extractive", 0, len(told.text)),)),))
    some = [whole, *RECORDS[1:]]
    nats = {}
    for paths, path in (("one", "main"), ("two", "extractive"), ("two", "abstractive")):
        evaluated = taught(tmp_path / path, "tiny-encdec", paths, path, records=some, learning_rate=0.0)[1]
        nats[path] = evaluated[0]["eval_nats_per_question"]
    assert nats["main"] == pytest.approx(nats["extractive"] + nats["abstractive"], rel=1e-5)
