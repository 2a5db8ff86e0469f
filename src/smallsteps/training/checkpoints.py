"""Checkpoints and the log of a training folder."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from smallsteps.training.settings import Training


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
