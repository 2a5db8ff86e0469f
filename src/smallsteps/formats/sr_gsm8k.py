"""gpt-5.1 rationales in five styles for GSM8K train questions, as published with SR-GSM8K."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from smallsteps.errors import OptionError
from smallsteps.formats import Format, Part, Row, each_row, read_rows
from smallsteps.records import Rationale, Record


@dataclass(frozen=True)
class SrGsm8k(Format):
    """gpt-5.1 rationales for GSM8K train questions: `{index, question, gold, prompt_strategy, response_rationale,
    response_ans}` a line, one file a style.

    Give all files at once: the styles of a question become the rationales of one record, `teacher` being the style.
    A rationale that is an object of named steps becomes one line a step, without the names (`Understanding`,
    `step_one`, …). `filtered_intersection` repeats the style `normal`; its copies are dropped. The style `noisy` is a
    prompt format, not corrupted text.
    """

    def read(self, files: Sequence[Path], part: Part | None) -> Iterator[Record]:
        """A record a row; the importer joins the rows of a question. All questions are of GSM8K's train part."""
        if part == "test":
            raise OptionError("--part test: SR-GSM8K holds train questions of GSM8K only; leave --part out")
        for file in files:
            yield from each_row(file, read_rows(file, self), lambda _, row: _record(row))

    def looks_like(self, row: object) -> bool:
        """`response_rationale` and `response_ans`."""
        return isinstance(row, dict) and {"response_rationale", "response_ans"} <= set(row)


def _record(row: Row) -> Record:
    index = re.sub(r"\D+", "", row.text("index"))
    style = row.text("prompt_strategy").lower().replace("-", "")
    rationale = Rationale(_text(row), answer=row.scalar("response_ans"), teacher=style, model=row.maybe("model"))
    return Record(f"gsm8k-sr-{index}", "gsm8k", row.text("question"), row.scalar("gold"), rationales=(rationale,),
                  meta={"source": row.source})  # fmt: skip


def _text(row: Row) -> str:
    value = row.value("response_rationale")
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, dict) and all(isinstance(step, str) for step in value.values()):
        return "\n".join(step.strip() for step in value.values())
    raise row.error("expected text, or an object of named steps that are text", "response_rationale")
