"""`smallsteps score ANSWERS`: answers against gold; needs no model."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from smallsteps.evaluate import Read

FORMAT = "The answer format that the answers were asked for in (smallsteps list answer-formats)."
MARKER = "Another answer phrase than the format's, such as 'A:'; the answer ends with its line."
ORDER = "Which of several answer phrases counts: last (rationale first) or first (answer first)."


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

    from smallsteps.answers import read_answers
    from smallsteps.cli._console import out as console
    from smallsteps.cli._console import table
    from smallsteps.evaluate import OUTCOMES, check_answered, judge_answers, score_outcomes
    from smallsteps.records import atomic_writer, read_records, write_json

    read = reader(answers, answer_format, marker, order)
    gold = list(read_records(corpus))
    records = {record.id: record for record in gold}
    arms: dict[str, list[Any]] = {}
    for one in read_answers(answers):
        arms.setdefault(one.arm, []).append(one)
    found = {}
    for arm, some in arms.items():
        check_answered(some, gold, answers)
        found[arm] = judge_answers(some, records, read)
    scores = {arm: score_outcomes(some, records) for arm, some in found.items()}
    header = ("arm", "N", "accuracy %", "95 % interval", "lenient %", *(name.replace("_", " ") for name in OUTCOMES))
    console.print(table("", header, [_row(arm, one) for arm, one in scores.items()]))
    if out is not None:
        write_json(out, {"arms": [{"arm": arm, **asdict(one)} for arm, one in scores.items()]})
    if outcomes is not None:
        with atomic_writer(outcomes) as file:
            for arm, some in found.items():
                file.writelines(json.dumps({"arm": arm, **asdict(one)}, ensure_ascii=False) + "\n" for one in some)


def _row(arm: str, one: Any) -> tuple[str, ...]:
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


def reader(answers: Path, answer_format: str, marker: str | None, order: str) -> Read:
    """How the answers are read: as the arm's own method does where its folder is at hand, else as the options say."""
    from dataclasses import replace

    from smallsteps.answer_format import get_answer_format
    from smallsteps.errors import OptionError
    from smallsteps.method import make_method
    from smallsteps.records import read_json

    if order not in ("last", "first"):
        raise OptionError(f"--order {order}: expected last or first")
    config = answers.parent / "config.json"
    if config.exists() and marker is None:
        settings = read_json(config)
        return make_method(settings["method"], settings["options"]).read
    words = get_answer_format(answer_format)
    if marker is not None:
        words = replace(words, marker=marker, close="\n")
    return lambda text: words.stretch(text, "first" if order == "first" else "last")
