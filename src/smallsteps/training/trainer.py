"""The one subclass of `transformers.Trainer`: rows instead of a padded batch, and denominators over the whole step."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import PrinterCallback, Trainer, TrainingArguments

from smallsteps.engine import attention
from smallsteps.engine.batches import Batch, Collator, Row
from smallsteps.engine.student import Student, seeded
from smallsteps.errors import NonFiniteLossError, OptionError
from smallsteps.methods import Method
from smallsteps.tensors.device import put
from smallsteps.training.checkpoints import complete_checkpoint, costs_of, cut_log, last_checkpoint
from smallsteps.training.curriculum import CurriculumSampler, sampler_of
from smallsteps.training.dataset import TrainingSampler
from smallsteps.training.log_callback import LogCallback
from smallsteps.training.losses import ExtraLoss, Mix, part_sums
from smallsteps.training.preparation import checked, row_limits
from smallsteps.training.processes import is_main_process, process_count, wait_for_everyone
from smallsteps.training.run import TrainingCounts, TrainingRun
from smallsteps.training.validation import validation_losses

EXTRA_MODULE = "smallsteps_extra"


@dataclass
class _Denominators:
    """What one optimiser step divides by, and how many rows each of its micro-batches runs on every process."""

    weights: torch.Tensor
    rows: list[int] = field(default_factory=list)


def run_loop(run: TrainingRun) -> TrainingCounts:
    """Run (or resume) the training of a run; afterwards the student holds the chosen parameters."""
    start = time.perf_counter()
    student, method, arguments = run.student, run.method, _arguments(run)
    mix = Mix.of(method.mix)
    batch = arguments.per_device_train_batch_size * arguments.gradient_accumulation_steps * process_count()
    datasets = [run.dataset, *([run.held_out] if run.held_out is not None else [])]
    limits = row_limits(run.training, datasets, run.steps * batch)
    student.model.to(arguments.device)  # the kernels to be checked are those of training
    autocast = torch.bfloat16 if arguments.bf16 else torch.float16 if arguments.fp16 else None
    check = checked(student, method, run.dataset, run.training.layout, autocast, run.progress)
    with seeded(run.seed):
        extra = _extra_loss(student, method, run.vectors)
    sparse_attention = check.layout == "forest" and attention.skips_hidden(student.model)
    collator = Collator(check.layout, mix.parts, *limits, sparse_attention)
    trainer = _trainer(run, collator, mix, extra, TrainingCounts(check.layout))
    _train(trainer, start)
    student.model = trainer.accelerator.unwrap_model(trainer.model)
    if hasattr(student.model, EXTRA_MODULE):
        delattr(student.model, EXTRA_MODULE)
    trainer.outcome.validation_loss = trainer.state.best_metric
    trainer.outcome.seconds += time.perf_counter() - start
    return trainer.outcome


def _trainer(
    run: TrainingRun, collator: Collator, mix: Mix, extra: ExtraLoss | None, outcome: TrainingCounts
) -> StepTrainer:
    """The trainer of a run. Raises OptionError for settings that need a package that is not installed."""
    try:
        return StepTrainer(run, collator, mix, extra, outcome)
    except (ImportError, RuntimeError, ValueError) as error:
        if isinstance(error, torch.OutOfMemoryError):
            raise
        raise OptionError(f"training: {_one_line(error)}") from None


def _train(trainer: StepTrainer, start: float) -> None:
    """Train from the newest checkpoint, whose costs are added; ends when all processes have."""
    folder, checkpoint = trainer.run.folder, last_checkpoint(trainer.run.folder)
    trainer.started = start
    if checkpoint is not None:
        vars(trainer.outcome).update(costs_of(checkpoint))
    if is_main_process():
        cut_log(folder, int(checkpoint.name.rpartition("-")[2]) if checkpoint is not None else 0)
    wait_for_everyone()
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    wait_for_everyone()


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


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
        self.started = time.perf_counter()
        self._micro = 0
        self._record_ids: list[str] = []
        super().__init__(
            model=run.student.model,
            args=_arguments(run),
            data_collator=collator,
            train_dataset=run.dataset,
            eval_dataset=run.held_out,
            callbacks=[LogCallback(run, outcome, extra)],
        )
        self.remove_callback(PrinterCallback)
        self.model_accepts_loss_kwargs = True  # our denominators span the step: nothing is to be divided again

    def _get_train_sampler(self, train_dataset: Any = None) -> TrainingSampler | CurriculumSampler:
        dataset = self.run.dataset
        batch = self.args.per_device_train_batch_size * self.args.gradient_accumulation_steps * self.args.world_size
        return sampler_of(dataset, self.run.steps * batch, self.run.seed)

    def _get_num_items_in_batch(self, batch_samples: list[Batch], device: torch.device) -> _Denominators:
        """Weights by part, summed over the micro-batches and processes of the step; rows, the most of any process."""
        self._micro, self._record_ids = 0, [name for batch in batch_samples for name in batch.record_ids]
        counts = torch.tensor([[batch.supervised, batch.total, batch.computed] for batch in batch_samples]).sum(0)
        weights = put(torch.stack([batch.weights for batch in batch_samples]).sum(0), device)
        rows = torch.tensor([len(batch.rows) for batch in batch_samples], device=device)
        if self.args.world_size > 1:
            counts, weights = (self.accelerator.reduce(one.to(device), "sum") for one in (counts, weights))
            rows = self.accelerator.gather(rows[None]).max(0).values
        supervised, total, computed = counts.tolist()
        self.outcome.supervised += supervised
        self.outcome.total += total
        self.outcome.computed += computed
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
        dataset = self.run.held_out
        assert dataset is not None, "evaluation is only switched on with a validation part"
        model, kind, size = self.model, self.run.student.architecture, self.args.per_device_eval_batch_size

        def sums(row: Row, parts: Sequence[str]) -> torch.Tensor:
            return part_sums(kind, model, row.to(self.args.device), parts, self.extra)

        model.eval()
        groups = [dataset[0, index] for index in range(len(dataset))]
        with torch.no_grad(), self.compute_loss_context_manager():
            losses = validation_losses(groups, dataset.asked, size, self.data_collator, self.mix, sums)
        metrics = {f"{metric_key_prefix}_{name}": value for name, value in losses.items()}
        self.log(metrics)
        tell: Any = self.callback_handler.on_evaluate
        self.control = tell(self.args, self.state, vars(self)["control"], metrics)
        return metrics

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        """A checkpoint, marked as complete once it is whole: a run that was killed resumes from a whole one."""
        super()._save_checkpoint(model, trial)
        if self.args.should_save:
            spent = {"seconds": self.outcome.seconds + time.perf_counter() - self.started}
            folder = Path(self.args.output_dir) / f"checkpoint-{self.state.global_step}"
            complete_checkpoint(folder, vars(self.outcome) | spent)

    def create_optimizer(self, *args: Any, **kwargs: Any) -> Any:
        """The optimiser. Raises OptionError for one whose package is not installed."""
        try:
            return super().create_optimizer(*args, **kwargs)
        except (ImportError, ValueError) as error:
            raise OptionError(f"training.optim = '{self.args.optim}': {_one_line(error)}") from None


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
        return _on_one_device(TrainingArguments(**(defaults | dict(training.arguments) | fixed)))
    except (TypeError, ValueError, ImportError) as error:
        raise OptionError(f"training: {_one_line(error)}") from None


def _on_one_device(arguments: TrainingArguments) -> TrainingArguments:
    """Without `torchrun`, Trainer would wrap the model in `nn.DataParallel` on every GPU, which cannot split a row."""
    if arguments.n_gpu > 1:
        arguments._n_gpu = 1
    return arguments
