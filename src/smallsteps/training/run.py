"""Everything that one training run needs, and what it counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from smallsteps.engine.batches import Layout
from smallsteps.engine.student import Student
from smallsteps.methods import Method
from smallsteps.progress import Progress
from smallsteps.training.dataset import TrainingDataset
from smallsteps.training.settings import Training


@dataclass(frozen=True)
class TrainingRun:
    """Everything that one training run needs."""

    student: Student
    method: Method
    dataset: TrainingDataset
    held_out: TrainingDataset | None
    steps: int
    training: Training
    seed: int
    folder: Path
    vectors: Mapping[str, np.ndarray]
    progress: Progress


@dataclass
class TrainingCounts:
    """What the loop counted, over all processes and all parts of a resumed run.

    `seconds` are those of earlier parts: what a run had spent when it wrote the checkpoint that this one resumes from.
    """

    layout: Layout
    supervised: int = 0
    total: int = 0
    computed: int = 0
    seconds: float = 0.0
    validation_loss: float | None = None
