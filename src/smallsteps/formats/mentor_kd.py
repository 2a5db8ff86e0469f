"""GPT-3.5 rationales, as published with Mentor-KD."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from smallsteps.errors import OptionError
from smallsteps.formats import Format, Part, Row, check_file, each_row, read_rows
from smallsteps.formats._naming import identity, part_of_file, task_of
from smallsteps.records import Rationale, Record


@dataclass(frozen=True)
class MentorKd(Format):
    """Chains of GPT-3.5 for the train and test questions of the Fine-tune-CoT splits (Mentor-KD).

    `TASK_3_train.json`: one row a rationale, `{input, chain, answer, initial_correct}`, three right ones a question:
    the authors kept those that reach the gold `answer`. `TASK_test.json` adds `completion`, what the teacher wrote
    behind "the answer is", and keeps the wrong ones. `TASK_6.json`: one row a question, `{instruction, output: [6],
    label}`, the raw samples of the train questions; their answers are read from the text. Rows without output bring
    no rationale.
    """

    task: str | None = None
    """The task, where the file's name does not tell it."""

    def read(self, files: Sequence[Path], part: Part | None) -> Iterator[Record]:
        """A record a row; the importer joins the rows of a question."""
        chosen = [file for file in files if part is None or _part(file) == part]
        if not chosen:
            raise OptionError(f"--part {part}: the files hold the other part ({', '.join(map(str, files))})")
        for file in chosen:
            check_file(file, self)
            task = task_of(file, self.task)
            yield from each_row(file, read_rows(file, self), partial(_record, task))

    def looks_like(self, row: object) -> bool:
        """A `chain` for an `input`, or an `output` for an `instruction` with a `label`."""
        return isinstance(row, dict) and (
            {"input", "chain"} <= set(row) or {"instruction", "output", "label"} <= set(row)
        )


def _part(file: Path) -> Part:
    return part_of_file(file) or "train"  # `_6` holds the raw samples of the train questions


def _record(task: str, index: int, row: Row) -> Record:
    name = identity(task, row.path.stem, index)
    meta = {"source": row.source}
    if "instruction" in row.data:
        # A row without output keeps an empty rationale here, which the importer drops and counts.
        samples = [Rationale(text.strip(), model="gpt-3.5-turbo") for text in row.texts("output") or [""]]
        return Record(name, task, row.text("instruction"), row.scalar("label"), rationales=tuple(samples), meta=meta)
    gold = row.scalar("answer")
    answer = row.maybe("completion") or (gold if row.flag("initial_correct") else None)
    chain = re.sub(r"\A\s+|\s+\Z", "", row.text("chain"))
    only = Rationale(chain, answer=answer, model="gpt-3.5-turbo")
    return Record(name, task, row.text("input"), gold, rationales=(only,), meta=meta)
