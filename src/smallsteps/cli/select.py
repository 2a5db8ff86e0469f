"""`smallsteps select`: keep some rationales of a corpus."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from smallsteps.records import Record
    from smallsteps.selection import Statistics
    from smallsteps.selection.options import Scores

BY = "The selection: random, diverse, likely or open_ended. Without it, all that pass the other options are kept."
SCORER = "The folder of a trained student, for likely: use its log-probability instead of the teacher's."
CASCADE = "A teacher; repeat in order. A question keeps the rationales of the first that gets it right."
REVIEWED = "Reviews made with `smallsteps review CORPUS --accept`: drop what was rejected, apply the edits."
ACCEPTED = "With --reviewed: also drop rationales that nobody reviewed."
EMBEDDINGS = "For diverse: tfidf, sentence-transformers, or sentence-transformers:MODEL."


def select(
    corpus: Annotated[Path, typer.Argument(metavar="CORPUS", help="The corpus to select from.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The corpus to write.")],
    keep: Annotated[str, typer.Option(help="Keep only right rationales (right), or all.")] = "all",
    by: Annotated[str | None, typer.Option(help=BY)] = None,
    k: Annotated[int | None, typer.Option("-k", help="Rationales per question (default 5).")] = None,
    dedupe: Annotated[str | None, typer.Option(help="Drop exact or near duplicates within a question.")] = None,
    quota: Annotated[list[str] | None, typer.Option(help="TEACHER=K, the teacher's own k; may be repeated.")] = None,
    cascade: Annotated[list[str] | None, typer.Option(metavar="TEACHER", help=CASCADE)] = None,
    scorer: Annotated[Path | None, typer.Option(metavar="STUDENT", help=SCORER)] = None,
    seed: Annotated[int, typer.Option(help="Random seed; the same seed keeps the same rationales.")] = 0,
    embeddings: Annotated[str, typer.Option(help=EMBEDDINGS)] = "tfidf",
    reviewed: Annotated[Path | None, typer.Option(metavar="FILE", help=REVIEWED)] = None,
    accepted_only: Annotated[bool, typer.Option("--accepted-only", help=ACCEPTED)] = False,
) -> None:
    """Keep some rationales of a corpus, and show counts before and after."""
    from smallsteps.cli._console import out as console
    from smallsteps.cli._inputs import require_corpus
    from smallsteps.records import read_records, write_records
    from smallsteps.selection import select_records, statistics

    require_corpus(corpus)
    records = list(read_records(corpus))
    held = _reviewed(records, reviewed, accepted_only)
    chosen = select_records(held, keep=keep, by=by, k=k, dedupe=dedupe, quota=quotas(quota or []), seed=seed,
                            cascade=cascade or [], embeddings=embeddings, scores=_scores(scorer, by))  # fmt: skip
    write_records(out, chosen)
    console.print(statistics_table(f"wrote {out}", [("before", statistics(records)), ("after", statistics(chosen))]))


def _reviewed(records: list[Record], file: Path | None, accepted_only: bool) -> list[Record]:
    """The records as reviewers left them. Raises FileError for a file without reviews."""
    from smallsteps.errors import OptionError
    from smallsteps.review.corrections import CorrectionStore
    from smallsteps.review.corrections import reviewed as carried_out

    if file is None:
        if accepted_only:
            raise OptionError("--accepted-only needs the reviews: give --reviewed FILE")
        return records
    with CorrectionStore(file, make=False) as store:
        return list(carried_out(records, store.latest(), accepted_only))


def _scores(scorer: Path | None, by: str | None) -> Scores | None:
    """The scores of a trained student, which is loaded only if it is needed."""
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
            raise OptionError(f"--quota '{text}': expected TEACHER=K, such as --quota gpt-4o-mini=3")
        found[teacher.strip()] = int(count)
    return found


def statistics_table(title: str, rows: Sequence[tuple[str, Statistics]]) -> Any:
    """One row per corpus: questions, rationales, right, per question, unique, bigrams per question."""
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
