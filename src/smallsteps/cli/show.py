"""`smallsteps show FILE`: records, the views that are trained on, or answers with what was read from them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.text import Text

    from smallsteps.records import Record

METHOD = "Show the views that this method trains on: what is learnt stands out, by loss weight."
OPTION = "A hyperparameter of the method, name=value; may be repeated."
STUDENT = "Show tokens of this student instead of characters; needs --method."


def show(
    file: Annotated[Path, typer.Argument(help="A corpus or an answers file.")],
    number: Annotated[int, typer.Option("--number", "-n", min=1, help="How many to show.")] = 3,
    method: Annotated[str | None, typer.Option(help=METHOD)] = None,
    options: Annotated[list[str] | None, typer.Option("--option", help=OPTION)] = None,
    student: Annotated[str | None, typer.Option(help=STUDENT)] = None,
    corpus: Annotated[
        Path | None, typer.Option(help="The questions of an answers file, to show right and wrong.")
    ] = None,
) -> None:
    """Print records, views or answers as a person would want to read them."""
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

    read = reader(file, "common", None, "last")
    records = {record.id: record for record in read_records(corpus)} if corpus else {}
    texts = []
    for answer in answers:
        stretch = read(answer.text)
        found = None if stretch is None else get_task(answer.task).extract(stretch)
        text = Text(f"{answer.id} ", "bold").append(f"{answer.arm}, {answer.tokens} tokens, {answer.finish}\n", "dim")
        text.append(answer.prompt, "dim").append(answer.text.rstrip() + "\n").append(f"read: {found}", "cyan")
        record: Record | None = records.get(answer.id)
        if record is not None:
            outcome = judge_answers([answer], records, read)[0].name
            text.append(f"  gold: {record.answer}  ").append(outcome, "green" if outcome == "correct" else "red")
        texts.append(text.append("\n"))
    return texts
