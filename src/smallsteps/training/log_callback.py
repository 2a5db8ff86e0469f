"""The training log and the progress bar."""

from __future__ import annotations

import contextlib
import time
from typing import Any

from transformers import TrainerCallback

from smallsteps.training.checkpoints import append_log
from smallsteps.training.losses import ExtraLoss
from smallsteps.training.run import TrainingCounts, TrainingRun


class LogCallback(TrainerCallback):  # type: ignore[misc]
    """Writes the training log and ticks the progress bar."""

    def __init__(self, run: TrainingRun, outcome: TrainingCounts, extra: ExtraLoss | None = None) -> None:
        self.run, self.outcome, self.extra = run, outcome, extra
        self._stack = contextlib.ExitStack()
        self._bar: Any = None
        self._loss = ""
        self._seen, self._at, self._start = 0, time.perf_counter(), time.perf_counter()

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Open the progress bar where the run stands."""
        self._bar = self._stack.enter_context(self.run.progress.bar("training", self.run.steps))
        self._bar.advance(state.global_step)
        self._at = self._start = time.perf_counter()

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Advance the bar."""
        self._bar.advance(1, loss=self._loss)

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **_: Any) -> None:
        """Write a line of the log."""
        if not state.is_world_process_zero or logs is None or "train_runtime" in logs:
            return
        line: dict[str, Any] = {"step": state.global_step, "seconds": round(time.perf_counter() - self._start, 3)}
        line |= {name: value for name, value in logs.items() if name not in ("epoch", "total_flos")}
        if "loss" in logs:
            self._loss = f"{logs['loss']:.3f}"
            line |= self._throughput() | self._guarded()
        append_log(self.run.folder, line)

    def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Close the bar."""
        self._stack.close()

    def _guarded(self) -> dict[str, float]:
        report = self.extra.monitor.report() if self.extra is not None else None
        if self.extra is None or report is None:
            return {}
        if self.extra.monitor.warns(report):
            self.run.progress.note(report.warning)
        return report.fields

    def _throughput(self) -> dict[str, float]:
        now, seen = time.perf_counter(), self.outcome.supervised
        speed = (seen - self._seen) / max(now - self._at, 1e-9)
        self._seen, self._at = seen, now
        shared = self.outcome.total / max(self.outcome.computed, 1)
        return {"supervised_tokens_per_second": round(speed, 1), "total_per_computed_token": round(shared, 3)}
