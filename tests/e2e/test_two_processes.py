"""Two processes give the loss trajectory of one with twice the batch, whatever the layout and the numbers of rows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import two_processes
from models import folder_of
from smallsteps.records import write_records

SAME = ["forest", "shared", "accumulated", "unequal rows", "dropout off"]


@dataclass(frozen=True)
class Runs:
    """The folders of what one process and what two left behind."""

    one: Path
    two: Path


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    folder = tmp_path_factory.mktemp("runs")
    off = {"resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0}
    folder_of("gpt2", folder / "dropout_off", **off)
    folder_of("gpt2", folder / "dropout_on")
    for name in ("one", "two"):
        (folder / name).mkdir()
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2",
               two_processes.__file__, str(folder / "two"), str(folder)]  # fmt: skip
    code = os.pathsep.join([str(Path(two_processes.__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": code}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr[-3000:]
    for name in two_processes.CASES:
        two_processes.run_case(name, folder / "one", folder, 1)
    return Runs(folder / "one", folder / "two")


def trajectory(folder: Path, name: str) -> list[tuple[float, float]]:
    lines = [json.loads(line) for line in (folder / name / "log.jsonl").read_text().splitlines()]
    return [(line["loss"], line["grad_norm"]) for line in lines if "loss" in line]


def told(folder: Path, name: str, rank: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / f"{name}-{rank}.json").read_text())
    return found


@pytest.mark.parametrize("name", SAME)
def test_two_processes_train_like_one(runs: Runs, name: str) -> None:
    assert [told(runs.two, name, rank)["world"] for rank in (0, 1)] == [2, 2]
    assert told(runs.one, name)["world"] == 1
    expected = "shared" if name == "shared" else "forest"
    assert told(runs.one, name)["layout"] == told(runs.two, name)["layout"] == expected
    one, two = trajectory(runs.one, name), trajectory(runs.two, name)
    assert len(one) == two_processes.STEPS
    assert np.asarray(two) == pytest.approx(np.asarray(one), rel=1e-4)
    difference = np.abs(np.load(runs.one / f"{name}.npy") - np.load(runs.two / f"{name}.npy"))
    assert difference.mean() < 1e-7 and difference.max() < 1e-5


@pytest.mark.parametrize("name", two_processes.CASES)
def test_every_process_counts_the_tokens_of_all(runs: Runs, name: str) -> None:
    for count in ("supervised", "total"):
        one, first, second = (told(runs.one, name), told(runs.two, name), told(runs.two, name, 1))
        assert one[count] == first[count] == second[count] > 0
    assert told(runs.two, name)["computed"] == told(runs.two, name, 1)["computed"]


@pytest.mark.parametrize("method", ["cot", "step_by_step"])
def test_one_of_two_processes_saves(method: str, tmp_path: Path) -> None:
    """The command under torchrun: one folder, one log, one line of output; the same again begins anew."""
    write_records(tmp_path / "corpus.jsonl", two_processes.RECORDS)
    command = [
        sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2", "-m", "smallsteps",
        "train", "corpus.jsonl", "-o", "out", "--method", method, "--steps", "4", "--set", "logging_steps=1",
        "--set", "use_cpu=true", "--set", "per_device_train_batch_size=4", "--validation", "0.2",
    ]  # fmt: skip
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "200"}
    for _ in range(2):
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, done.stderr[-3000:]
        assert done.stdout.count("4 steps in") == 1
        out = tmp_path / "out"
        assert (out / "smallsteps.json").is_file() and (out / "model.safetensors").is_file()
        log = (out / "training" / "main" / "log.jsonl").read_text().splitlines()
        assert [json.loads(line)["step"] for line in log if "learning_rate" in line] == [1, 2, 3, 4]
        assert not list(out.glob("training/*/checkpoint-*")) and not list(out.glob(".*"))
    refused = subprocess.run([*command, "--seed", "1"], cwd=tmp_path, env=environment, capture_output=True, text=True,
                             timeout=600)  # fmt: skip
    assert refused.returncode != 0 and "a training with other settings is here" in refused.stderr.replace("\n", " ")


def test_processes_with_unequal_numbers_of_rows(runs: Runs) -> None:
    """Rows are filled up with silent ones, or the collective backward passes would not match."""
    first, second = (told(runs.two, "unequal rows", rank)["rows"] for rank in (0, 1))
    assert len(first) == len(second) == two_processes.STEPS
    assert first != second and max(first + second) > 1


def test_dropout_on_trains_in_two_processes(runs: Runs) -> None:
    """Masks are drawn by process, so only that it trains can be told; the forest is chosen with dropout off."""
    assert told(runs.two, "dropout on")["layout"] == "forest"
    losses = [loss for loss, _ in trajectory(runs.two, "dropout on")]
    assert np.isfinite(losses).all() and losses[-1] < losses[0]
