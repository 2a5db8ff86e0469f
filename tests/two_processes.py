"""What each process of `tests/e2e/test_two_processes.py` runs: a few steps of several cases.

torchrun --nproc_per_node 2 two_processes.py OUT FOLDER
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import nudge
from smallsteps.engine.student import load_student
from smallsteps.methods import make_method
from smallsteps.records import Rationale, Record
from smallsteps.training.settings import Budget, Training
from smallsteps.training.train import train
from smallsteps.training.trainer import StepTrainer

GLOBAL_BATCH, STEPS = 8, 3
RECORDS = [
    Record(
        f"r{number}", "word_problems", f"Tom has {number} apples and buys {number + 3} more. How many apples?",
        str(2 * number + 3),
        rationales=tuple(
            Rationale(f"{opening} {'and so on ' * (number % 7 * step)}{number} + {number + 3} = {2 * number + 3}.",
                      str(2 * number + 3), correct=True)
            for step, opening in enumerate(("Tom has", "We add:", "So Tom has"))
        ),
    )
    for number in range(24)
]  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A student and how it is trained."""

    student: str
    settings: dict[str, Any]
    method: str = "scotd"


CASES = {
    "forest": Case("tiny-decoder", {}),
    "shared": Case("tiny-encdec", {}, "step_by_step"),
    "accumulated": Case("tiny-decoder", {"gradient_accumulation_steps": 2}),
    "unequal rows": Case("tiny-decoder", {"pass_tokens": 180, "row_tokens": 180}),
    "dropout off": Case("dropout_off", {}),
    "dropout on": Case("dropout_on", {}),
}


def run_case(name: str, out: Path, folder: Path, processes: int) -> None:
    """Train one case on `folder`'s models; writes what came of it to `out`."""
    case, counts = CASES[name], []
    student = load_student(
        case.student if case.student.startswith("tiny") else str(folder / case.student), RECORDS, seed=1
    )
    ran = StepTrainer.training_step

    def counted(self: Any, model: Any, inputs: Any, num_items_in_batch: Any = None) -> Any:
        counts.append(len(inputs.rows))
        return ran(self, model, inputs, num_items_in_batch)

    accumulation = case.settings.get("gradient_accumulation_steps", 1)
    settings = {"learning_rate": 3e-3, "lr_scheduler_type": "constant", "logging_steps": 1, "use_cpu": True,
                "adam_epsilon": 1e-3,  # the usual 1e-8 lets AdamW take whole steps on gradients that are mere rounding
                "per_device_train_batch_size": GLOBAL_BATCH // processes // accumulation}  # fmt: skip
    StepTrainer.training_step = counted  # type: ignore[method-assign]
    try:
        done = train(
            student, make_method(case.method, {}), "main", RECORDS, [], budget=Budget(steps=STEPS),
            training=Training.of(settings | case.settings), seed=5, folder=out / name,
        )  # fmt: skip
    finally:
        StepTrainer.training_step = ran  # type: ignore[method-assign]
    rank = int(os.environ.get("RANK", "0"))
    told = {"layout": done.layout, "supervised": done.supervised_tokens, "total": done.total_tokens,
            "computed": done.computed_tokens, "rows": counts, "world": world_size()}  # fmt: skip
    (out / f"{name}-{rank}.json").write_text(json.dumps(told))
    if rank == 0:
        flat = [parameter.detach().flatten().numpy() for parameter in student.model.parameters()]
        np.save(out / f"{name}.npy", np.concatenate(flat))


def world_size() -> int:
    """How many processes train together."""
    import torch.distributed

    return torch.distributed.get_world_size() if torch.distributed.is_initialized() else 1


def main() -> None:
    """All cases, one after the other."""
    import torch

    torch.set_num_threads(1)
    nudge.install()
    out, folder = Path(sys.argv[1]), Path(sys.argv[2])
    for name in CASES:
        run_case(name, out, folder, int(os.environ["WORLD_SIZE"]))
    torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main()
