"""`smallsteps doctor`: what this machine has, and whether a student trains and decodes exactly."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

TRUST = "Allow the student to run code that it brings (transformers' trust_remote_code)."


def doctor(
    student: Annotated[str | None, typer.Option(help="Check this student, by Hugging Face id or folder.")] = None,
    corpus: Annotated[Path | None, typer.Option(help="Check it on this corpus; a generated one by default.")] = None,
    method: Annotated[str, typer.Option(help="Check it with the training examples of this method.")] = "scotd",
    dtype: Annotated[
        str, typer.Option(help="Load its parameters as float32, bfloat16, float16 or float64.")
    ] = "float32",
    trust_remote_code: Annotated[bool, typer.Option("--trust-remote-code", help=TRUST)] = False,
) -> None:
    """Print versions and devices; with --student, run the check that comes before training."""
    from smallsteps.cli._console import out, table

    out.print(table("", ("what", "found"), _machine(), left=2))
    if student is not None:
        loading = {"dtype": dtype, "trust_remote_code": trust_remote_code}
        out.print()
        out.print(table("self-check", ("what", "found"), _checked(student, corpus, method, loading), left=2))


def _machine() -> list[tuple[str, str]]:
    import os
    import platform
    from importlib.metadata import version

    import torch

    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "none"
    packages = ("smallsteps", "torch", "transformers", "accelerate", "datasets")
    found = [("python", platform.python_version()), *((name, version(name)) for name in packages)]
    return [*found, ("cores", str(os.cpu_count())), ("accelerator", device)]


def _checked(name: str, corpus: Path | None, method_name: str, loading: dict[str, Any]) -> list[tuple[str, str]]:
    from smallsteps.cli._console import progress
    from smallsteps.engine.student import load_student
    from smallsteps.methods import make_method
    from smallsteps.tensors.device import find_device
    from smallsteps.training.dataset import TrainingDataset
    from smallsteps.training.preparation import checked, note_left_out, warn_of_half_precision
    from smallsteps.training.round_trip import check_round_trip

    records, told = _records(corpus), progress()
    student = load_student(name, records, **loading)
    student.model.to(find_device())
    method = make_method(method_name, {"draw": "all"})
    path = method.path_names[0]
    warn_of_half_precision(student, told)
    student.add_tokens(method.added_tokens)
    check_round_trip(student, method, path, records, told)
    room = student.architecture.room(student.model)
    dataset = TrainingDataset(records, method, path, student.tokenizer, student.template, seed=0, max_length=room)
    note_left_out(dataset, 0, 0, told)
    check = checked(student, method, dataset, progress=told)
    total, distinct = _tokens([dataset[0, index] for index in range(len(dataset))])
    return [
        ("student", f"{name}, {student.parameters:,} parameters"),
        ("training questions", f"{dataset.counts.questions:,} of {len(records):,} fit ({_positions(room)})"),
        ("largest relative difference of the loss", f"{check.loss:.1e}"),
        ("largest relative difference of gradients", f"{check.gradient:.1e}"),
        ("distinct / total tokens of the corpus", f"{distinct:,} / {total:,} ({total / distinct:.2f} to 1)"),
        ("rows that training will use", check.layout + (f" (no forest: {check.trouble})" if check.trouble else "")),
        ("decoding", "exact with a key-value cache" if check.cached else "exact without a key-value cache, slow"),
    ]


def _positions(room: int | None) -> str:
    return "no limit of positions" if room is None else f"{room:,} positions"


def _tokens(groups: list[Any]) -> tuple[int, int]:
    from smallsteps.engine.forest import distinct_tokens

    total = sum(len(view.tokens) for group in groups for view in group)
    return total, sum(distinct_tokens(group) for group in groups)


def _records(corpus: Path | None) -> list[Any]:
    from smallsteps.records import read_records
    from smallsteps.study.sources import generated
    from smallsteps.study.spec import Generate

    if corpus is not None:
        return list(read_records(corpus))
    return list(generated(Generate(generate="word_problems", count=64, rationales=6)))
