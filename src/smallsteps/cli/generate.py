"""`smallsteps generate`: questions with known answers, and rationales by the rule-based teacher."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from smallsteps.generators import Generator, Part
    from smallsteps.records import Record

STEPS = "Fewest and most steps per question, such as 2-3; short for --set steps=2-3."
LARGEST = "The largest number in a question; short for --set largest=50."
SETTINGS = "An option of the generator, NAME=VALUE; may be repeated. A wrong name lists all options."
_PARTS = ("train", "test")


def generate(
    task: Annotated[str, typer.Argument(metavar="TASK", help="The generator (smallsteps list generators).")],
    number: Annotated[int, typer.Option("--number", "-n", min=1, help="Number of questions.")] = 1000,
    out: Annotated[Path, typer.Option("--out", "-o", help="The corpus to write.")] = Path("corpus.jsonl"),
    seed: Annotated[int, typer.Option(help="Random seed; the same seed gives the same corpus.")] = 0,
    part: Annotated[str, typer.Option(help="train or test; the two never share a question.")] = "train",
    rationales: Annotated[int, typer.Option(min=0, help="Rationales per question.")] = 1,
    error_rate: Annotated[float, typer.Option(help="Share of rationales that end in a wrong answer.")] = 0.0,
    steps: Annotated[str | None, typer.Option(help=STEPS)] = None,
    largest: Annotated[str | None, typer.Option(help=LARGEST)] = None,
    settings: Annotated[list[str] | None, typer.Option("--set", help=SETTINGS)] = None,
) -> None:
    """Generate questions with known answers, each with rationales in different wordings."""
    from smallsteps.cli._console import out as console
    from smallsteps.cli._console import progress
    from smallsteps.errors import OptionError
    from smallsteps.generators import make_generator
    from smallsteps.progress import tracked
    from smallsteps.records import write_records
    from smallsteps.teachers.rule_based import RuleBased

    if part not in _PARTS:
        raise OptionError(f"--part is '{part}'; expected train or test")
    shorthands = {"steps": steps, "largest": largest}
    options = {name: value for name, value in shorthands.items() if value is not None} | _options(settings or [])
    generator = make_generator(task, options)
    teacher = RuleBased(error_rate)
    side: Part = "test" if part == "test" else "train"
    tally: Counter[str] = Counter()
    told = _with_rationales(generator, teacher, number, seed, side, rationales)
    records = tracked(_counted(told, tally), progress(), f"generating {task}", number)
    write_records(out, records)
    console.print(tally_table(tally, out))


def _options(settings: Sequence[str]) -> dict[str, Any]:
    from smallsteps.errors import OptionError

    pairs = [setting.partition("=") for setting in settings]
    for name, equals, value in pairs:
        if not (name and equals and value):
            raise OptionError(f"--set {name}{equals}{value}: expected NAME=VALUE, such as --set largest=20")
    return {name.strip(): value.strip() for name, _, value in pairs}


def _with_rationales(
    generator: Generator, teacher: Any, number: int, seed: int, part: Part, count: int
) -> Iterator[Record]:
    from dataclasses import replace

    for record in generator.records(number, seed, part):
        for _, told in teacher.rationales([record], count, seed):
            yield replace(record, rationales=tuple(told))


def _counted(records: Iterator[Record], tally: Counter[str]) -> Iterator[Record]:
    """The records, counting questions, rationales and groups on the way."""
    for record in records:
        tally["questions"] += 1
        tally["rationales"] += len(record.rationales)
        tally["right"] += sum(rationale.correct is True for rationale in record.rationales)
        tally["distinct"] += len({rationale.text for rationale in record.rationales})
        if "group" in record.meta:
            tally[f"group {record.meta['group']}"] += 1
        yield record


def tally_table(tally: Counter[str], out: Path) -> Any:
    """The counts of what was written."""
    from smallsteps.cli._console import table

    told = tally["rationales"]
    rows: list[tuple[str, str]] = [("questions", f"{tally['questions']}")]
    rows += [(name, str(count)) for name, count in sorted(tally.items()) if name.startswith("group ")]
    rows.append(("rationales", str(told)))
    if told:
        rows.append(("distinct rationales", str(tally["distinct"])))
        rows.append(("right rationales", f"{tally['right']} ({tally['right'] / told:.1%})"))
    return table(f"wrote {out}", ("what", "count"), rows)
