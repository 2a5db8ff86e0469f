"""`smallsteps show FILE`: records, the views of a method, or answers with their readings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.text import Text

    from smallsteps.records import Record

METHOD = "Show the training examples (views) of this method, coloured by loss weight."
STUDENT = "Show the tokens of this student instead of characters; needs --method."


def show(
    file: Annotated[Path, typer.Argument(help="A corpus or an answers file.")],
    number: Annotated[int, typer.Option("--number", "-n", min=1, help="Number to show.")] = 3,
    method: Annotated[str | None, typer.Option(help=METHOD)] = None,
    student: Annotated[str | None, typer.Option(help=STUDENT)] = None,
    corpus: Annotated[
        Path | None, typer.Option(help="The corpus of an answers file, to show which answers are right.")
    ] = None,
) -> None:
    """Print records, views or answers in readable form."""
    import itertools

    from smallsteps.cli._console import out
    from smallsteps.errors import OptionError
    from smallsteps.records import read_records
    from smallsteps.scoring.answers import read_answers

    if student is not None and method is None:
        raise OptionError("--student shows the tokens of views; name a method with --method")
    if _holds_answers(file):
        shown = _answers(itertools.islice(read_answers(file), number), file, corpus)
    else:
        records = list(itertools.islice(read_records(file), number))
        shown = _views(records, file, method, student) if method else [_record(record) for record in records]
    for text in shown:
        out.print(text)


def _holds_answers(file: Path) -> bool:
    import json

    from smallsteps.records import read_lines

    first = next(read_lines(file), (1, "{}"))[1]
    try:
        row = json.loads(first)
    except json.JSONDecodeError:
        return False  # the reader of records says where it is broken
    return isinstance(row, dict) and "arm" in row and "finish" in row


def _record(record: Record) -> Text:
    from rich.text import Text

    from smallsteps.cli.segment import spans_text

    text = Text()
    text.append(f"{record.id} ", "bold").append(f"({record.task})\n", "dim")
    text.append(f"{record.question}\n").append(f"gold: {record.answer}\n", "cyan")
    for rationale in record.rationales:
        mark, colour = {True: ("+", "green"), False: ("-", "red"), None: ("?", "yellow")}[rationale.correct]
        text.append(f" {mark} ", colour).append_text(spans_text(rationale)).append(f"  [{rationale.answer}]\n", colour)
    return text


def _views(records: list[Record], file: Path, name: str | None, student: str | None) -> list[Text]:
    from dataclasses import replace

    from rich.text import Text

    from smallsteps.methods import make_method

    method = make_method(str(name), {})
    texts = []
    for record in records:
        kept = replace(record, rationales=method.kept(record))
        for path in method.path_names:
            for view in method.views(kept, path):
                head = Text(f"{record.id} part {view.part}, path {path}, weight {view.weight:g}\n", "bold")
                body = _tokens(view, file, student) if student else _pieces(view)
                texts.append(head.append_text(body).append("\n"))
    if texts:
        texts.append(_legend())
    return texts or [Text("no views: none of these records has what the method needs", "yellow")]


def _pieces(view: Any) -> Text:
    from rich.text import Text

    text = Text(view.prompt, "dim")
    for piece in view.target:
        text.append(piece.text, _style(piece.weight * view.weight))
    return text.append("<end>" if view.ends else "", "dim")


def _tokens(view: Any, file: Path, student: str | None) -> Text:
    from rich.text import Text

    from smallsteps.engine.student import load_student
    from smallsteps.engine.tokens import encode_view
    from smallsteps.records import read_records

    pupil = load_student(str(student), list(read_records(file)))
    encoded = encode_view(pupil.tokenizer, pupil.template, view)
    text = Text("".join(pupil.tokenizer.decode([index]) + "|" for index in encoded.source), "dim")
    for index, weight in zip(encoded.tokens.tolist(), encoded.weights.tolist(), strict=True):
        text.append(pupil.tokenizer.decode([index]), _style(weight)).append("|", "dim")
    return text


def _style(weight: float) -> str:
    if weight == 0:
        return "dim"
    return "bold green" if weight >= 1 else "green" if weight >= 0.5 else "yellow"


def _legend() -> Text:
    from rich.text import Text

    return (
        Text("weight: ")
        .append("0 (context) ", "dim")
        .append("below 0.5 ", "yellow")
        .append("0.5 to 1 ", "green")
        .append("1 or more", "bold green")
    )


def _answers(answers: Any, file: Path, corpus: Path | None) -> list[Text]:
    from rich.text import Text

    from smallsteps.cli.score import reader
    from smallsteps.records import read_records
    from smallsteps.scoring.evaluate import judge_answers
    from smallsteps.tasks import get_task

    told = reader(file, "common", None, "last")
    records = {record.id: record for record in read_records(corpus)} if corpus else {}
    texts = []
    for answer in answers:
        record: Record | None = records.get(answer.id)
        task = get_task(answer.task)
        reading = told.read(answer.text, task, task.choices(record) if record else (), answer.finish)
        text = Text(f"{answer.id} ", "bold").append(f"{answer.arm}, {answer.tokens} tokens, {answer.finish}\n", "dim")
        text.append(answer.prompt, "dim").append(answer.text.rstrip() + "\n").append(
            f"read: {reading.answer} ({reading.rule})", "cyan"
        )
        if record is not None:
            outcome = judge_answers([answer], records, told)[0].name
            text.append(f"  gold: {record.answer}  ").append(outcome, "green" if outcome == "correct" else "red")
        texts.append(text.append("\n"))
    return texts
