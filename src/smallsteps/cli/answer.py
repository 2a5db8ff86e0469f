"""`smallsteps answer STUDENT QUESTION`: a trained student at work."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

RATIONALE = "Write the rationale too, where the method answers first and stops there otherwise."
QUESTION = "A question in quotes, or a corpus file whose questions are all answered."


def answer(
    student: Annotated[Path, typer.Argument(help="A folder that `smallsteps train` or `compare` wrote.")],
    question: Annotated[str, typer.Argument(metavar="QUESTION", help=QUESTION)],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="The answers file; needed for a corpus.")] = None,
    max_new_tokens: Annotated[int, typer.Option(min=1, help="The most tokens of an answer.")] = 256,
    samples: Annotated[int, typer.Option(min=1, help="Answers a question; more than 1 take a temperature.")] = 1,
    temperature: Annotated[float, typer.Option(min=0, help="0 is greedy.")] = 0.0,
    batch_size: Annotated[int, typer.Option(min=1, help="Questions decoded side by side.")] = 64,
    seed: Annotated[int, typer.Option(help="Of the sampling.")] = 0,
    with_rationale: Annotated[bool, typer.Option("--with-rationale", help=RATIONALE)] = False,
) -> None:
    """Answer one question, or every question of a corpus."""
    from smallsteps.answering import answer_questions, load_trained
    from smallsteps.answers import write_answers
    from smallsteps.cli._console import out as console
    from smallsteps.cli._console import progress
    from smallsteps.decode import Decoding
    from smallsteps.errors import OptionError
    from smallsteps.records import Record, read_records
    from smallsteps.task import get_task

    is_file = question.endswith(".jsonl") or Path(question).is_file()
    if is_file and out is None:
        raise OptionError("answering a whole corpus takes a file to write to; give --out answers.jsonl")
    decoding = Decoding(max_new_tokens, samples, temperature, batch_size, seed, with_rationale=with_rationale)
    records = list(read_records(question)) if is_file else None
    method, students, task = load_trained(student)
    asked = records or [Record("question", task, question)]
    answers = answer_questions(method, students, asked, decoding, str(student), progress())
    if out is not None:
        count = write_answers(out, answers)
        console.print(f"{count} answers to {len(asked)} questions: {out}")
    else:
        for one in answers:
            stretch = method.read(one.text)
            read = None if stretch is None else get_task(task).extract(stretch)
            console.print(one.text.strip(), markup=False)
            console.print(f"answer: {'none was read' if read is None else read} ({one.tokens} tokens, {one.finish})")
