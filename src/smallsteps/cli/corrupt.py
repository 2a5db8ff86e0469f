"""`smallsteps corrupt`: wrong rationales on purpose, to see which way of teaching bears them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

KIND = "What to do: numbers (change them), swap (between questions), shuffle (words), drop (half of the sentences)."
RATE = "Share of rationales to corrupt; a higher rate corrupts the same ones and more."


def corrupt(
    corpus: Annotated[Path, typer.Argument(metavar="CORPUS", help="The corpus to corrupt.")],
    kind: Annotated[str, typer.Option(help=KIND)],
    out: Annotated[Path, typer.Option("--out", "-o", help="The corpus to write.")],
    rate: Annotated[float, typer.Option(help=RATE)] = 0.5,
    seed: Annotated[int, typer.Option(help="The same seed corrupts the same rationales in the same way.")] = 0,
) -> None:
    """Corrupt a share of the rationales, marked in meta.corrupted; answers are never touched."""
    from smallsteps.cli._console import out as console
    from smallsteps.cli._console import table
    from smallsteps.cli._inputs import require_corpus
    from smallsteps.corpus.corruption import corrupt as corrupted
    from smallsteps.records import read_records, write_records

    require_corpus(corpus)
    found = corrupted(list(read_records(corpus)), kind, rate, seed)
    write_records(out, found.records)
    rows = [
        ("questions", str(len(found.records))),
        ("rationales", str(found.rationales)),
        (f"drawn for '{kind}' at rate {rate:g}", str(found.drawn)),
        ("came out with another text", str(found.changed)),
    ]
    console.print(table(f"wrote {out}", ("what", "count"), rows))
