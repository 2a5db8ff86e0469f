"""`smallsteps train CORPUS`: one student with one method."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

OPTION = "A hyperparameter of the method, name=value; may be repeated."
SETTING = "A training setting, name=value (learning_rate=0.0003, row_tokens=2048, …); may be repeated."
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
    options: Annotated[list[str] | None, typer.Option("--option", help=OPTION)] = None,
    settings: Annotated[list[str] | None, typer.Option("--set", help=SETTING)] = None,
) -> None:
    """Train one student with one method and save it as a Hugging Face folder for each of its paths."""
    from smallsteps.cli._console import out as console
    from smallsteps.cli._console import progress
    from smallsteps.cli._inputs import require_corpus
    from smallsteps.cli._pairs import read_pairs
    from smallsteps.engine.student import card_of, load_student
    from smallsteps.errors import OptionError
    from smallsteps.methods import Demonstrations, check_taught, demonstration_pool, make_method
    from smallsteps.records import read_records, require_answers, split_records
    from smallsteps.study.lock import folder_lock
    from smallsteps.training.settings import Budget, Training
    from smallsteps.training.train import train as teach

    for name, value in (("steps", steps), ("epochs", epochs), ("tokens", tokens)):
        if value is not None and value <= 0:
            raise OptionError(f"--{name} {value:g}: expected a number above 0, such as --steps 2000 or --epochs 3")
    given = read_pairs(options, "--option", "draw=all")
    chosen = make_method(method, given)
    needed = [need for need in chosen.needs() if not isinstance(need, Demonstrations)]
    if needed:
        raise OptionError(f"method '{method}' needs {needed[0]} first; run it in a study (smallsteps compare)")
    training = Training.of(read_pairs(settings, "--set", "learning_rate=0.0003"))
    budget = Budget(steps, epochs if (steps, epochs, tokens) != (None, None, None) else 3.0, tokens)
    require_corpus(corpus)
    records = list(read_records(corpus))
    if chosen.needs_gold:
        require_answers(records, corpus)
    check_taught(chosen, records)
    taught, held_out = split_records(records, validation) if validation else (records, [])
    pool = demonstration_pool(chosen, taught)
    if pool is not None:
        pool.check(records)
    chat = chosen.prompt_style == "chat"
    for path in chosen.path_names:
        pupil = load_student(student, records, seed=seed, chat=chat, turn=chosen.words.turn)
        with folder_lock(out):
            done = teach(pupil, chosen, path, taught, held_out, budget=budget, training=training, seed=seed,
                         folder=out / "training" / path, pool=pool, progress=progress())  # fmt: skip
            pupil.save(out / "student" / path, card_of(method, given, records[0].task, path))
        loss = "" if done.validation_loss is None else f", validation loss {done.validation_loss:.4f}"
        console.print(f"{out / 'student' / path}: {done.steps} steps in {done.seconds:.0f} s on {done.layout} rows, "
                      f"{done.supervised_tokens} supervised tokens{loss}")  # fmt: skip
