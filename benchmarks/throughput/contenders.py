"""The contenders: TRL's SFTTrainer in its settings, our padded rows and our forest, on the same steps.

A contender is a `transformers.Trainer` that runs the same optimiser steps again and again under a clock.
"""

from __future__ import annotations

import copy
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from transformers import TrainerCallback

from smallsteps.engine import attention
from smallsteps.engine.batches import Batch, Collator
from smallsteps.engine.student import Student
from smallsteps.engine.tokens import EncodedView
from smallsteps.progress import SILENT
from smallsteps.training.dataset import TrainingDataset, TrainingSampler
from smallsteps.training.losses import Mix
from smallsteps.training.run import TrainingCounts, TrainingRun
from smallsteps.training.settings import Training
from smallsteps.training.trainer import StepTrainer

SEED = 5
COMMON = {"learning_rate": 1e-4, "lr_scheduler_type": "constant", "max_grad_norm": 1.0, "logging_steps": 1,
          "report_to": "none", "disable_tqdm": True, "save_strategy": "no"}  # fmt: skip


@dataclass
class Timing:
    """One optimiser step: seconds on the wall, seconds of the processor, those of building batches, tokens learnt."""

    wall: float
    cpu: float
    building: float
    supervised: int
    loss: float = float("nan")


@dataclass
class Clock:
    """Times a trainer's steps, from the fetching of a step's batches to the end of the step."""

    device: str
    steps: list[Timing] = field(default_factory=list)
    _start: tuple[float, float] = (0.0, 0.0)
    _building: float = 0.0
    _supervised: int = 0

    def now(self) -> tuple[float, float]:
        """Wall and processor seconds, with the device's work done."""
        if self.device == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter(), time.process_time()

    def watch(self, trainer: Any) -> Any:
        """The trainer under this clock."""
        fetch = trainer.get_batch_samples

        def timed(*arguments: Any, **named: Any) -> Any:
            self._start = self.now()
            samples, items = fetch(*arguments, **named)
            self._building = time.process_time() - self._start[1]
            self._supervised = sum(_supervised(batch) for batch in samples)
            return samples, items

        trainer.get_batch_samples = timed
        trainer.add_callback(_Ticks(self))
        return trainer

    def tick(self) -> None:
        """A step has ended."""
        wall, cpu = self.now()
        self.steps.append(Timing(wall - self._start[0], cpu - self._start[1], self._building, self._supervised))


class _Ticks(TrainerCallback):
    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def on_step_end(self, *_: Any, **__: Any) -> None:
        self.clock.tick()

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any) -> None:
        if logs and "loss" in logs and self.clock.steps:
            self.clock.steps[-1].loss = float(logs["loss"])


def _supervised(batch: Any) -> int:
    if isinstance(batch, Batch):
        return batch.supervised
    return int((batch["labels"][:, 1:] != -100).sum())


@dataclass
class ComparisonGroup:
    """What all contenders share: a student, its dataset, `steps` optimiser steps of `questions` questions."""

    student: Student
    dataset: TrainingDataset
    questions: int
    steps: int
    folder: Path
    device: str
    bf16: bool

    def groups(self) -> list[list[EncodedView]]:
        """The views of each question visited."""
        return [self.dataset[visit] for visit in TrainingSampler(len(self.dataset), self.steps * self.questions, SEED)]

    def views(self) -> list[list[EncodedView]]:
        """The views of each step."""
        groups, starts = self.groups(), range(0, self.steps * self.questions, self.questions)
        return [[view for group in groups[at : at + self.questions] for view in group] for at in starts]

    def limits(self) -> tuple[int, int]:
        """The most tokens of a row and of a forward pass: our defaults on the device, and room for the longest view."""
        longest = max(len(view.tokens) for group in self.groups() for view in group)
        row, together = (1024, 2048) if self.device == "cpu" else (8192, 16384)
        return max(row, longest), max(together, longest)

    def hugging_face(self) -> dict[str, Any]:
        """Arguments of every trainer."""
        return {**COMMON, "use_cpu": self.device == "cpu", "bf16": self.bf16, "seed": SEED}


