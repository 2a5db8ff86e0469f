"""QuaRel (arXiv 1811.08048), as its authors published it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from smallsteps.formats import Format, Identities, Part, Row, each_row, read_rows
from smallsteps.formats._naming import files_of_part
from smallsteps.formats._wordings import choices_in, named
from smallsteps.records import Record


@dataclass(frozen=True)
class Quarel(Format):
    """QuaRel: `quarel-v1-train.jsonl`, … with `{id, question, answer_index, logical_forms, …}` a line.

    The question holds its choices itself, `… is smoother. (A) snow (B) ice`, and is asked as it stands; an
    `answer_index` of 0 is A. The readable logical form is kept as `meta.logical_form`.
    """

    def read(self, files: Sequence[Path], part: Part | None) -> Iterator[Record]:
        """A record a line. File names tell the part (`dev` is neither)."""
        for file in files_of_part(files, part):
            identities = Identities()
            yield from each_row(file, read_rows(file, self), partial(_record, identities))

    def looks_like(self, row: object) -> bool:
        """`question`, `answer_index` and `logical_forms`."""
        return isinstance(row, dict) and {"question", "answer_index", "logical_forms"} <= set(row)


def _record(identities: Identities, _: int, row: Row) -> Record:
    question, form = row.text("question").strip(), row.maybe("logical_form_pretty")
    own = identities.check(row, f"quarel-{row.text('id')}", question)
    meta = {"source": row.source} | ({"logical_form": form} if form else {})
    return Record(own, "quarel", question, named(row, "answer_index", "AB"), choices_in(question) or None, meta=meta)
