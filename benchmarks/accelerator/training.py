"""Training: the forest next to our padded rows and TRL's SFTTrainer on the six corpora, in the same optimiser steps."""

from __future__ import annotations

import gc
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from throughput.contenders import ComparisonGroup, Contender, ours, trl
from throughput.corpora import CORPORA, Corpus

from accelerator.shapes import Setting, student
from accelerator.table import Finding
from smallsteps.errors import SmallstepsError
from smallsteps.methods import make_method
from smallsteps.training.dataset import TrainingDataset

METHOD = {"draw": "all", "keep": "all", "balanced": False}


def training(data: Path, setting: Setting, deadline: float) -> Iterator[Finding]:
    """The Llama shape on every corpus, then the Qwen3 shape, until the time is up."""
    for name in ("Llama", "Qwen3"):
        for corpus in CORPORA:
            title = f"{name}, {corpus.title}"
            if time.monotonic() > deadline:
                yield Finding("training", title, "left out", "", "the time was up")
                continue
            try:
                with tempfile.TemporaryDirectory() as folder:
                    yield from _compared(title, name, corpus, data, setting, Path(folder))
            except (SmallstepsError, OSError) as error:
                yield Finding("training", title, "left out", "", str(error).partition("\n")[0])
            gc.collect()
            if setting.device == "cuda":
                torch.cuda.empty_cache()


def _compared(title: str, name: str, corpus: Corpus, data: Path, setting: Setting, folder: Path) -> Iterator[Finding]:
    questions = max(1, (2 if setting.tiny else 16) * 6 // corpus.rationales)
    steps = 1 if setting.tiny else 3
    records = corpus.records(data)[: 4 * questions * steps]
    one = student(name, records, setting)
    dataset = TrainingDataset(records, make_method("scotd", METHOD), "main", one.tokenizer, one.template, seed=0)
    race = ComparisonGroup(one, dataset, questions, steps, folder, setting.device, setting.device == "cuda")
    views = len(race.views()[0])
    sides: dict[str, Any] = {
        "forest": lambda: ours(race, "forest"),
        "padded rows": lambda: ours(race, "padded"),
        "TRL": lambda: trl(race, next(size for size in (16, 12, 8, 6, 5, 4, 2, 1) if views % size == 0)),
    }
    speed: dict[str, float] = {}
    losses: dict[str, float] = {}
    for side, make in sides.items():
        try:
            contender: Contender = make()
            speed[side] = _speed(contender, setting)
            losses[side] = contender.first_loss
        except (ImportError, RuntimeError, ValueError) as error:
            yield Finding("training", f"{title}, {side}", "does not run", "", str(error).partition("\n")[0])
        contender = None  # type: ignore[assignment]  # its optimiser's memory, before the next one's
        gc.collect()
    yield from _findings(title, speed, losses)


def _speed(contender: Contender, setting: Setting) -> float:
    """Supervised tokens per second after a round that compiles and allocates."""
    contender.run()
    steps = contender.run()
    seconds = sum(step.wall if setting.device == "cuda" else step.cpu for step in steps)
    return sum(step.supervised for step in steps) / seconds


def _findings(title: str, speed: dict[str, float], losses: dict[str, float]) -> Iterator[Finding]:
    if "forest" not in speed:
        return
    for side in ("padded rows", "TRL"):
        if side in speed:
            apart = abs(losses["forest"] - losses[side]) / abs(losses[side])
            verdict = f"{speed['forest'] / speed[side]:.2f}x" + ("" if apart < 5e-3 else f", LOSSES DIFFER {apart:.1e}")
            yield Finding("training", title, f"{speed['forest']:.0f} tokens/s",
                          f"{side} {speed[side]:.0f} tokens/s", verdict)  # fmt: skip


def sample_records(data: Path) -> Sequence[Any]:
    """Records for prompts and tokenizers: generated, so that they need no file."""
    return next(one for one in CORPORA if one.title == "one rationale").records(data)
