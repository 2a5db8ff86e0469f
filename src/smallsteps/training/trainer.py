"""The one subclass of `transformers.Trainer`: rows instead of a padded batch, and denominators over the whole step."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import PrinterCallback, Trainer, TrainingArguments

from smallsteps.engine import attention
from smallsteps.engine.batches import Batch, Collator, Layout, Row
from smallsteps.engine.student import Student
from smallsteps.errors import NonFiniteLossError, OptionError
from smallsteps.methods import Method
from smallsteps.training.checkpoints import last_checkpoint
from smallsteps.training.curriculum import CurriculumSampler, sampler_of
from smallsteps.training.dataset import TrainingSampler
from smallsteps.training.log_callback import LogCallback
from smallsteps.training.losses import ExtraLoss, Mix, part_sums
from smallsteps.training.run import TrainingCounts, TrainingRun
from smallsteps.training.self_check import check_layouts, sample_for_check
from smallsteps.training.settings import Training
from smallsteps.training.validation import validation_losses

EXTRA_MODULE = "smallsteps_extra"


@dataclass
class _Denominators:
    """What one optimiser step divides by, and how many rows each of its micro-batches runs on every process."""

    weights: torch.Tensor
    rows: list[int] = field(default_factory=list)


def run_loop(run: TrainingRun) -> TrainingCounts:
    """Run (or resume) the training of a run; afterwards the student holds the chosen parameters."""
    student, method = run.student, run.method
    mix = Mix.of(method.mix)
    row_tokens, pass_tokens = token_limits(run.training)
    layout = _layout(run, mix, row_tokens)
    extra = _extra_loss(student, method, run.vectors)
    sparse_attention = layout == "forest" and attention.skips_hidden(student.model)
    collator = Collator(layout, mix.parts, row_tokens, pass_tokens, sparse_attention)
    trainer = StepTrainer(run, collator, mix, extra, TrainingCounts(layout))
    checkpoint = last_checkpoint(run.folder)
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    student.model = trainer.accelerator.unwrap_model(trainer.model)
    if hasattr(student.model, EXTRA_MODULE):
        delattr(student.model, EXTRA_MODULE)
    trainer.outcome.validation_loss = trainer.state.best_metric
    return trainer.outcome


def token_limits(training: Training) -> tuple[int, int]:
    """The most tokens of a row and of a forward pass: as set, or what suits the machine."""
    row_tokens = training.row_tokens or (8192 if torch.cuda.is_available() else 1024)
    return row_tokens, training.pass_tokens or max(row_tokens, 16384 if torch.cuda.is_available() else 2048)


def _layout(run: TrainingRun, mix: Mix, row_tokens: int) -> Layout:
    kind, wanted = run.student.architecture, run.training.layout
    if kind.layout != "forest":
        return kind.layout
    run.student.model.to(_arguments(run).device)  # the kernels to be checked are those of training
    if wanted == "forest":
        attention.use(run.student.model, attention.choices(run.student.model)[0])
    if wanted != "auto":
        return wanted  # type: ignore[return-value]
    visits = run.visits
    groups = [visits[0, index] for index in range(min(len(visits), 256))]
    check = check_layouts(run.student, sample_for_check(groups, row_tokens), mix, row_tokens)
    if check.layout != "forest":
        reason = check.trouble or f"relative difference of loss {check.loss:.1e}, of gradients {check.gradient:.1e}"
        run.progress.note(f"warning: the token forest is not exact on this model ({reason}); padded rows are used")
    return check.layout


def _extra_loss(student: Student, method: Method, vectors: Mapping[str, np.ndarray]) -> ExtraLoss | None:
    if not vectors:
        return None
    keys = sorted(vectors)
    bank = torch.from_numpy(np.stack([vectors[key] for key in keys]))
    module = method.extra_module(student.width, bank.shape[1])
    if module is not None:
        student.model.add_module(EXTRA_MODULE, module)  # trained, checkpointed and wrapped with the model
    return ExtraLoss(method, bank, {key: row for row, key in enumerate(keys)}, module)


class StepTrainer(Trainer):  # type: ignore[misc]
    """Runs the rows of a micro-batch one by one and divides by sums over the whole optimiser step."""

    def __init__(
        self, run: TrainingRun, collator: Collator, mix: Mix, extra: ExtraLoss | None, outcome: TrainingCounts
    ) -> None:
        self.run, self.mix, self.extra, self.outcome = run, mix, extra, outcome
        self._micro = 0
        self._record_ids: list[str] = []
        super().__init__(
            model=run.student.model,
            args=_arguments(run),
            data_collator=collator,
            train_dataset=run.visits,
            eval_dataset=run.held_out,
            callbacks=[LogCallback(run, outcome, extra)],
        )
        self.remove_callback(PrinterCallback)
        self.model_accepts_loss_kwargs = True  # our denominators span the step: nothing is to be divided again

    def _get_train_sampler(self, train_dataset: Any = None) -> TrainingSampler | CurriculumSampler:
        visits = self.run.visits
        batch = self.args.per_device_train_batch_size * self.args.gradient_accumulation_steps * self.args.world_size
        return sampler_of(visits, self.run.steps * batch, self.run.seed)

    def _get_num_items_in_batch(self, batch_samples: list[Batch], device: torch.device) -> _Denominators:
        """Weights by part, summed over the micro-batches and processes of the step; rows, the most of any process."""
        self._micro, self._record_ids = 0, [name for batch in batch_samples for name in batch.record_ids]
        for batch in batch_samples:
            self.outcome.supervised += batch.supervised * self.args.world_size
            self.outcome.total += batch.total * self.args.world_size
            self.outcome.computed += batch.computed * self.args.world_size
        weights = torch.stack([batch.weights for batch in batch_samples]).sum(0).to(device)
        rows = torch.tensor([len(batch.rows) for batch in batch_samples], device=device)
        if self.args.world_size > 1:
            weights = self.accelerator.reduce(weights, "sum")
            rows = self.accelerator.gather(rows[None]).max(0).values
        return _Denominators(weights, rows.tolist())

    def training_step(self, model: Any, inputs: Batch, num_items_in_batch: Any = None) -> torch.Tensor:
        """Forward and backward over the rows of a micro-batch; returns this process's share of the step's loss."""
        step: _Denominators = num_items_in_batch
        model.train()
        rows = _filled(inputs.rows, step.rows[self._micro])
        self._micro += 1
        loss = torch.zeros((), device=self.args.device)
        for index, row in enumerate(rows):
            last = index == len(rows) - 1
            with contextlib.nullcontext() if last else self.accelerator.no_sync(model):
                part = self._row_loss(model, row.to(self.args.device), step.weights)
                self.accelerator.backward(part)
            loss += part.detach().float()
        return loss

    def _row_loss(self, model: Any, row: Row, weights: torch.Tensor) -> torch.Tensor:
        with self.compute_loss_context_manager():
            sums = part_sums(self.run.student.architecture, model, row, self.mix.parts, self.extra)
        # data-parallel wrappers average gradients over processes; ours are shares of one sum
        share: torch.Tensor = self.mix.total(sums, weights) * self.args.world_size
        return share

    def _get_grad_norm(self, model: Any, grad_norm: Any = None) -> float:
        """The gradient's norm. Raises NonFiniteLossError, before the step is taken, where it is no number."""
        norm = float(super()._get_grad_norm(model, grad_norm))
        if not math.isfinite(norm):
            named = ", ".join(self._record_ids[:5])
            raise NonFiniteLossError(
                f"step {self.state.global_step + 1}: loss or gradient is no finite number (records {named}, …); "
                "the step was not taken: lower training.learning_rate or look at these records"
            )
        return norm

    def floating_point_ops(self, inputs: Any) -> int:
        """Not estimated: rows do not have the shape that the estimate is made for."""
        return 0

    def evaluate(
        self, eval_dataset: Any = None, ignore_keys: Any = None, metric_key_prefix: str = "eval"
    ) -> dict[str, float]:
        """The losses on the validation part, see `validation_losses`."""
        visits = self.run.held_out
        assert visits is not None, "evaluation is only switched on with a validation part"
        model, kind, size = self.model, self.run.student.architecture, self.args.per_device_eval_batch_size

        def sums(row: Row, parts: Sequence[str]) -> torch.Tensor:
            return part_sums(kind, model, row.to(self.args.device), parts, self.extra)

        model.eval()
        groups = [visits[0, index] for index in range(len(visits))]
        with torch.no_grad(), self.compute_loss_context_manager():
            losses = validation_losses(groups, visits.asked, size, self.data_collator, self.mix, sums)
        metrics = {f"{metric_key_prefix}_{name}": value for name, value in losses.items()}
        self.log(metrics)
        tell: Any = self.callback_handler.on_evaluate
        self.control = tell(self.args, self.state, vars(self)["control"], metrics)
        return metrics

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        """A checkpoint, marked as complete once it is whole: a run that was killed resumes from a whole one."""
        super()._save_checkpoint(model, trial)
        if self.args.should_save:
            (Path(self.args.output_dir) / f"checkpoint-{self.state.global_step}" / "complete").touch()


