"""`smallsteps answer STUDENT QUESTION`: ask a trained student."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from smallsteps.methods import Method
    from smallsteps.records import Record
    from smallsteps.scoring.answers import Answer

RATIONALE = "Write the rationale too, where the method answers first and stops there otherwise."
STOP = "Stop sampling a question once the vote among its samples can no longer change."
DEVICE = "Where the student runs: cpu, cuda, cuda:N, mps; auto takes the accelerator where there is one."
DEMONSTRATIONS = "Solved questions (a corpus) to show, for a student that was taught with demonstrations."
TRUST = "Allow a student to run code that it brings (transformers' trust_remote_code)."
QUESTION = "A question in quotes, or a corpus file whose questions are all answered."


def answer(
    student: Annotated[Path, typer.Argument(help="A folder that `smallsteps train` or `compare` wrote.")],
    question: Annotated[str, typer.Argument(metavar="QUESTION", help=QUESTION)],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="The answers file; needed for a corpus.")] = None,
    max_new_tokens: Annotated[int, typer.Option(min=1, help="The most tokens of an answer.")] = 256,
    samples: Annotated[int, typer.Option(min=1, help="Answers a question; more than 1 take a temperature.")] = 1,
    temperature: Annotated[float, typer.Option(min=0, help="0 is greedy.")] = 0.0,
    batch_size: Annotated[int, typer.Option(min=1, help="Samples decoded side by side.")] = 64,
    seed: Annotated[int, typer.Option(help="Of the sampling.")] = 0,
    with_rationale: Annotated[bool, typer.Option("--with-rationale", help=RATIONALE)] = False,
    adaptive_stop: Annotated[bool, typer.Option("--adaptive-stop", help=STOP)] = False,
    demonstrations: Annotated[Path | None, typer.Option(help=DEMONSTRATIONS)] = None,
    device: Annotated[str, typer.Option(help=DEVICE)] = "auto",
    trust_remote_code: Annotated[bool, typer.Option("--trust-remote-code", help=TRUST)] = False,
) -> None:
    """Answer one question, or every question of a corpus."""
    from smallsteps.cli._console import out as console
    from smallsteps.cli._console import progress
    from smallsteps.decoding.answering import answer_questions, load_trained
    from smallsteps.decoding.settings import Decoding
    from smallsteps.errors import OptionError
    from smallsteps.records import Record, read_records
    from smallsteps.scoring.answers import write_answers
    from smallsteps.scoring.evaluate import strict_answer
    from smallsteps.scoring.voting import check_votes, vote
    from smallsteps.tasks import get_task

    is_file = question.endswith(".jsonl") or Path(question).is_file()
    if is_file and out is None:
        raise OptionError("answering a whole corpus takes a file to write to; give --out answers.jsonl")
    decoding = Decoding(max_new_tokens, samples, temperature, batch_size, seed, with_rationale, adaptive_stop,
                        device)  # fmt: skip
    records = list(read_records(question)) if is_file else None
    if adaptive_stop:
        check_votes(dict.fromkeys(record.task for record in records or ()))
    method, students, task = load_trained(student, device, trust_remote_code=trust_remote_code)
    asked = with_demonstrations(method, records or [Record("question", task, question)], demonstrations, seed)
    answers = answer_questions(method, students, asked, decoding, str(student), progress())
    if out is not None:
        count = write_answers(out, answers)
        console.print(f"{count} answers to {len(asked)} questions: {out}")
    else:
        readings = [strict_answer(get_task(task), one, method.reader) for one in answers]
        for one, read in zip(answers, readings, strict=True):
            console.print(one.text.strip(), markup=False)
            console.print(f"answer: {read or 'none was read'} ({one.tokens} tokens, {one.finish})")
        if samples > 1:
            chosen, votes = vote(get_task(task), readings)
            console.print(f"vote: {chosen or 'none was read'} ({votes} of {len(answers)} samples)")
    if samples > 1:
        console.print(_spent(answers, len(asked) * samples))


def with_demonstrations(method: Method, asked: Sequence[Record], file: Path | None, seed: int) -> list[Record]:
    """The questions behind the demonstrations that the method shows, drawn from a file of solved questions.

    Raises OptionError where the file is missing or has no use, InputError for a question to be answered in it.
    """
    from smallsteps.errors import OptionError
    from smallsteps.methods import demonstration_pool, refuse_test_questions
    from smallsteps.records import read_records

    solved = [] if file is None else list(read_records(file))
    pool = demonstration_pool(method, solved)
    if pool is None and file is not None:
        raise OptionError(f"--demonstrations {file}: this student was taught without demonstrations; leave it out")
    if pool is None:
        return list(asked)
    if file is None:
        raise OptionError(f"this student was taught to read {pool.count} solved questions before each question; give "
                          "a corpus of them with --demonstrations FILE")  # fmt: skip
    refuse_test_questions(solved, asked, file)
    return [pool.shown(record, seed, "test") for record in asked]


def _spent(answers: Sequence[Answer], of: int) -> str:
    """Samples and tokens that a corpus took."""
    questions = len({answer.id for answer in answers})
    tokens = sum(answer.tokens for answer in answers)
    return (f"{len(answers) / questions:.1f} samples and {tokens / questions:.1f} tokens a question; "
            f"{len(answers)} of {of} samples were drawn ({100 * (1 - len(answers) / of):.1f} % saved)")  # fmt: skip
