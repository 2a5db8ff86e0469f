"""Writes docs/formats.md: the layouts from their docstrings, and what every corpus file of a data folder holds.

python docs/make_formats.py --data ../shared/data/raw
"""

from __future__ import annotations

import argparse
import inspect
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from smallsteps.corpus.import_counts import ImportCounts
from smallsteps.corpus.importing import ImportOptions, import_corpus, make_layout
from smallsteps.corpus.leaks import TestQuestions, read_test_questions
from smallsteps.errors import OptionError, SmallstepsError
from smallsteps.formats import FORMATS, Format, Part, first_value, layouts_like
from smallsteps.records import read_records

HEAD = """# Layouts

Written by `python docs/make_formats.py --data FOLDER`; edit the docstrings, not this page.

`smallsteps import FORMAT FILES… [--task NAME] [--part train|test] [--against FILE] [-o corpus.jsonl]` reads a layout;
`smallsteps export FORMAT CORPUS -o FILE` writes those that can be written. An option of a layout is given as
`--set NAME=VALUE`. A layout of your own is one file with one class: `smallsteps import my_layout.py:MyLayout FILES…`.

What an import does with every question, and how the table calls it:

- **no output**: a rationale without text, or a question whose rationales all were.
- **gold answer unreadable**: the task reads no answer from the gold field; usually the wrong task.
- **in the test part**: the question stands in a file named by `--against`. Questions are the same when their letters,
  digits and signs are, whatever prompt is put around them; a question asked with choices and the same one asked
  freely are the same too.
- **repeated: joined**: a question came again, and its rationales were put with the first.
- **repeated with another gold answer**: a question came again and contradicts the first; it is left out.
- **copied from another file**: a rationale stood, the same in every field, in another file. Within a file equal
  rationales are kept: that is how a teacher draws.
- A rationale's answer is the source's own field where it has one, else it is read from the text.

Memory stays bounded for any number of rows, as JSON lines or as one JSON array; some 400 bytes a question are kept, to
know it again. A pretty-printed single object (a split, a file of prompts) is read whole.
"""

SURVEY = """## Every corpus file of the data folder

*repeated: joined* counts the rows of a question but the first. *In a test part* counts questions that stand in the test
split of Fine-tune-CoT for their task, which `--against` drops.
"""

AGREEMENT = """
## How well the answers of texts are read

Sources that record the answer of each rationale in a field, and what is read from the text alone. A text states its
answer *plainly* in the task's form behind an answer phrase (`#### 72`, `the answer is (B)`), or with a single candidate
in its last sentence; *otherwise*, several candidates stand there, or it is found further above. *No answer recorded*:
the field holds none in the task's form (`No answer!`, `it depends`). *Read right* counts, besides those that agree with
the field, the readings that say what the text says where the field does not.

Left out: GSM8K's human steps come without their `#### 72`, which is the field itself; copies of other files
(`filtered_intersection`); Distilling Step-by-Step, which records no answers (ours are the values of its equations). The
field of Mentor-KD's test rows is not from the text: the teacher was asked again for it. The rules of reading were
written with these texts at hand, so texts of other sources may agree less.
"""

DISAGREEMENTS = """
Every disagreement is listed in `tests/golden/disagreements.jsonl` with who is right, the field or our reading of the
text:
"""

TAIL = """
Learning from Committee records votes, not answers: `correct_rationale` holds the texts to which two peers gave at least
7 of 10 points together (all but one). The vote and our verdict about the text's answer differ in {votes} of 1 161
texts; {wrong} of them we read wrongly.

Where we differ from a publisher's verdict about the outputs of models, `tests/golden/verdicts.jsonl` says who is right:
7 of 1 173 test rows of Mentor-KD, none of the 5 276 GSM8K model solutions, none of the 3 690 of verify_cot. In
Mentor-KD, 22 of the 2 304 rationales for choice letters count as right and are not: the authors' reader took the C of
"Catch-22" for a letter.
"""


@dataclass(frozen=True)
class Line:
    """One line of the table of corpus files."""

    file: str
    layout: str
    part: str
    tally: ImportCounts
    leaks: str


def layouts() -> Iterator[str]:
    """A section for each layout: its docstring and its options."""
    for name in FORMATS.names():
        kind = FORMATS.get(name)
        writable = " (import and export)" if kind.write is not Format.write else ""
        yield f"## {name.replace('_', '-')}{writable}\n\n{inspect.getdoc(kind)}\n"
        told = field_docs(kind)
        if told:
            yield "\n".join(f"- `--set {option}=…`: {text}" for option, text in told.items()) + "\n"


