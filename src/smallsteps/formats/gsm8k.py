"""GSM8K as its authors published it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from smallsteps.formats import Format, HoldsSolutions, Part, Row, Solution, each_row, read_rows
from smallsteps.formats._naming import files_of_part, identity
from smallsteps.records import Rationale, Record

ARMS = ("6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification")
_MARKS = re.compile(r"<<[^<>]*>>")


@dataclass(frozen=True)
class Gsm8k(Format, HoldsSolutions):
    """GSM8K with human steps: `{question, answer}` a line, the answer being steps, then `#### 72`.

    The calculator marks of the steps (`<<48/2=24>>`) are no words and are cut out of the rationale; the number behind
    `####` is the gold answer and the rationale's. `example_model_solutions.jsonl` holds the test questions with the
    outputs of four models, each with the publisher's verdict: `--answers FILE` writes those as an answers file, whose
    answers stand behind the last `A:`.
    """

    def read(self, files: Sequence[Path], part: Part | None) -> Iterator[Record]:
        """A record a line, with its human rationale. File names tell the part."""
        for file in files_of_part(files, part):
            yield from each_row(file, read_rows(file, self), _record)

    def looks_like(self, row: object) -> bool:
        """An answer with `####`, or solutions of several models with verdicts."""
        if not isinstance(row, dict):
            return False
        solutions = {"question", "ground_truth"} <= set(row)
        return solutions or (set(row) == {"question", "answer"} and "####" in str(row["answer"]))

    def solutions(self, files: Sequence[Path]) -> Iterator[Solution]:
        """The four models' outputs for each question, as they were written, marks and all."""
        for file in files:
            for index, row in enumerate(read_rows(file, self)):
                for arm in ARMS:
                    yield _solution(row, identity("gsm8k", file.stem, index), arm)


def _record(index: int, row: Row) -> Record:
    field, marker = ("ground_truth", "\nA:") if "ground_truth" in row.data else ("answer", "####")
    steps, found, answer = row.text(field).rpartition(marker)
    if not found:
        raise row.error(f"expected steps, then '{marker.strip()} NUMBER'; found no such mark", field)
    human = Rationale(_MARKS.sub("", steps).strip(), answer=answer.strip(), teacher="human")
    name = identity("gsm8k", row.path.stem, index)
    return Record(name, "gsm8k", row.text("question"), answer.strip(), rationales=(human,),
                  meta={"source": row.source})  # fmt: skip


def _solution(row: Row, name: str, arm: str) -> Solution:
    output = row.value(arm)
    if not isinstance(output, dict):
        raise row.error("expected an object {is_correct, solution}", arm)
    inner = Row(row.path, row.line, output)
    return Solution(name, "gsm8k", arm, row.text("question"), inner.text("solution"), inner.flag("is_correct"))
