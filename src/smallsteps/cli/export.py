"""`smallsteps export`: a corpus into a public layout."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def export(
    format_name: Annotated[str, typer.Argument(metavar="FORMAT", help="prompt-completion, messages, csv, parquet, …")],
    corpus: Annotated[Path, typer.Argument(help="A smallsteps corpus (.jsonl).")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The file to write.")],
    settings: Annotated[list[str] | None, typer.Option("--set", help="An option of the layout, NAME=VALUE.")] = None,
) -> None:
    """Write a corpus in a public layout, one row a rationale; importing it again gives the same corpus."""
    from smallsteps.cli._console import out as console
    from smallsteps.cli._console import progress
    from smallsteps.cli._inputs import require_corpus
    from smallsteps.corpus.importing import make_layout
    from smallsteps.progress import tracked
    from smallsteps.records import read_records

    layout = make_layout(format_name, settings=settings or [])
    require_corpus(corpus)
    rows = layout.write(tracked(read_records(corpus), progress(), "export"), out)
    console.print(f"{rows} rows: {out}")
