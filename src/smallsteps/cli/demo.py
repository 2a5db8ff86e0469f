"""`smallsteps demo`: the main job on generated questions, from nothing, on a laptop CPU, to a report."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

OUT = "The run folder; runs/demo by default, runs/demo-quick with --quick."
QUICK = "Three methods on easier questions, in about a minute."


def demo(
    quick: Annotated[bool, typer.Option("--quick", help=QUICK)] = False,
    out: Annotated[Path | None, typer.Option("--out", "-o", help=OUT)] = None,
    jobs: Annotated[int, typer.Option(min=0, help="Arms to run in parallel; 0: one a core, at most 4.")] = 0,
    settings: Annotated[list[str] | None, typer.Option("--set", help="Override one field of the study.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Start over: remove the run in the folder.")] = False,
) -> None:
    """Compare ways to teach a tiny student on generated word problems and write the report; no GPU, key or download."""
    from importlib.resources import as_file, files

    from smallsteps.cli._console import out as console
    from smallsteps.cli.compare import run_and_show
    from smallsteps.report.build import write_report
    from smallsteps.study.spec import read_study

    name = "demo-quick" if quick else "demo"
    with as_file(files("smallsteps.study") / f"{name}.yaml") as path:
        study, raw = read_study(path, settings or [])
    folder = out or Path("runs") / name
    run_and_show(study, raw, folder, jobs or min(os.cpu_count() or 1, 4), replace)
    page = write_report(folder, folder / "report.html")[0]
    console.print(f"\nreport: {page.resolve().as_uri()}", soft_wrap=True)
