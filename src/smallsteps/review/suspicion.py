"""The rationales of a corpus as items to review, the suspicious ones first."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev

from smallsteps.records import Rationale, Record, content_hash, unit_interval
from smallsteps.tasks import Task, get_task
from smallsteps.text.arithmetic import wrong_steps
from smallsteps.text.reader import ANY, Reading

OUTLIER_DEVIATIONS = 2.5


@dataclass(frozen=True, slots=True)
class Item:
    """One rationale to review.

    `reasons` say what is suspicious, the gravest first; none for an ordinary one. `reading` is how its answer is read.
    """

    id: str
    record: Record
    index: int
    reasons: tuple[str, ...]
    reading: Reading

    @property
    def rationale(self) -> Rationale:
        """The rationale itself."""
        return self.record.rationales[self.index]

    @property
    def why(self) -> str:
        """Why its answer was read so: the rule's name, and what that rule reads."""
        found = "no answer" if self.reading.answer is None else self.reading.answer
        return f"{self.reading.rule}: {found}"


def item_id(record: Record, rationale: Rationale) -> str:
    """The identity of a rationale by content, so that a corpus written anew keeps its reviews."""
    return content_hash(record.task, record.id, record.question, rationale.text)


def make_items(records: Sequence[Record], seed: int = 0) -> list[Item]:
    """Every rationale once, ordered by how suspicious it is and then by `seed`."""
    low, high = _usual_lengths(records)
    items: dict[str, Item] = {}
    for record in records:
        task = get_task(record.task)
        for index, rationale in enumerate(record.rationales):
            identity = item_id(record, rationale)
            reading = ANY.read(rationale.reply or rationale.text, task, task.choices(record), rationale.finish)
            reasons = tuple(_reasons(rationale, reading, task, low, high))
            items.setdefault(identity, Item(identity, record, index, reasons, reading))
    return sorted(items.values(), key=lambda one: (-len(one.reasons), unit_interval("review", seed, one.id)))


def _reasons(rationale: Rationale, reading: Reading, task: Task, low: float, high: float) -> Iterable[str]:
    wrong = wrong_steps(rationale.text)
    if rationale.correct and wrong:
        yield f"right answer from wrong arithmetic: {wrong[0].text}"
    stated = None if rationale.answer is None else task.extract(rationale.answer)
    if reading.answer is not None and stated is not None and not task.same(reading.answer, stated):
        yield f"readings disagree: the text says {reading.answer}, the recorded answer is {stated}"
    if rationale.answer is None:
        yield "no answer was read"
    length = math.log1p(len(rationale.text))
    if length < low:
        yield f"unusually short: {len(rationale.text)} characters"
    if length > high:
        yield f"unusually long: {len(rationale.text)} characters"


def _usual_lengths(records: Sequence[Record]) -> tuple[float, float]:
    """The range of log lengths that is not remarkable in this corpus."""
    lengths = [math.log1p(len(one.text)) for record in records for one in record.rationales]
    if len(lengths) < 3:
        return -math.inf, math.inf
    mean, spread = fmean(lengths), pstdev(lengths) * OUTLIER_DEVIATIONS
    return mean - spread, mean + spread
