"""`smallsteps show FILE`: records, the views of a method, or answers with their readings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.text import Text

    from smallsteps.records import Record

METHOD = "Show the training examples (views) of this method; what is learnt stands out, by loss weight."
OPTION = "An option of the method, name=value; may be repeated."
STUDENT = "Show the tokens of this student instead of characters; needs --method."


def show(
    file: Annotated[Path, typer.Argument(help="A corpus or an answers file.")],
    number: Annotated[int, typer.Option("--number", "-n", min=1, help="Number to show.")] = 3,
    method: Annotated[str | None, typer.Option(help=METHOD)] = None,
    options: Annotated[list[str] | None, typer.Option("--option", help=OPTION)] = None,
    student: Annotated[str | None, typer.Option(help=STUDENT)] = None,
    corpus: Annotated[
        Path | None, typer.Option(help="The corpus of an answers file, to show which answers are right.")
    ] = None,
) -> None:
    """Print records, views or answers in readable form."""
    import itertools

    from smallsteps.cli._console import out
    from smallsteps.cli._inputs import require_corpus, what_is
    from smallsteps.cli._pairs import read_pairs
    from smallsteps.cli._views import view_texts
    from smallsteps.errors import OptionError
    from smallsteps.methods import make_method
    from smallsteps.records import read_records
    from smallsteps.scoring.answers import read_answers

    for name, given in (("--student", student), ("--option", options)):
        if given and method is None:
            raise OptionError(f"{name} says how views are made and shown; name the method with --method")
    if what_is(file) == "answers":
        if method is not None:
            raise OptionError(f"--method {method}: {file} holds answers, and views are made of a corpus; give the "
                              "corpus, or leave --method out")  # fmt: skip
        shown = _answers(itertools.islice(read_answers(file), number), file, corpus)
    else:
        require_corpus(file)
        records = list(itertools.islice(read_records(file), number))
        shown = [_record(record) for record in records]
        if method is not None:
            made = make_method(method, read_pairs(options, "--option", "draw=all"))
            shown = view_texts(records, made, out.is_terminal and not out.no_color, student, file)
    for text in shown:
        out.print(text, soft_wrap=True)


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
