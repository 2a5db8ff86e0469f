"""`smallsteps doctor`: what this machine has, and whether a student takes the token forest."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer


def doctor(
    student: Annotated[str | None, typer.Option(help="Check the token forest on this student.")] = None,
    corpus: Annotated[Path | None, typer.Option(help="Check it on this corpus; a generated one if left out.")] = None,
    method: Annotated[str, typer.Option(help="With the views of this method.")] = "scotd",
    row_tokens: Annotated[int, typer.Option(min=1, help="The most tokens of a row.")] = 1024,
) -> None:
    """Print versions and devices; with --student, compare the token forest with padded rows on it."""
    from smallsteps.cli._console import out, table

    out.print(table("", ("what", "found"), _machine(), left=2))
    if student is not None:
        out.print()
        out.print(table("token forest", ("what", "found"), _forest(student, corpus, method, row_tokens), left=2))


def _machine() -> list[tuple[str, str]]:
    import os
    import platform
    from importlib.metadata import version

    import torch

    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "none"
    packages = ("smallsteps", "torch", "transformers", "accelerate", "datasets")
    found = [("python", platform.python_version()), *((name, version(name)) for name in packages)]
    return [*found, ("cores", str(os.cpu_count())), ("accelerator", device)]


def _forest(name: str, corpus: Path | None, method_name: str, row_tokens: int) -> list[tuple[str, str]]:
    from smallsteps.engine.student import load_student
    from smallsteps.methods import make_method
    from smallsteps.training.dataset import TrainingDataset
    from smallsteps.training.losses import Mix
    from smallsteps.training.self_check import check_layouts, sample_for_check

    records = _records(corpus)
    student = load_student(name, records)
    method = make_method(method_name, {"draw": "all"})
    student.add_tokens(method.added_tokens)
    visits = TrainingDataset(records, method, method.path_names[0], student.tokenizer, student.template, seed=0)
    groups = [visits[0, index] for index in range(len(visits))]
    check = check_layouts(student, sample_for_check(groups, row_tokens), Mix.of(method.mix), row_tokens)
    total, distinct = _tokens(groups)
    return [
        ("student", f"{name}, {student.parameters:,} parameters"),
        ("largest relative difference of the loss", f"{check.loss:.1e}"),
        ("largest relative difference of gradients", f"{check.gradient:.1e}"),
        ("distinct / total tokens of the corpus", f"{distinct:,} / {total:,} ({total / distinct:.2f} to 1)"),
        ("path that training will use", check.layout + (f" ({check.trouble})" if check.trouble else "")),
    ]


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
