"""Ten ChatGPT rationales a question, as published with "Deductive Verification of Chain-of-Thought Reasoning"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from smallsteps.formats import Format, Part, Row, check_file, each_row, read_rows
from smallsteps.formats._naming import no_parts, task_of
from smallsteps.records import Rationale, Record


@dataclass(frozen=True)
class VerifyCot(Format):
    """Ten ChatGPT rationales a question, right and wrong: `{question, final_answer, example_idx, model_outputs: [10],
    pred_answers: [10], per_sample_correct: [10]}` (verify_cot).

    Dates are asked for as MM/DD/YYYY here (the task `date_free`), and as a choice letter in the Fine-tune-CoT data
    set, of which `example_idx` is the row number. Both parts are in the file: drop the test questions with `--against`.
    """

    task: str | None = None
    """The task, where the file's name does not tell it."""

    def read(self, files: Sequence[Path], part: Part | None) -> Iterator[Record]:
        """A record a row, each rationale with the answer that its authors read."""
        no_parts("verify_cot", part)
        for file in files:
            check_file(file, self)
            named = task_of(file, self.task)
            # Dates have no choices in this layout.
            task = "date_free" if named == "date_understanding" and self.task is None else named
            yield from each_row(file, read_rows(file, self), partial(_record, task))

    def looks_like(self, row: object) -> bool:
        """`model_outputs` and `pred_answers`."""
        return isinstance(row, dict) and {"model_outputs", "pred_answers"} <= set(row)


def _record(task: str, _: int, row: Row) -> Record:
    outputs, answers = row.texts("model_outputs"), row.texts("pred_answers")
    if len(outputs) != len(answers):
        raise row.error(
            f"expected one answer for each of the {len(outputs)} outputs, found {len(answers)}", "pred_answers"
        )
    index = row.scalar("example_idx")
    rationales = tuple(Rationale(text.strip(), answer=answer, model="gpt-3.5-turbo")
                       for text, answer in zip(outputs, answers, strict=True))  # fmt: skip
    return Record(f"{task}-{index}", task, row.text("question"), row.scalar("final_answer"), rationales=rationales,
                  meta={"source": row.source, "index": int(index)})  # fmt: skip
