"""`smallsteps train CORPUS`: one student with one method."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer

OPTION = "A hyperparameter of the method, name=value; may be repeated."
SETTING = "A training setting, name=value (learning_rate=0.0003, row_tokens=2048, …); may be repeated."
DTYPE = "Of the student's parameters; keep float32 and set bf16=true for mixed precision."
REVISION = "Branch, tag or commit of a Hugging Face id."
TRUST = "Allow the student to run code that it brings (transformers' trust_remote_code)."
VALIDATION = "Share of the questions held out to choose the checkpoint by; 0 keeps the last one."


def train(
    corpus: Annotated[Path, typer.Argument(help="The training questions with their rationales.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder of the trained student.")],
    method: Annotated[str, typer.Option(help="How to teach (smallsteps list methods).")] = "cot",
    student: Annotated[
        str, typer.Option(help="tiny-decoder, tiny-encdec, or a Hugging Face id or folder.")
    ] = "tiny-decoder",
    steps: Annotated[int | None, typer.Option(help="Budget in optimiser steps.")] = None,
    epochs: Annotated[float | None, typer.Option(help="Budget in epochs; 3 if no budget is given.")] = None,
    tokens: Annotated[int | None, typer.Option(help="Budget in supervised tokens.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Random seed.")] = 0,
    validation: Annotated[float, typer.Option(help=VALIDATION)] = 0.1,
    dtype: Annotated[str, typer.Option(help=DTYPE)] = "float32",
    revision: Annotated[str | None, typer.Option(help=REVISION)] = None,
    trust_remote_code: Annotated[bool, typer.Option("--trust-remote-code", help=TRUST)] = False,
    options: Annotated[list[str] | None, typer.Option("--option", help=OPTION)] = None,
    settings: Annotated[list[str] | None, typer.Option("--set", help=SETTING)] = None,
) -> None:
    """Train one student with one method and save it as a Hugging Face folder."""

    from smallsteps.api.students import train_student
    from smallsteps.cli._console import out as console
    from smallsteps.cli._console import progress
    from smallsteps.cli._inputs import require_corpus
    from smallsteps.cli._pairs import read_pairs
    from smallsteps.errors import OptionError
    from smallsteps.methods import make_method
    from smallsteps.progress import SILENT
    from smallsteps.study.lock import folder_lock
    from smallsteps.training.processes import is_main_process

    for name, value in (("steps", steps), ("epochs", epochs), ("tokens", tokens)):
        if value is not None and value <= 0:
            raise OptionError(f"--{name} {value:g}: expected a number above 0, such as --steps 2000 or --epochs 3")
    chosen = make_method(method, read_pairs(options, "--option", "draw=all"))
    given = _settings(settings)
    require_corpus(corpus)
    loading = {"dtype": dtype, "trust_remote_code": trust_remote_code, "revision": revision}
    defaults = {"dtype": "float32", "trust_remote_code": False, "revision": None}
    named = {"name": student} | {name: value for name, value in loading.items() if value != defaults[name]}
    with folder_lock(out) if is_main_process() else nullcontext():
        trained = train_student(
            student if len(named) == 1 else named,
            chosen,
            corpus,
            validation=validation,
            max_steps=steps,
            num_train_epochs=epochs,
            max_tokens=tokens,
            seed=seed,
            output_dir=out,
            progress=progress() if is_main_process() else SILENT,
            **given,
        )
    for path, done in trained.results.items() if is_main_process() else ():
        folder = out if len(trained.results) == 1 else out / path
        loss = "" if done.validation_loss is None else f", validation loss {done.validation_loss:.4f}"
        console.print(f"{folder}: {done.steps} steps in {done.seconds:.0f} s on {done.layout} rows, "
                      f"{done.supervised_tokens} supervised tokens{loss}")  # fmt: skip


def _settings(settings: list[str] | None) -> dict[str, Any]:
    """The training settings; what has an option of its own is refused."""
    from smallsteps.cli._pairs import read_pairs
    from smallsteps.errors import OptionError

    given = read_pairs(settings, "--set", "learning_rate=0.0003")
    own = {"max_steps": "--steps", "num_train_epochs": "--epochs", "max_tokens": "--tokens", "seed": "--seed",
           "validation": "--validation", "output_dir": "--out"}  # fmt: skip
    for name in given:
        if name in own:
            raise OptionError(f"--set {name}: use {own[name]}")
    return given
