"""`smallsteps select`: which rationales of a corpus to keep."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from smallsteps.selection import Statistics
    from smallsteps.selection.options import Scores

BY = "How to choose: random, diverse, likely or open_ended; everything that is left unless given."
SCORER = "A trained student's folder, for likely: its own likelihood of a rationale instead of the teacher's."
CASCADE = "Teachers in the order in which they are asked (repeat it); a question keeps those of the first to be right."
EMBEDDINGS = "For diverse: tfidf, sentence-transformers, or sentence-transformers:MODEL."


def select(
    corpus: Annotated[Path, typer.Argument(metavar="CORPUS", help="The corpus to choose from.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The corpus to write.")],
    keep: Annotated[str, typer.Option(help="right rationales only, or all.")] = "all",
    by: Annotated[str | None, typer.Option(help=BY)] = None,
    k: Annotated[int | None, typer.Option("-k", help="Rationales a question (5 unless given).")] = None,
    dedupe: Annotated[str | None, typer.Option(help="Drop exact or near duplicates within a question.")] = None,
    quota: Annotated[list[str] | None, typer.Option(help="TEACHER=K: a k of its own; may be repeated.")] = None,
    cascade: Annotated[list[str] | None, typer.Option(metavar="TEACHER", help=CASCADE)] = None,
    scorer: Annotated[Path | None, typer.Option(metavar="STUDENT", help=SCORER)] = None,
    seed: Annotated[int, typer.Option(help="The same seed keeps the same rationales.")] = 0,
    embeddings: Annotated[str, typer.Option(help=EMBEDDINGS)] = "tfidf",
) -> None:
    """Choose which rationales to keep, and show what was there and what is left."""
    from smallsteps.cli._console import out as console
    from smallsteps.records import read_records, write_records
    from smallsteps.selection import select_records, statistics

    records = list(read_records(corpus))
    chosen = select_records(records, keep=keep, by=by, k=k, dedupe=dedupe, quota=quotas(quota or []), seed=seed,
                            cascade=cascade or [], embeddings=embeddings, scores=_scores(scorer, by))  # fmt: skip
    write_records(out, chosen)
    console.print(statistics_table(f"wrote {out}", [("before", statistics(records)), ("after", statistics(chosen))]))


def _scores(scorer: Path | None, by: str | None) -> Scores | None:
    """How likely a trained student finds rationales; it is loaded only where that is asked for."""
    from smallsteps.selection import check_scorer, student_logprobs

    if scorer is None:
        return None
    check_scorer(by)
    from smallsteps.decoding.scorer import load_scorer

    return student_logprobs(load_scorer(scorer))


def quotas(texts: Sequence[str]) -> dict[str, int]:
    """`TEACHER=K` pairs. Raises OptionError for anything else."""
    from smallsteps.errors import OptionError

    found: dict[str, int] = {}
    for text in texts:
        teacher, _, count = text.rpartition("=")
        if not teacher or not count.strip().isdecimal():
            raise OptionError(f"--quota '{text}' is no quota; expected TEACHER=K, such as --quota gpt-4o-mini=3")
        found[teacher.strip()] = int(count)
    return found


def statistics_table(title: str, rows: Sequence[tuple[str, Statistics]]) -> Any:
    """Corpora side by side: questions, rationales, right ones, per question, unique, bigrams a question."""
    from smallsteps.cli._console import table
    from smallsteps.text.tables import TableColumn

    columns = (
        TableColumn("", number=False), TableColumn("questions"), TableColumn("answered", priority=1),
        TableColumn("rationales"), TableColumn("right", priority=1), TableColumn("per question", priority=2),
        TableColumn("unique", priority=3), TableColumn("bigrams", priority=4),
    )  # fmt: skip
    cells = [
        (name, s.questions, s.answered, s.rationales, s.right, f"{s.per_question:.2f}", s.unique, f"{s.bigrams:.0f}")
        for name, s in rows
    ]
    return table(title, columns, cells)
