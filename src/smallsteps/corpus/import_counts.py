"""What became of everything that an import read."""

from __future__ import annotations

from dataclasses import dataclass, field

from smallsteps.formats import ImportNotes
from smallsteps.records import Record

NO_OUTPUT = "no output"
REPEATED = "copied from another file"
IN_TEST = "in the test part"
OTHER_PART = "in the other part"
NO_GOLD = "gold answer unreadable"
ODD_ROW = "in a row that does not fit"
OTHER_GOLD = "repeated with another gold answer"
JOINED = "repeated: joined"
"""Why something is not written, or not as a question of its own."""


SHOWN = 5
"""How many odd rows, and how many unreadable gold answers, are shown."""


@dataclass
class Count:
    """Questions with their rationales, counted."""

    questions: int = 0
    rationales: int = 0

    def add(self, questions: int, rationales: int) -> None:
        """Count some more."""
        self.questions += questions
        self.rationales += rationales


@dataclass
class ImportCounts:
    """What became of everything that was read: `read` is `written` and all of `dropped`, added up.

    `right` and `unread` count written rationales that reach the gold answer, and those that state no answer.
    `judged` counts those with a gold answer beside them. `against` is the number of test questions that the corpus
    was checked against, None where it was checked against none. `notes` are the layout's own; `unreadable` names gold
    answers that the task does not understand.
    """

    read: Count = field(default_factory=Count)
    written: Count = field(default_factory=Count)
    dropped: dict[str, Count] = field(default_factory=dict)
    right: int = 0
    judged: int = 0
    unread: int = 0
    tasks: set[str] = field(default_factory=set)
    against: int | None = None
    notes: ImportNotes = field(default_factory=ImportNotes)
    unreadable: list[str] = field(default_factory=list)

    def drop(self, reason: str, questions: int, rationales: int) -> None:
        """Count what is left out, and why."""
        self.dropped.setdefault(reason, Count()).add(questions, rationales)

    def count_odd_rows(self) -> None:
        """Count the rows that the layout passed over as read and dropped."""
        odd = self.notes.odd_rows
        if odd:
            self.read.add(odd, 0)
            self.drop(ODD_ROW, odd, 0)

    def remarks(self) -> list[str]:
        """What the person who imports should know besides the numbers, a sentence each."""
        lines = list(self.notes.told)
        if self.notes.odd:
            rows = sorted(self.notes.odd, key=lambda error: (error.path, error.line or 0))
            odd, count = [str(error) for error in rows], self.notes.odd_rows
            lines.append(f"passed over {count} {'row' if count == 1 else 'rows'}: {_first(odd, count, '; ')}")
        if self.unreadable:
            count = self.dropped[NO_GOLD].questions
            lines.append(f"gold answers that the task does not understand: {_first(self.unreadable, count, ', ')}")
        return lines

    def keep(self, record: Record, sign: int = 1) -> None:
        """Count a record that is written; with `sign` -1, take that back."""
        self.written.add(sign, sign * len(record.rationales))
        self.tasks.add(record.task)
        for rationale in record.rationales:
            self.right += sign * (rationale.correct is True)
            self.judged += sign * (rationale.correct is not None)
            self.unread += sign * (rationale.answer is None)

    def told(self) -> str:
        """Questions read, and dropped by reason, in words."""
        reasons = [f"{count.questions} {reason}" for reason, count in self.dropped.items() if count.questions]
        return f"{self.read.questions} read, {', '.join(reasons) or 'none dropped'}"


def _first(texts: list[str], count: int, between: str) -> str:
    shown = texts[:SHOWN]
    return between.join(shown) + (f" and {count - len(shown)} more" if count > len(shown) else "")
