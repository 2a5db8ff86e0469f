"""OpenBookQA (arXiv 1809.02789), as its authors published it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from smallsteps.formats import Format, Identities, Part, Row, each_row, read_rows
from smallsteps.formats._choices import with_choices
from smallsteps.formats._naming import files_of_part
from smallsteps.records import Record


@dataclass(frozen=True)
class OpenbookQA(Format):
    """OpenBookQA: `{id, question: {stem, choices: [{text, label}]}, answerKey}` a line.

    The choices stand in one line behind the stem, in the wording of the other tasks with choices. The fact that a
    question was made from (`fact1`, in the folder `Additional`) is kept as `meta.fact` and not shown to anybody.
    """

    def read(self, files: Sequence[Path], part: Part | None) -> Iterator[Record]:
        """A record a line. File names tell the part (`dev` is neither)."""
        for file in files_of_part(files, part):
            identities = Identities()
            yield from each_row(file, read_rows(file, self), partial(_record, identities))

    def looks_like(self, row: object) -> bool:
        """`answerKey`, and a `question` with a `stem`."""
        question = row.get("question") if isinstance(row, dict) else None
        return isinstance(row, dict) and "answerKey" in row and isinstance(question, dict) and "stem" in question


def _record(identities: Identities, _: int, row: Row) -> Record:
    asked = row.value("question")
    if not isinstance(asked, dict):
        raise row.error("expected an object {stem, choices}", "question")
    inner = Row(row.path, row.line, asked)
    choices = tuple(_choice(inner, one) for one in inner.items("choices"))
    question, fact = with_choices(inner.text("stem"), choices), row.maybe("fact1")
    own = identities.check(row, f"openbook_qa-{row.text('id')}", question)
    meta = {"source": row.source} | ({"fact": fact} if fact else {})
    return Record(own, "openbook_qa", question, row.maybe("answerKey"), choices, meta=meta)


def _choice(row: Row, choice: object) -> str:
    if not isinstance(choice, dict) or not isinstance(choice.get("text"), str):
        raise row.error("expected a list of {text, label}", "choices")
    return str(choice["text"]).strip()
