"""AQUA-RAT: algebra questions with choices and human rationales."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from smallsteps.errors import FileError
from smallsteps.formats import Format, Part, Row, check_file, each_row, read_rows
from smallsteps.formats._choices import with_choices, without_letter
from smallsteps.formats._naming import files_of_part, identity
from smallsteps.records import Rationale, Record, read_lines


@dataclass(frozen=True)
class Aqua(Format):
    """AQUA-RAT, in its authors' JSON lines and in the tab-separated file of the Flan collection.

    JSON lines: `{question, options: ["A)32400", …], rationale, correct}`. Tab-separated, no header, line breaks
    written as `\\n`: question with its `Options:`, answer `(C)`, rationale. Both become the wording of the
    Fine-tune-CoT data sets, `… Answer choices: (A) 32400, (B) 6000.`, so that a question has one identity. A
    rationale that holds nothing but line breaks is no rationale.
    """

    def read(self, files: Sequence[Path], part: Part | None) -> Iterator[Record]:
        """A record a row, with its human rationale. File names tell the part (`dev` is neither)."""
        for file in files_of_part(files, part):
            check_file(file, self)
            rows = _table(file) if file.suffix == ".tsv" else read_rows(file, self)
            yield from each_row(file, rows, _record)

    def looks_like(self, row: object) -> bool:
        """`options` and `correct`, or three cells of which the first holds `Options:`."""
        if isinstance(row, list):
            return len(row) == 3 and "Options:" in str(row[0])
        return isinstance(row, dict) and {"options", "correct"} <= set(row)


def _record(index: int, row: Row) -> Record:
    choices = tuple(without_letter(option) for option in row.texts("options"))
    question = with_choices(row.text("question"), choices)
    gold = row.scalar("correct")
    human = Rationale((row.maybe("rationale") or "").strip(), answer=gold, teacher="human")
    name = identity("aqua", row.path.stem, index)
    return Record(name, "aqua", question, gold, choices, (human,), {"source": row.source})


def _table(file: Path) -> Iterator[Row]:
    for number, line in read_lines(file):
        # Quotes are ordinary characters in this file, so it is not read as CSV.
        cells = [cell.replace("\\n", "\n") for cell in line.rstrip("\r\n").split("\t")]
        if len(cells) != 3:
            raise FileError(file, f"expected three cells between tabs, found {len(cells)}", line=number)
        question, mark, options = cells[0].rpartition("\nOptions:\n")
        if not mark:
            raise FileError(file, "expected 'Options:' behind the question, found none", line=number, field="question")
        choices = re.split(r"\n(?=\([A-Z]\))", options)
        yield Row(file, number, {"question": question, "options": choices, "correct": cells[1], "rationale": cells[2]})