def _filled(rows: tuple[Row, ...], count: int) -> list[Row]:
    """As many rows as the busiest process runs: collective backward passes must match."""
    return [*rows, *(rows[0].silenced() for _ in range(count - len(rows)))]


def _arguments(run: TrainingRun) -> TrainingArguments:
    training, every = run.training, max(1, run.steps // max(run.training.evaluations, 1))
    evaluates = run.held_out is not None and training.evaluations > 0
    best = evaluates and training.select == "best"
    all_kept = training.checkpoints == "all"
    defaults: dict[str, Any] = {
        "max_steps": run.steps,
        "seed": run.seed,
        "logging_steps": max(1, run.steps // 50),
        "eval_strategy": "steps" if evaluates else "no",
        "eval_steps": every,
        "per_device_eval_batch_size": 64,
        "save_strategy": "steps" if best or all_kept else "no",
        "save_steps": every,
        "save_total_limit": None if all_kept else 2,
        "load_best_model_at_end": best,
        "metric_for_best_model": "eval_loss" if best else None,
        "report_to": "none",
        "disable_tqdm": True,
        "dataloader_pin_memory": torch.cuda.is_available(),
        "use_cpu": not torch.accelerator.is_available(),  # said outright, bf16 is allowed on a CPU
    }
    fixed = {
        "output_dir": str(run.folder),
        "remove_unused_columns": False,
        "logging_nan_inf_filter": False,
        "include_num_input_tokens_seen": "no",
    }
    try:
        return TrainingArguments(**(defaults | dict(training.arguments) | fixed))
    except (TypeError, ValueError) as error:
        raise OptionError(f"training: {str(error).strip()}") from None
