"""Rows of any columns: JSON, JSON lines, Parquet, CSV, packed or not, or a data set by its id."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

from smallsteps.files import bare_stem
from smallsteps.formats import PARQUET_COLUMNS, Format, Identities, Part, Row, each_row
from smallsteps.formats._cells import sheet_rows
from smallsteps.formats._chat import are_messages, turn
from smallsteps.formats._choices import asked_with, choices_of, gold_of
from smallsteps.formats._columns import Columns, columns_of, guess
from smallsteps.formats._hub import hub_rows, is_dataset_id
from smallsteps.formats._naming import identity, no_parts, task_of
from smallsteps.formats._oddities import tell, tell_unused
from smallsteps.formats._paths import MISSING, at, texts_in
from smallsteps.formats._rows import is_table, plain_rows
from smallsteps.formats._table import rationale_said
from smallsteps.records import Rationale, Record
from smallsteps.tasks import get_task
from smallsteps.text.reader import ANY

_LOOKED_AT = 100
_LONGEST_META = 500


@dataclass(frozen=True)
class Json(Format):
    """Rows of any columns: JSON, JSON lines, Parquet or CSV, `.gz` and `.zst` as well, or a data set's id.

    The columns are guessed and the guess is told: chats (`{messages}`, ShareGPT's `{conversations}`), Alpaca's
    `{instruction, input, output}`, `{problem, solution, generation}`, `{question, answer, rationale}` and the like. An
    option names a column instead, as a path: `question`, `data.problem`, `messages.0.content`, `samples.*.text` (every
    item of a list); `-` leaves one out. A list in the column of the rationale is several rationales. Thoughts, in a
    column of their own or between marks such as `<think>`, are the rationale, with the reply beside them. Where the
    only answer stands in a human `solution`, that is the gold answer, if the solution announces it. Further columns
    are kept under `meta` where they are short, and named where they are not.
    """

    task: str | None = None
    """The task, where the file's name does not tell it."""
    question: str = ""
    """The column with the question."""
    answer: str = ""
    """The column with the gold answer."""
    rationale: str = ""
    """The column with what a model wrote."""
    thoughts: str = ""
    """The column with a model's thoughts, where they stand apart from its reply."""
    choices: str = ""
    """The column with the choices."""
    id: str = ""
    """The column with an id for each question."""
    config: str | None = None
    """The configuration of a data set."""

    def read(self, files: Sequence[Path], part: Part | None) -> Iterator[Record]:
        """A record a row; the importer joins the rows of a question. `part` is a split of a data set."""
        for file in files:
            path, rows = self._rows(file, part)
            head = list(islice(rows, _LOOKED_AT))
            found = columns_of(path, head, self._named())
            tell(f"{path.name} is {found.told()}")
            unused = [str(name) for name in dict.fromkeys(name for row in head for name in row.data)
                      if name not in found.heads() and name != "task"]  # fmt: skip
            tell_unused(path, unused, "kept under meta where they are short")
            yield from each_row(path, chain(head, rows), self._maker(found, Identities()))

    def looks_like(self, row: object) -> bool:
        """A question, and an answer or a rationale to it, under names that are guessed."""
        return isinstance(row, dict) and PARQUET_COLUMNS not in row and guess(row) is not None

    @property
    def general(self) -> bool:
        """Yes: a layout that knows the file's own columns goes before it."""
        return True

    def _named(self) -> Columns:
        return Columns(self.question, self.answer, self.rationale, self.thoughts, self.choices, self.id)

    def _rows(self, file: Path, part: Part | None) -> tuple[Path, Iterator[Row]]:
        if is_dataset_id(file):
            name, _, revision = str(file).partition("@")
            path, split = Path(name), part or "train"
            rows = enumerate(hub_rows(name, self.config, split, revision or None), start=1)
            return path, (Row(path / split, number, row) for number, row in rows)
        no_parts("json", part)
        return file, sheet_rows(file, "", lambda names: None) if is_table(file) else plain_rows(file)

    def _maker(self, columns: Columns, identities: Identities) -> Callable[[int, Row], Record]:
        return lambda index, row: self._record(row, index, columns, identities)

    def _record(self, row: Row, index: int, columns: Columns, identities: Identities) -> Record:
        given = row.data.get("task")
        task = given if isinstance(given, str) and given and self.task is None else task_of(row.path, self.task)
        question, rationales = _said(row, columns)
        choices, labels = choices_of(row, _value(row, columns.choices), columns.choices)
        gold, human = _gold(row, columns, task)
        if human is not None and not rationales:
            rationales = (human,)
        own = identities.given(_one(row, columns.id), question) or identity(task, bare_stem(row.path), index)
        asked = asked_with(question, choices) if choices else question
        return Record(own, task, asked, gold_of(gold, choices, labels, task), choices or None, rationales,
                      {"source": row.source} | _meta(row, columns))  # fmt: skip


def _value(row: Row, path: str) -> Any:
    value = at(row.data, path) if path else None
    return None if value is MISSING else value


def _one(row: Row, path: str) -> str | None:
    """The single text or number at a path."""
    return Row(row.path, row.line, {path: _value(row, path)}).answer(path) if path else None


def _said(row: Row, columns: Columns) -> tuple[str, tuple[Rationale, ...]]:
    """The question, and what a model wrote to it."""
    if columns.messages:
        said = turn(row, row.items(columns.messages), columns.messages)
        return said.question, (rationale_said(said.thoughts, said.reply),)
    prompt, reply = _value(row, columns.question), _value(row, columns.rationale)
    if are_messages(prompt) and are_messages(reply):
        said = turn(row, prompt + reply, columns.question)
        return said.question, (rationale_said(said.thoughts, said.reply),)
    question = _one(row, columns.question)
    if question is None or not question.strip():
        raise row.error("expected the question's text, found nothing", columns.question)
    more = (_one(row, columns.more) or "").strip()
    thoughts, written = _texts(row, columns.thoughts), _texts(row, columns.rationale)
    if thoughts and written and len(thoughts) != len(written):
        raise row.error(f"expected as many thoughts as rationales, found {len(thoughts)} and {len(written)}",
                        columns.thoughts)  # fmt: skip
    count = max(len(thoughts), len(written))
    pairs = zip(thoughts or [""] * count, written or [""] * count, strict=True)
    return (f"{question.strip()}\n{more}" if more else question), tuple(rationale_said(*pair) for pair in pairs)


def _texts(row: Row, path: str) -> list[str]:
    found = texts_in(_value(row, path))
    if found is None:
        raise row.error("expected text, a list of texts, or objects with text", path)
    return found


def _gold(row: Row, columns: Columns, task: str) -> tuple[str | None, Rationale | None]:
    """The gold answer, and the human solution that leads to it: behind `####`, or in a column of its own."""
    gold = _one(row, columns.answer)
    if gold is not None and "####" in gold:
        steps, _, answer = gold.rpartition("####")
        return answer.strip(), Rationale(
            steps.strip(), answer=answer.strip(), teacher="human"
        ) if steps.strip() else None
    text = "\n".join(_texts(row, columns.solution)).strip()
    if not text:
        return gold, None
    if gold is None:
        reading = ANY.read(text, get_task(task))
        gold = reading.answer if reading.announced else None
    return gold, Rationale(text, teacher="human")


def _meta(row: Row, columns: Columns) -> dict[str, Any]:
    """Short cells of the columns that say nothing else."""
    used = columns.heads() | {"task", "source"}
    return {str(name): cell for name, cell in row.data.items() if name not in used and _is_short(cell)}


def _is_short(cell: object) -> bool:
    return isinstance(cell, bool | int | float) or (isinstance(cell, str) and 0 < len(cell) <= _LONGEST_META)
