"""`smallsteps score ANSWERS`: answers against gold; needs no model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from smallsteps.methods import Method
    from smallsteps.scoring.evaluate import Score
    from smallsteps.text.answer_format import AnswerFormat, Order
    from smallsteps.text.reader import Reader
    from smallsteps.text.tables import TableColumn

FORMAT = "The answer format that the answers were asked for in (smallsteps list answer-formats)."
MARKER = "Another answer phrase than the format's, such as 'A:'; the answer ends with its line."
ORDER = "Which of several answer phrases counts: last (rationale first) or first (answer first)."

_NEED = {"truncated": 1, "no_answer": 1, "error": 2, "correct": 4, "wrong": 5}


def score(
    answers: Annotated[Path, typer.Argument(help="The answers file.")],
    corpus: Annotated[Path, typer.Option("--corpus", "-c", help="The questions with their gold answers.")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Where to write the scores as JSON.")] = None,
    answer_format: Annotated[str, typer.Option("--format", help=FORMAT)] = "common",
    marker: Annotated[str | None, typer.Option(help=MARKER)] = None,
    order: Annotated[str, typer.Option(help=ORDER)] = "last",
    outcomes: Annotated[Path | None, typer.Option(help="Where to write every question's outcome, JSON lines.")] = None,
) -> None:
    """Score an answers file: every question lands in exactly one outcome, and the outcomes add up to N."""
    import json

    from smallsteps.cli._console import out as console
    from smallsteps.cli._console import table
    from smallsteps.cli._inputs import require_answers_file
    from smallsteps.records import atomic_writer, read_records, write_json
    from smallsteps.scoring.answers import read_answers
    from smallsteps.scoring.evaluate import check_answered, judge_answers, reasonings, score_outcomes

    wording = words_of(answers, answer_format, marker, order)
    require_answers_file(answers)
    gold = list(read_records(corpus))
    records = {record.id: record for record in gold}
    arms: dict[str, list[Any]] = {}
    for one in read_answers(answers):
        arms.setdefault(one.arm, []).append(one)
    found = {}
    for arm, some in arms.items():
        check_answered(some, gold, answers)
        found[arm] = judge_answers(some, records, wording[0].reader(wording[1]))
    written = {arm: reasonings(some, *wording) for arm, some in arms.items()}
    scores = {arm: score_outcomes(some, records, written=written[arm]) for arm, some in found.items()}
    console.print(table("", *score_table(scores)))
    names, grouped = group_rows(scores)
    if grouped:
        console.print(table("by group of questions", names, grouped))
    if out is not None:
        write_json(out, {"arms": [{"arm": arm, **asdict(one)} for arm, one in scores.items()]})
    if outcomes is not None:
        with atomic_writer(outcomes) as file:
            for arm, some in found.items():
                file.writelines(json.dumps({"arm": arm, **asdict(one)}, ensure_ascii=False) + "\n" for one in some)


def score_table(scores: Mapping[str, Score]) -> tuple[list[TableColumn], list[tuple[str, ...]]]:
    """Columns and rows, one row an arm; what was sampled and how like the gold rationales it is, where there is any."""
    from smallsteps.scoring.evaluate import OUTCOMES, RATIONALE_BLEU
    from smallsteps.text.tables import TableColumn

    columns = [TableColumn("arm", number=False), TableColumn("N"), TableColumn("accuracy %"),
               TableColumn("95 % interval"), TableColumn("lenient %", priority=1)]  # fmt: skip
    columns += [TableColumn(name.replace("_", " "), priority=_NEED[name], fold=True) for name in OUTCOMES]
    rows = [_row(arm, one) for arm, one in scores.items()]
    if any(one.samples > 1 for one in scores.values()):
        columns += [TableColumn(name, priority=3, fold=True) for name in ("samples", "saved %", "tokens")]
        rows = [(*row, *_spent(one)) for row, one in zip(rows, scores.values(), strict=True)]
    if any(RATIONALE_BLEU in one.metrics for one in scores.values()):
        columns.append(TableColumn("rationale BLEU", priority=3))
        rows = [(*row, _likeness(one)) for row, one in zip(rows, scores.values(), strict=True)]
    return columns, rows


def _row(arm: str, one: Score) -> tuple[str, ...]:
    low, high = one.interval
    share = f"{100 * low:.2f}–{100 * high:.2f}"
    return (
        arm,
        str(one.n),
        f"{100 * one.accuracy:.2f}",
        share,
        f"{100 * one.lenient:.2f}",
        *map(str, one.outcomes.values()),
    )


def _spent(one: Score) -> tuple[str, str, str]:
    """Samples a question, the share of them that an adaptive stop left out, and tokens a question."""
    return f"{one.samples:.1f}", f"{100 * one.saved:.1f}", f"{one.generated_tokens:.1f}"


def _likeness(one: Score) -> str:
    from smallsteps.scoring.evaluate import RATIONALE_BLEU

    return f"{100 * one.metrics[RATIONALE_BLEU]:.1f}" if RATIONALE_BLEU in one.metrics else ""


def group_rows(scores: Mapping[str, Score]) -> tuple[list[str], list[tuple[str, ...]]]:
    """Accuracy by group of questions, and the consistency of contrast sets: header and rows; none without groups."""
    names = sorted({name for one in scores.values() for name in one.groups or {}})
    header = ["arm", *(f"{name} %" for name in names)]
    rows = [
        (
            arm,
            *(f"{100 * one.groups[name].accuracy:.2f}" if one.groups and name in one.groups else "" for name in names),
        )
        for arm, one in scores.items()
    ]
    if any(one.consistency for one in scores.values()):
        header.append("consistent %")
        shares = [f"{100 * one.consistency.share:.2f}" if one.consistency else "" for one in scores.values()]
        rows = [(*row, share) for row, share in zip(rows, shares, strict=True)]
    return header, rows if len(names) > 1 else []


def reader(answers: Path, answer_format: str, marker: str | None, order: str) -> Reader:
    """How the answers are read: as the arm's own method does where its folder is at hand, else as the options say."""
    words, which = words_of(answers, answer_format, marker, order)
    return words.reader(which)


def words_of(answers: Path, answer_format: str, marker: str | None, order: str) -> tuple[AnswerFormat, Order]:
    """The words around the answers and the answer phrase that counts, of the arm's own method or as the options say."""
    from dataclasses import replace

    from smallsteps.errors import OptionError
    from smallsteps.text.answer_format import get_answer_format

    if order not in ("last", "first"):
        raise OptionError(f"--order {order}: expected last or first")
    method = _method_beside(answers) if marker is None else None
    if method is not None:
        return method.words, method.order
    words = get_answer_format(answer_format)
    if marker is not None:
        words = replace(words, marker=marker, close="\n")
    return words, "first" if order == "first" else "last"


def _method_beside(answers: Path) -> Method | None:
    """The method of the arm or trained student whose folder the answers are in, None if they are elsewhere."""
    from smallsteps.methods import make_method
    from smallsteps.records import read_json

    for name in ("smallsteps.json", "config.json"):  # a student's card; an arm's settings, or a model's of Hugging Face
        path = answers.parent / name
        settings = read_json(path) if path.exists() else {}
        if "method" in settings:
            return make_method(settings["method"], settings["options"])
    return None
