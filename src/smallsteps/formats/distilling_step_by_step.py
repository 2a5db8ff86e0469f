"""PaLM rationales in lists beside the questions, as published with "Distilling Step-by-Step!"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from smallsteps.errors import FileError
from smallsteps.formats import Format, Part, Row, check_file, json_values, read_rows
from smallsteps.formats._arithmetic import value_of
from smallsteps.formats._choices import letter_of, with_choices
from smallsteps.formats._naming import files_of_part, identity, part_of_file, task_of
from smallsteps.formats._oddities import OddRows
from smallsteps.records import Rationale, Record

_RUN_ON = "\n\nQ:"
_EQUATION = re.compile(r"[Aa]nswer is ([-+*/().\d\s]*\d[)\s]*)\.?\s*\Z")
_LONGEST_EQUATION = 300


@dataclass(frozen=True)
class DistillingStepByStep(Format):
    """Questions, and PaLM rationales in parallel lists (Distilling Step-by-Step).

    `cqa/cqa_train.json`: `{question, choices, answer}` a line, the answer spelled out; it becomes a choice letter.
    `svamp/svamp_train.json`: `{input, label}` a line, the label an equation; it becomes its value, and so does the
    equation with which a rationale ends. `llm/train_CoT_0.json`, `…_1.json`: lists of texts, which belong to the
    questions in order; they are found in `llm/` beside the questions. Texts run on into an invented next question
    and are cut at the first `\\n\\nQ:`. `SVAMP.json` (`{Body, Question, Answer}`) has questions only.
    """

    task: str | None = None
    """The task, where the file's name does not tell it."""

    def read(self, files: Sequence[Path], part: Part | None) -> Iterator[Record]:
        """A record a question. File names tell the part."""
        questions = [file for file in files if "_CoT_" not in file.name]
        if not questions:
            raise FileError(files[0], "these are the rationales alone; name their questions (…_train.json), "
                            "the  rationales in llm/ beside it are found")  # fmt: skip
        for file in files_of_part(questions, part):
            yield from self._questions(file, _texts_of(file, [name for name in files if "_CoT_" in name.name]))

    def looks_like(self, row: object) -> bool:
        """Choices with an answer spelled out, an input with an equation, or SVAMP's own fields."""
        if not isinstance(row, dict):
            return False
        listed = {"question", "choices", "answer", "abstractive_explanation"} <= set(row)
        return listed or set(row) == {"input", "label"} or {"Body", "Question", "Answer"} <= set(row)

    def _questions(self, file: Path, lists: Sequence[Path]) -> Iterator[Record]:
        check_file(file, self)
        task = task_of(file, self.task)
        texts = (text for path in lists for text in _texts(path))
        count, odd = 0, OddRows(file)
        for count, row in enumerate(read_rows(file, self), start=1):
            text = next(texts, None) if lists else ""
            if text is None:
                raise FileError(lists[-1], f"the lists hold {count - 1} rationales and end here, but {file} has more "
                                "questions; name all lists of the part")  # fmt: skip
            try:
                record = _record(row, task, identity(task, file.stem, count - 1), text.partition(_RUN_ON)[0].strip())
            except FileError as error:
                odd.met(error)
                continue
            odd.fine()
            yield record
        odd.end()
        if next(texts, None) is not None:
            raise FileError(lists[-1], f"the lists hold more rationales than {file} has questions ({count}); name the "
                            "lists of this part only")  # fmt: skip


def _texts_of(file: Path, given: Sequence[Path]) -> list[Path]:
    part = part_of_file(file)
    folder = file.parent / "llm"
    lists = list(given) or (sorted(folder.iterdir()) if folder.is_dir() else [])
    return sorted((path for path in lists if re.fullmatch(rf"{part}_CoT_\d+\.json", path.name)), key=_number)


def _number(path: Path) -> int:
    return int(path.stem.rpartition("_")[2])


def _texts(path: Path) -> Iterator[str]:
    for line, value in json_values(path):
        if not isinstance(value, str):
            raise FileError(path, "expected a list of texts", line=line)
        yield value


def _record(row: Row, task: str, name: str, text: str) -> Record:
    question, gold, choices = _question(row)
    equation = _EQUATION.search(text, max(0, len(text) - _LONGEST_EQUATION)) if choices is None else None
    answer = value_of(equation[1]) if equation else None
    rationales = (Rationale(text, answer=answer, model="PaLM-540B"),) if text else ()
    return Record(name, task, question, gold, choices, rationales, {"source": row.source})


def _question(row: Row) -> tuple[str, str, tuple[str, ...] | None]:
    if "choices" in row.data:
        choices = tuple(row.texts("choices"))
        letter = letter_of(row.text("answer"), choices)
        if letter is None:
            raise row.error("is none of the choices", "answer")
        return with_choices(row.text("question"), choices), letter, choices
    if "Body" in row.data:
        return f"{row.text('Body').strip()} {row.text('Question').strip()}", row.scalar("Answer"), None
    gold = value_of(row.text("label"))
    if gold is None:
        raise row.error(f"expected an equation, found '{row.text('label')}'", "label")
    return row.text("input"), gold, None
