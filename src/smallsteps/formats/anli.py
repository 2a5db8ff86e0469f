"""ANLI (arXiv 1910.14599): adversarial inference in three rounds, as its authors published it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from smallsteps.formats import Format, Identities, Part, Row, each_row, read_rows
from smallsteps.formats._naming import files_of_part
from smallsteps.formats._wordings import INFERENCES, about_premise
from smallsteps.records import Rationale, Record

_LABELS = {name[0]: name for name in INFERENCES}
_ROUND = re.compile(r"[Rr][123]")


@dataclass(frozen=True)
class Anli(Format):
    """ANLI: `R1/train.jsonl`, `dev.jsonl`, `test.jsonl`, … with `{uid, context, hypothesis, label, reason}` a line.

    `label` is e, n or c. `reason`, what the annotator says in explanation, becomes a rationale of the teacher `human`;
    rows without one have none. `meta.group` is the round, where the file's folder tells it.
    """

    def read(self, files: Sequence[Path], part: Part | None) -> Iterator[Record]:
        """A record a line. File names tell the part (`dev` is neither)."""
        for file in files_of_part(files, part):
            identities = Identities()
            yield from each_row(file, read_rows(file, self), partial(_record, identities))

    def looks_like(self, row: object) -> bool:
        """`uid`, `context`, `hypothesis` and `label`."""
        return isinstance(row, dict) and {"uid", "context", "hypothesis", "label"} <= set(row)


def _record(identities: Identities, _: int, row: Row) -> Record:
    label = row.text("label")
    if label not in _LABELS:
        raise row.error(f"expected e, n or c, found '{label}'", "label")
    gold, folder = _LABELS[label], row.path.absolute().parent.name
    question = about_premise(row.text("context"), row.text("hypothesis"))
    reason = (row.maybe("reason") or "").strip()
    rationales = (Rationale(reason, answer=gold, teacher="human"),) if reason else ()
    meta = {"source": row.source} | ({"group": folder.upper()} if _ROUND.fullmatch(folder) else {})
    own = identities.check(row, f"anli-{row.text('uid')}", question, "uid")
    return Record(own, "anli", question, gold, None, rationales, meta)