@dataclass(frozen=True)
class Contender:
    """A trainer under a clock."""

    trainer: Any
    clock: Clock

    def run(self) -> list[Timing]:
        """The steps once more, from the parameters where the last run ended."""
        before = len(self.clock.steps)
        self.trainer.train()
        return self.clock.steps[before:]

    @property
    def first_loss(self) -> float:
        """The loss of the very first step: that of the shared initial parameters."""
        return self.clock.steps[0].loss


def ours(race: ComparisonGroup, layout: str) -> Contender:
    """Our loop on `padded` rows or on the `forest`."""
    student = Student(
        copy.deepcopy(race.student.model),
        race.student.tokenizer,
        race.student.architecture,
        race.student.template,
    )
    student.model.to(race.device)
    if layout == "forest":
        attention.use(student.model, attention.choices(student.model)[0])
    settings = race.hugging_face() | {"per_device_train_batch_size": race.questions}
    training = Training.of(settings | {"evaluations": 0})
    method, mix = race.dataset.method, Mix.of(race.dataset.method.mix)
    run = TrainingRun(student, method, race.dataset, None, race.steps, training, SEED, race.folder / layout, {}, SILENT)
    row_tokens, pass_tokens = race.limits()
    collator = Collator(layout, mix.parts, row_tokens, pass_tokens, layout == "forest")  # type: ignore[arg-type]
    trainer = StepTrainer(run, collator, mix, None, TrainingCounts(layout))  # type: ignore[arg-type]
    return _contender(trainer, Clock(race.device))


def trl(race: ComparisonGroup, micro: int, *, order: str = "random", **options: Any) -> Contender:
    """TRL's SFTTrainer with micro-batches of `micro` views (packed: of `micro` rows) and further `options`.

    The views of each optimiser step are those of our loop, in `random` order, as its own sampler draws, or by
    `length`. With packing the rows are whole by themselves, and a step holds about as many tokens as ours.
    """
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    steps = [_ordered(views, order, index) for index, views in enumerate(race.views())]
    rows = [_row(view) for views in steps for view in views]
    packed = bool(options.get("packing"))
    most = max(len(row["input_ids"]) for row in rows)
    longest = max(race.limits()[0], most) if packed else None
    tokens = sum(len(row["input_ids"]) for row in rows) / len(steps)
    batch = max(1, round(tokens / longest)) if packed else len(steps[0])
    micro = 1 if packed else micro
    config = SFTConfig(
        output_dir=str(race.folder / "trl"), max_steps=race.steps, per_device_train_batch_size=micro,
        gradient_accumulation_steps=batch // micro, max_length=longest, train_sampling_strategy="sequential",
        gradient_checkpointing=False, **options, **race.hugging_face(),
    )  # fmt: skip
    model = copy.deepcopy(race.student.model)
    trainer = SFTTrainer(model, config, train_dataset=Dataset.from_list(rows), processing_class=race.student.tokenizer)
    clock = Clock(race.device)
    return _contender(trainer, clock)


def _contender(trainer: Any, clock: Clock) -> Contender:
    from transformers import PrinterCallback

    trainer.remove_callback(PrinterCallback)
    return Contender(clock.watch(trainer), clock)


def _ordered(views: Sequence[EncodedView], order: str, step: int) -> list[EncodedView]:
    if order == "length":
        return sorted(views, key=lambda view: len(view.tokens))
    return random.Random(step).sample(list(views), len(views))


def _row(view: EncodedView) -> dict[str, list[int]]:
    labels = [int(token) if weight else -100 for token, weight in zip(view.tokens, view.weights, strict=True)]
    return {"input_ids": view.tokens.tolist(), "labels": labels}
