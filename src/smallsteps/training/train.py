"""Training: one loop for every method, on `transformers.Trainer`, subclassed once."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from smallsteps.engine.student import Student
from smallsteps.errors import InputError, OptionError, suggestion
from smallsteps.methods import Method, Shelf
from smallsteps.progress import SILENT, Progress
from smallsteps.records import Record
from smallsteps.training.dataset import BatchUnit, Taught, Visits, steps_for_tokens

Note = Callable[[str], None]


@dataclass(frozen=True)
class Budget:
    """How much training an arm gets: optimiser `steps`, `epochs` over the questions, or supervised `tokens`."""

    steps: int | None = None
    epochs: float | None = None
    tokens: int | None = None

    @classmethod
    def of(cls, options: Mapping[str, float]) -> Budget:
        """A budget from one mapping. Raises OptionError for a unit that does not exist and for more than one."""
        for name in options:
            if name not in cls.__dataclass_fields__:
                raise OptionError(f"budget: unknown key '{name}'; {suggestion(name, cls.__dataclass_fields__)}")
        steps, epochs, tokens = (options.get(name) for name in ("steps", "epochs", "tokens"))
        return cls(None if steps is None else int(steps), epochs, None if tokens is None else int(tokens))

    def __post_init__(self) -> None:
        given = [name for name in ("steps", "epochs", "tokens") if getattr(self, name) is not None]
        if len(given) != 1:
            raise OptionError(f"budget: exactly one of steps, epochs and tokens is given, found {given or 'none'}")
        if getattr(self, given[0]) <= 0:
            raise OptionError(f"budget: {given[0]} = {getattr(self, given[0])}; it is above 0")


@dataclass(frozen=True)
class Training:
    """How an arm is trained: our own settings, and everything else under its Hugging Face name in `arguments`.

    batch_unit: what `per_device_train_batch_size` counts. row_tokens: the most tokens of one view or trie (None:
    1 024 on a CPU, 8 192 on a GPU). pass_tokens: the most tokens of one forward pass (None: 2 048 or 16 384).
    max_length: longer views are left out. layout: `auto` or one by name.
    evaluations: how often the validation part is looked at. select: the checkpoint kept, `best` or `last`.
    checkpoints: whether nothing but the `chosen` parameters stays, or those of `all` evaluations as well.
    arguments: of `transformers.TrainingArguments`.
    """

    batch_unit: BatchUnit = "question"
    row_tokens: int | None = None
    pass_tokens: int | None = None
    max_length: int | None = None
    layout: str = "auto"
    evaluations: int = 4
    select: str = "best"
    checkpoints: str = "chosen"
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Training:
        """Training settings from one flat mapping. Raises OptionError for a name that nobody knows."""
        own = {item for item in cls.__dataclass_fields__ if item != "arguments"}
        known = own | _hugging_face_names()
        for name in options:
            if name not in known:
                raise OptionError(f"training: unknown key '{name}'; {suggestion(name, known).partition(' known:')[0]}")
        ours = {name: value for name, value in options.items() if name in own}
        return cls(**ours, arguments={name: value for name, value in options.items() if name not in own})

    def __post_init__(self) -> None:
        if self.layout not in ("auto", "forest", "padded"):
            raise OptionError(f"training.layout = '{self.layout}'; expected auto, forest or padded")
        if self.select not in ("best", "last"):
            raise OptionError(f"training.select = '{self.select}'; expected best or last")
        if self.checkpoints not in ("chosen", "all"):
            raise OptionError(f"training.checkpoints = '{self.checkpoints}'; expected chosen or all")
        if self.batch_unit not in ("question", "view"):
            raise OptionError(f"training.batch_unit = '{self.batch_unit}'; expected question or view")


@dataclass(frozen=True)
class Trained:
    """What a training run cost and gave. `layout` is the path that ran."""

    steps: int
    seconds: float
    supervised_tokens: int
    total_tokens: int
    computed_tokens: int
    layout: str
    validation_loss: float | None
    taught: Taught


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
    shelf: Shelf | None = None,
    progress: Progress = SILENT,
) -> Trained:
    """Train a student in place with a method; the log goes to `folder/log.jsonl`, resumable checkpoints beside it.

    `shelf` holds the demonstrations of a method that needs some.
    Raises InputError where the corpus gives nothing to learn, NonFiniteLossError where the loss is no number.
    """
    from smallsteps.training.trainer import Lesson, run_loop

    if shelf is not None and training.batch_unit == "view":
        raise OptionError("training.batch_unit = view fixes every view once, and demonstrations are drawn anew for "
                          "every visit of a question; take batch_unit: question")  # fmt: skip
    student.add_tokens(method.added_tokens)
    room = student.kind.room(student.model)
    limits = [limit for limit in (training.max_length, room) if limit is not None]
    max_length = min(limits) if limits else None
    common = {"tokenizer": student.tokenizer, "framing": student.framing, "seed": seed, "max_length": max_length,
              "shelf": shelf}  # fmt: skip
    visits = Visits(records, method, path, unit=training.batch_unit, **common)
    held_out = _held_out(validation, method, path, common)
    batch = _batch_size(training)
    steps = _steps(budget, visits, batch, seed)
    lesson = Lesson(student, method, visits, held_out, steps, training, seed, folder, vectors or {}, progress)
    start = time.perf_counter()
    with student.threads():
        outcome = run_loop(lesson)
    return Trained(
        steps=steps,
        seconds=time.perf_counter() - start,
        supervised_tokens=outcome.supervised,
        total_tokens=outcome.total,
        computed_tokens=outcome.computed,
        layout=outcome.layout,
        validation_loss=outcome.validation_loss,
        taught=visits.taught,
    )


def _held_out(validation: Sequence[Record], method: Method, path: str, common: Mapping[str, Any]) -> Visits | None:
    if not validation:
        return None
    try:
        return Visits(validation, method, path, **common)
    except InputError:
        return None  # e.g. no held-out question has a right rationale: the last checkpoint is kept then


def _batch_size(training: Training) -> int:
    import os

    arguments = training.arguments
    processes = int(os.environ.get("WORLD_SIZE", "1"))
    per_device = int(arguments.get("per_device_train_batch_size", 8))
    return per_device * int(arguments.get("gradient_accumulation_steps", 1)) * processes


def _steps(budget: Budget, visits: Visits, batch: int, seed: int) -> int:
    if budget.steps is not None:
        return budget.steps
    if budget.epochs is not None:
        return max(1, -(-int(budget.epochs * len(visits)) // batch))
    assert budget.tokens is not None, "a budget names one of the three"
    return steps_for_tokens(visits, budget.tokens, batch, seed)


def _hugging_face_names() -> set[str]:
    from transformers import TrainingArguments

    return set(TrainingArguments.__dataclass_fields__)


def last_checkpoint(folder: Path) -> Path | None:
    """The newest whole checkpoint of a training folder; half-written ones are removed."""
    whole = []
    for checkpoint in folder.glob("checkpoint-*"):
        if (checkpoint / "complete").exists():
            whole.append(checkpoint)
        else:
            shutil.rmtree(checkpoint)
    return max(whole, key=lambda path: int(path.name.rpartition("-")[2]), default=None)


def clear_checkpoints(folder: Path, training: Training) -> None:
    """Remove the checkpoints of a finished training; `all` leaves the parameters of each as `step-N.safetensors`."""
    for checkpoint in folder.glob("checkpoint-*"):
        if training.checkpoints == "all":
            step = checkpoint.name.rpartition("-")[2]
            (checkpoint / "model.safetensors").rename(folder / f"step-{step}.safetensors")
        shutil.rmtree(checkpoint)


def append_log(folder: Path, line: Mapping[str, Any]) -> None:
    """Add a line to a training log."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "log.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(dict(line), ensure_ascii=False, default=float) + "\n")
