"""Rationales of three teachers, as published with "Learning from Committee"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from smallsteps.formats import Format, Identities, Part, Row, check_file, each_row, read_rows
from smallsteps.formats._naming import identity, no_parts, task_of
from smallsteps.records import Rationale, Record

TEACHERS = ("gpt", "gemini", "mistral")


@dataclass(frozen=True)
class Committee(Format):
    """Three teachers' rationales for questions that a student got wrong: `{id, question, gold_answer, gpt_rationale,
    gemini_rationale, mistral_rationale, correct_rationale}` (Learning from Committee).

    Each rationale is `[text, score, score]`, the scores being two peers' votes; `correct_rationale` lists the texts
    with at least 7 of 10 points together, whatever they answer. The answers stand in the texts only. Questions of both
    parts are in the file: drop the test questions with `--against`.
    """

    task: str | None = None
    """The task, where the file's name does not tell it."""

    def read(self, files: Sequence[Path], part: Part | None) -> Iterator[Record]:
        """A record a row, with one rationale of each teacher."""
        no_parts("committee", part)
        for file in files:
            check_file(file, self)
            task, identities = task_of(file, self.task), Identities()
            yield from each_row(file, read_rows(file, self), partial(_record, task, identities))

    def looks_like(self, row: object) -> bool:
        """Rationales of several teachers by name."""
        return isinstance(row, dict) and {"gold_answer", "gpt_rationale"} <= set(row)


def _record(task: str, identities: Identities, index: int, row: Row) -> Record:
    identities.check(row, row.scalar("id"), row.text("question"))
    rationales = tuple(Rationale(_text(row, f"{name}_rationale"), teacher=name) for name in TEACHERS)
    name = identity(task, row.path.stem, row.scalar("id"))
    return Record(name, task, row.text("question"), row.scalar("gold_answer"),
                  rationales=rationales, meta={"source": row.source})  # fmt: skip


def _text(row: Row, name: str) -> str:
    value = row.items(name)
    if not value or not isinstance(value[0], str):
        raise row.error("expected [text, score, score]", name)
    return value[0].strip()
