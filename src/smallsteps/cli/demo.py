"""`smallsteps demo`: the main job on an embedded corpus, from nothing, on a laptop CPU."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def demo(
    out: Annotated[Path, typer.Option("--out", "-o", help="The run folder.")] = Path("runs/demo"),
    jobs: Annotated[int, typer.Option(min=0, help="Arms run side by side; 0 for one a core, at most 4.")] = 0,
    settings: Annotated[list[str] | None, typer.Option("--set", help="Override one field of the study.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Throw away a run that stands in the folder.")] = False,
) -> None:
    """Compare seven ways to teach a tiny student to reason, on generated word problems, in minutes; needs nothing."""
    import os
    from importlib.resources import as_file, files

    from smallsteps.cli.compare import run_and_show
    from smallsteps.study.spec import read_study

    with as_file(files("smallsteps.study") / "demo.yaml") as path:
        study, raw = read_study(path, settings or [])
    run_and_show(study, raw, out, jobs or min(os.cpu_count() or 1, 4), replace)
