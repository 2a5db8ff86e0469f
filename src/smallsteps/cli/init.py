"""`smallsteps init CORPUS`: a study file to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from smallsteps.records import Record

STUDENT = "tiny-decoder, tiny-encdec, or a Hugging Face id or folder."
TEST = "The test questions; without them a share of the corpus is cut off as a test part."
SHARE = "The share of the questions that is cut off where --test is not given."


def init(
    corpus: Annotated[Path, typer.Argument(help="A smallsteps corpus (.jsonl) with rationales.")],
    student: Annotated[str, typer.Option(help=STUDENT)] = "tiny-decoder",
    out: Annotated[Path, typer.Option("--out", "-o", help="The study file to write.")] = Path("study.yaml"),
    test: Annotated[Path | None, typer.Option(help=TEST)] = None,
    test_share: Annotated[float, typer.Option(min=0.01, max=0.9, help=SHARE)] = 0.2,
    replace: Annotated[bool, typer.Option("--replace", help="Overwrite a file that exists.")] = False,
) -> None:
    """Write a commented study file that suits a corpus and a student."""
    from smallsteps.cli._console import out as console
    from smallsteps.cli._inputs import require_corpus
    from smallsteps.errors import FileError
    from smallsteps.records import atomic_writer, read_records
    from smallsteps.study.starter import make_starter, starter_text

    require_corpus(corpus)
    records = list(read_records(corpus))
    if out.exists() and not replace:
        raise FileError(out, "exists already; name another file with -o, or overwrite it with --replace")
    taught, asked = (records, None) if test is not None else _cut(records, corpus, test_share)
    train = corpus if asked is None else out.parent / f"{corpus.stem}-train.jsonl"
    held_out = test or out.parent / f"{corpus.stem}-test.jsonl"
    if test is not None:
        require_corpus(test)
    starter = make_starter(corpus.stem, taught, train, held_out, student)
    if asked is not None:
        _write_parts({train: taught, held_out: asked}, replace)
        console.print(f"{train}: {len(taught)} questions; {held_out}: {len(asked)} questions, cut off as the test part")
    with atomic_writer(out) as file:
        file.write(starter_text(starter))
    console.print(f"{out}: task '{starter.task}' ({starter.task_reason})", soft_wrap=True)
    console.print(f"next: smallsteps compare {out}", soft_wrap=True)


def _cut(records: list[Record], corpus: Path, share: float) -> tuple[list[Record], list[Record]]:
    from smallsteps.errors import FileError
    from smallsteps.records import split_records

    taught, asked = split_records(records, share)
    if not taught or not asked:
        raise FileError(corpus, f"{len(records)} questions are too few to cut off a test part of {share:g}; give the "
                        "test questions with --test FILE")  # fmt: skip
    return taught, asked


def _write_parts(parts: dict[Path, list[Record]], replace: bool) -> None:
    from smallsteps.errors import FileError
    from smallsteps.records import write_records

    for path in parts:
        if path.exists() and not replace:
            raise FileError(path, "exists already; overwrite it with --replace, or give the test part with --test FILE")
    for path, records in parts.items():
        write_records(path, records)
