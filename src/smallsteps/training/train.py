"""Training: one loop for every method, on `transformers.Trainer`, subclassed once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from smallsteps.engine.student import Student
from smallsteps.errors import InputError, OptionError
from smallsteps.methods import DemonstrationPool, Method
from smallsteps.progress import SILENT, Progress
from smallsteps.records import Record
from smallsteps.training.dataset import DatasetCounts, TrainingDataset, steps_for_tokens
from smallsteps.training.preparation import note_left_out, warn_of_half_precision
from smallsteps.training.processes import process_count
from smallsteps.training.round_trip import check_round_trip
from smallsteps.training.run import TrainingRun
from smallsteps.training.settings import Budget, Training
from smallsteps.training.trainer import run_loop


@dataclass(frozen=True)
class Trained:
    """What a training run cost, all its parts counted, and gave. `layout` is the one that ran."""

    steps: int
    seconds: float
    supervised_tokens: int
    total_tokens: int
    computed_tokens: int
    layout: str
    validation_loss: float | None
    taught: DatasetCounts


def train(
    student: Student,
    method: Method,
    path: str,
    records: Sequence[Record],
    validation: Sequence[Record],
    *,
    budget: Budget,
    training: Training,
    seed: int,
    folder: Path,
    vectors: Mapping[str, np.ndarray] | None = None,
    pool: DemonstrationPool | None = None,
    progress: Progress = SILENT,
) -> Trained:
    """Train a student in place with a method; the log goes to `folder/log.jsonl`, resumable checkpoints beside it.

    `pool` holds the demonstrations of a method that needs some.
    Raises InputError where the corpus gives nothing to learn, NonFiniteLossError where the loss is no number.
    """
    if pool is not None and training.batch_unit == "view":
        raise OptionError("training.batch_unit = view fixes every view once, and demonstrations are drawn anew for "
                          "every visit of a question; take batch_unit: question")  # fmt: skip
    warn_of_half_precision(student, progress)
    student.add_tokens(method.added_tokens, seed)
    check_round_trip(student, method, path, records, progress)
    room = student.architecture.room(student.model)
    limits = [limit for limit in (training.max_length, room) if limit is not None]
    max_length = min(limits) if limits else None
    common = {"tokenizer": student.tokenizer, "template": student.template, "seed": seed,
              "max_length": max_length, "pool": pool}  # fmt: skip
    dataset = TrainingDataset(records, method, path, unit=training.batch_unit, **common)
    held_out = _held_out(validation, method, path, common)
    note_left_out(dataset, len(validation), 0 if held_out is None else held_out.counts.questions, progress)
    batch = _batch_size(training)
    steps = _steps(budget, dataset, batch, seed)
    run = TrainingRun(student, method, dataset, held_out, steps, training, seed, folder, vectors or {}, progress)
    with student.threads():
        outcome = run_loop(run)
    return Trained(
        steps=steps,
        seconds=outcome.seconds,
        supervised_tokens=outcome.supervised,
        total_tokens=outcome.total,
        computed_tokens=outcome.computed,
        layout=outcome.layout,
        validation_loss=outcome.validation_loss,
        taught=dataset.counts,
    )


def _held_out(
    validation: Sequence[Record], method: Method, path: str, common: Mapping[str, Any]
) -> TrainingDataset | None:
    if not validation:
        return None
    try:
        return TrainingDataset(validation, method, path, **common)
    except InputError:
        return None  # e.g. no held-out question has a right rationale: the last checkpoint is kept then


def _batch_size(training: Training) -> int:
    arguments = training.arguments
    per_device = int(arguments.get("per_device_train_batch_size", 8))
    return per_device * int(arguments.get("gradient_accumulation_steps", 1)) * process_count()


def _steps(budget: Budget, dataset: TrainingDataset, batch: int, seed: int) -> int:
    if budget.steps is not None:
        return budget.steps
    if budget.epochs is not None:
        return max(1, -(-int(budget.epochs * len(dataset)) // batch))
    assert budget.tokens is not None, "a budget names one of the three"
    if dataset.method.schedule in ("growing", "shuffled"):
        raise OptionError(
            f"schedule: {dataset.method.schedule} spreads a known number of visits; give the budget in steps or epochs"
        )
    return steps_for_tokens(dataset, budget.tokens, batch, seed)
