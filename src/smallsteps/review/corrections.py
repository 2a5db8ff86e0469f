"""What reviewers decided about the rationales of a corpus: every decision is kept, the latest counts."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from smallsteps.errors import FileError
from smallsteps.records import Rationale, Record
from smallsteps.review.suspicion import Item, item_id
from smallsteps.tasks import get_task

Verdict = Literal["accept", "reject", "edit"]
REVIEW = "review"
"""The field of a record's `meta` under which changed rationales keep their originals."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS decisions (
  number INTEGER PRIMARY KEY AUTOINCREMENT, item TEXT NOT NULL, rater TEXT NOT NULL, verdict TEXT NOT NULL,
  text TEXT, answer TEXT, note TEXT NOT NULL, at REAL NOT NULL, taken_back INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS by_item ON decisions (item, number);
"""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a reviewer decided about an item; `text` and `answer` replace the rationale's where they are given."""

    item: str
    rater: str
    verdict: Verdict
    text: str | None = None
    answer: str | None = None
    note: str = ""
    at: float = 0.0


class CorrectionStore:
    """The decisions about one corpus, in an SQLite file beside it."""

    def __init__(self, path: Path, make: bool = True) -> None:
        """Open the file. Raises FileError where it is no store, or is missing and not to be made."""
        if not make and not path.exists():
            raise FileError(path, "no reviews here; make some with `smallsteps review CORPUS --accept`")
        self.path, self._lock = path, threading.Lock()
        try:
            self._file = sqlite3.connect(path, check_same_thread=False, timeout=30)
            self._file.execute("PRAGMA journal_mode=WAL")
            self._file.execute("PRAGMA synchronous=FULL")
            self._file.executescript(_SCHEMA)
        except sqlite3.Error as error:
            raise FileError(path, f"is no store of reviews ({error}); name another with --store") from None

    def __enter__(self) -> CorrectionStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def decide(self, decision: Decision) -> None:
        """Keep a decision; earlier ones about the same item stay in the file."""
        with self._lock, self._file:
            self._file.execute(
                "INSERT INTO decisions (item, rater, verdict, text, answer, note, at) VALUES (?,?,?,?,?,?,?)",
                (
                    decision.item,
                    decision.rater,
                    decision.verdict,
                    decision.text,
                    decision.answer,
                    decision.note,
                    time.time(),
                ),
            )

    def undo(self, rater: str) -> None:
        """Take back a rater's last decision."""
        with self._lock, self._file:
            self._file.execute(
                "UPDATE decisions SET taken_back = 1 WHERE number = (SELECT MAX(number) FROM decisions "
                "WHERE rater = ? AND NOT taken_back)", (rater,),
            )  # fmt: skip

    def latest(self) -> dict[str, Decision]:
        """The decision that counts for each item: the last one."""
        rows = self._file.execute(
            "SELECT item, rater, verdict, text, answer, note, at FROM decisions WHERE NOT taken_back ORDER BY number"
        )
        return {row[0]: Decision(*row) for row in rows}

    def decided(self) -> set[str]:
        """The items that somebody decided about."""
        return {item for (item,) in self._file.execute("SELECT DISTINCT item FROM decisions WHERE NOT taken_back")}


def first_open(items: Sequence[Item], decided: set[str]) -> Item | None:
    """The first item that nobody decided about."""
    return next((item for item in items if item.id not in decided), None)


def reviewed(records: Sequence[Record], decisions: dict[str, Decision], accepted_only: bool) -> Iterator[Record]:
    """The records without rejected rationales, edits carried out; with `accepted_only` also without unreviewed ones.

    A changed rationale keeps its original text and who changed it, under `meta.review`.
    """
    for record in records:
        kept, changes = [], []
        for rationale in record.rationales:
            decision = decisions.get(item_id(record, rationale))
            if decision is None:
                kept += [] if accepted_only else [rationale]
                continue
            if decision.verdict == "reject":
                continue
            changed = _changed(rationale, record, decision)
            kept.append(changed)
            if changed != rationale or decision.note:
                changes.append(_trace(rationale, changed, decision))
        meta = record.meta | {REVIEW: [*record.meta.get(REVIEW, ()), *changes]} if changes else record.meta
        yield replace(record, rationales=tuple(kept), meta=meta)


def _changed(rationale: Rationale, record: Record, decision: Decision) -> Rationale:
    text = rationale.text if decision.text is None else decision.text
    answer = rationale.answer if decision.answer is None else decision.answer
    if (text, answer) == (rationale.text, rationale.answer):
        return rationale
    correct = get_task(record.task).judge(answer, record) if decision.answer is not None else rationale.correct
    segments = rationale.segments if text == rationale.text else None  # spans of another text mean nothing
    return replace(rationale, text=text, answer=answer, correct=correct, segments=segments)


def _trace(before: Rationale, after: Rationale, decision: Decision) -> dict[str, str]:
    told = {"by": decision.rater, "text": after.text}
    if before.text != after.text:
        told["original"] = before.text
    if before.answer != after.answer:
        told["original_answer"] = before.answer or ""
    return told | ({"note": decision.note} if decision.note else {})
