"""Checkpoints and the log of a training folder."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from smallsteps.records import atomic_writer, read_json, write_json
from smallsteps.training.processes import is_main_process
from smallsteps.training.settings import Training

LOG = "log.jsonl"


COMPLETE = "complete"  # a file of a checkpoint, written last: what the run had cost by then
COSTS = ("supervised", "total", "computed", "seconds")


def last_checkpoint(folder: Path) -> Path | None:
    """The newest whole checkpoint of a training folder; half-written ones are removed, by the main process."""
    whole = []
    for checkpoint in folder.glob("checkpoint-*"):
        if (checkpoint / COMPLETE).exists():
            whole.append(checkpoint)
        elif is_main_process():
            shutil.rmtree(checkpoint)
    return max(whole, key=lambda path: int(path.name.rpartition("-")[2]), default=None)


def complete_checkpoint(checkpoint: Path, costs: Mapping[str, float]) -> None:
    """Mark a checkpoint as whole, with what the run has cost so far."""
    write_json(checkpoint / COMPLETE, {name: costs[name] for name in COSTS})


def costs_of(checkpoint: Path) -> dict[str, float]:
    """What a run had cost when it wrote a checkpoint."""
    file = checkpoint / COMPLETE
    return dict(read_json(file)) if file.stat().st_size else {}


def clear_checkpoints(folder: Path, training: Training) -> None:
    """Remove the checkpoints of a finished training; `all` leaves the parameters of each as `step-N.safetensors`."""
    for checkpoint in folder.glob("checkpoint-*"):
        parameters = checkpoint / "model.safetensors"
        if training.checkpoints == "all" and parameters.exists():
            step = checkpoint.name.rpartition("-")[2]
            parameters.rename(folder / f"step-{step}.safetensors")
        shutil.rmtree(checkpoint)


def append_log(folder: Path, line: Mapping[str, Any]) -> None:
    """Add a line to a training log."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOG).open("a", encoding="utf-8") as file:
        file.write(json.dumps(dict(line), ensure_ascii=False, default=float) + "\n")


def cut_log(folder: Path, step: int) -> None:
    """Drop the lines after a step: a run that resumes there writes them again."""
    log = folder / LOG
    if log.exists():
        lines = [line for line in log.read_text(encoding="utf-8").splitlines() if _step_of(line) <= step]
        with atomic_writer(log) as file:
            file.writelines(f"{line}\n" for line in lines)


def _step_of(line: str) -> float:
    try:
        return float(json.loads(line)["step"])
    except (ValueError, KeyError):  # the line that a killed run did not finish
        return math.inf