def field_docs(kind: type[Format]) -> dict[str, str]:
    """The text under each field of a class, as it stands in its source."""
    import ast

    body = ast.parse(inspect.getsource(inspect.getmodule(kind))).body  # type: ignore[arg-type]
    own = next(node for node in body if isinstance(node, ast.ClassDef) and node.name == kind.__name__)
    known = {item.name for item in fields(kind)}
    told = {}
    for field, text in zip(own.body, own.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr) and isinstance(field.target, ast.Name):
            told[field.target.id] = str(ast.literal_eval(text.value)) if field.target.id in known else ""
    return told


def corpus_files(data: Path) -> Iterator[tuple[Path, str]]:
    """Every file that a layout knows by its first row, with the name of the layout; splits and bare lists are none."""
    for file in sorted(data.rglob("*")):
        if file.suffix in (".json", ".jsonl", ".tsv", ".csv", ".parquet") and "__" not in file.stem:
            names = layouts_like(first_value(file))
            if names:
                yield file, names[0]


def survey(data: Path) -> Iterator[Line]:
    """What each corpus file holds; data sets with parts inside, part by part."""
    held_out = test_parts(data)
    for file, name in corpus_files(data):
        for part in parts_inside(file, name):
            yield line(data, [file], name, part, held_out)
    styles = sorted(data.glob("sr_gsm8k/*.jsonl"))
    if styles:
        yield line(data, styles, "sr_gsm8k", None, held_out)


def parts_inside(file: Path, name: str) -> Sequence[Part | None]:
    """The parts of a reasoning-teacher data set with a split; one nameless part for other files."""
    if name != "reasoning_teacher" or file.stem == "few_shot_cot_prompts":
        return (None,)
    return ("test",) if file.stem.endswith("_test_only") else ("train", "test")


def test_parts(data: Path) -> dict[str, TestQuestions]:
    """The test questions of each task, from the splits of reasoning-teacher."""
    files = [file for file, name in corpus_files(data) if name == "reasoning_teacher" and "few_shot" not in file.stem]
    known = {file.stem.removesuffix("_test_only"): read_test_questions([file]) for file in files}
    return known | {"date_free": known["date_understanding"]} if "date_understanding" in known else known


def line(data: Path, files: Sequence[Path], name: str, part: Part | None, held_out: dict[str, TestQuestions]) -> Line:
    """One import, and how many of its questions stand in the test part of their task."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "corpus.jsonl"
        tally = import_corpus(make_layout(name), files, out, ImportOptions(part))
        records = list(read_records(out))
    checked = [held_out[record.task] for record in records if record.task in held_out]
    leaks = sum(record.question in held_out.get(record.task, ()) for record in records)
    told = str(files[0].relative_to(data)) if len(files) == 1 else f"{files[0].parent.relative_to(data)}/ (all files)"
    return Line(told, name, part or "", tally, str(leaks) if checked else "no test part")


def survey_table(lines: Iterable[Line]) -> str:
    """The table of corpus files in Markdown."""
    rows = ["| file | layout | part | task | questions | rationales | right | dropped and why | in a test part |",
            "|---|---|---|---|---:|---:|---:|---|---:|"]  # fmt: skip
    for one in lines:
        tally = one.tally
        tasks = ", ".join(sorted(tally.tasks)) if len(tally.tasks) < 4 else f"{len(tally.tasks)} tasks"
        dropped = [f"{count.questions or count.rationales} {reason}" for reason, count in tally.dropped.items()]
        right = f"{tally.right} ({tally.right / tally.judged:.1%})" if tally.judged else ""
        cells = (one.file, one.layout.replace("_", "-"), one.part, tasks, tally.written.questions,
                 tally.written.rationales or "", right, "; ".join(dropped), one.leaks)  # fmt: skip
        rows.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(rows)


def agreement_section(data: Path) -> Iterator[str]:
    """How our readings compare with what the sources record."""
    from agreement import VOTES, compare, listed, table, why_table

    votes = [case["right"] for case in listed() if case["file"] == VOTES]
    yield AGREEMENT
    yield table(list(compare(data)))
    yield DISAGREEMENTS
    yield why_table(listed())
    yield TAIL.format(votes=len(votes), wrong=votes.count("field"))


def main() -> None:
    """Write docs/formats.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder with the published corpora")
    options = parser.parse_args()
    if not options.data.is_dir():
        raise OptionError(f"--data {options.data}: there is no such folder")
    page = [
        HEAD,
        *layouts(),
        SURVEY,
        survey_table(survey(options.data)),
        *agreement_section(options.data),
    ]
    target = Path(__file__).parent / "formats.md"
    target.write_text("\n".join(page), encoding="utf-8")
    sys.stdout.write(f"{target}: {len(FORMATS.names())} layouts\n")


if __name__ == "__main__":
    try:
        main()
    except SmallstepsError as error:
        raise SystemExit(str(error)) from None
