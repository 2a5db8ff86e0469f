"""`smallsteps import`: files into a corpus."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from smallsteps.formats import Part

if TYPE_CHECKING:
    from smallsteps.cli._console import FittedDrawing
    from smallsteps.corpus.import_counts import ImportCounts

FORMAT = "The layout (smallsteps list formats); json reads most files."
PART = "Which part of the files' own split to read: train or test."
TASK = "The task, if the files do not name it (smallsteps list tasks)."
AGAINST = "Drop questions that occur in this corpus, split or file of any layout; may be repeated."
ANSWERS = "If the files also hold model outputs: write them here as answers, for smallsteps score."
SHARE = "For files without a split: use this share of the questions, chosen by content, as the test part."


def import_(
    format_name: Annotated[str, typer.Argument(metavar="FORMAT", help=FORMAT)],
    files: Annotated[list[Path], typer.Argument(metavar="FILES", help="Files, or the Hugging Face id of a data set.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The corpus to write.")] = Path("corpus.jsonl"),
    task: Annotated[str | None, typer.Option(help=TASK)] = None,
    part: Annotated[Part | None, typer.Option(help=PART)] = None,
    against: Annotated[list[Path] | None, typer.Option(help=AGAINST)] = None,
    test_share: Annotated[float, typer.Option(help=SHARE)] = 0.0,
    answers: Annotated[Path | None, typer.Option(help=ANSWERS)] = None,
    settings: Annotated[list[str] | None, typer.Option("--set", help="An option of the layout, NAME=VALUE.")] = None,
) -> None:
    """Read files of any known layout into a corpus: answers judged, repeats joined, test questions dropped."""
    from smallsteps.cli._console import out as console
    from smallsteps.cli._console import progress
    from smallsteps.corpus.importing import ImportOptions, import_corpus, make_layout
    from smallsteps.corpus.leaks import read_test_questions
    from smallsteps.formats import solutions_of, write_solutions

    layout = make_layout(format_name, task, settings or [])
    held_out = read_test_questions(against) if against else None
    options = ImportOptions(part, test_share, held_out)
    tally = import_corpus(layout, files, out, options, progress())
    console.print(tally_table(tally, out))
    for remark in tally.remarks():
        console.print(remark, soft_wrap=True, markup=False, highlight=False)
    if answers is not None:
        count = write_solutions(answers, solutions_of(layout, files))
        console.print(f"{count} answers: {answers}")


def tally_table(tally: ImportCounts, out: Path) -> FittedDrawing:
    """What was read, what was dropped and why, and what was written: the rows add up."""
    from smallsteps.cli._console import table
    from smallsteps.text.tables import TableColumn

    rows: list[tuple[object, ...]] = [("read", tally.read.questions, tally.read.rationales, "", "", "")]
    rows += [(f"- {reason}", count.questions or "", count.rationales or "", "", "", "")
             for reason, count in tally.dropped.items()]  # fmt: skip
    written = tally.written
    right = f"{tally.right} ({tally.right / tally.judged:.1%})" if tally.judged else "not judged"
    judged = (
        (right, tally.unread, f"{written.rationales / written.questions:.2f}") if written.rationales else ("", "", "")
    )
    rows.append(("written", written.questions, written.rationales, *judged))
    checked = "not checked against a test part (--against FILE)" if tally.against is None else (
        f"checked against {tally.against} test questions"
    )  # fmt: skip
    columns = (
        TableColumn("", number=False), TableColumn("questions"), TableColumn("rationales"),
        TableColumn("right", priority=1), TableColumn("no answer", priority=2), TableColumn("per question", priority=3),
    )  # fmt: skip
    return table(f"{', '.join(sorted(tally.tasks))}: {out}", columns, rows, caption=checked)
