"""The rationales of a corpus as items to review, the suspicious ones first."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev

from smallsteps.records import Rationale, Record, content_hash, unit_interval
from smallsteps.tasks import Task, get_task
from smallsteps.text.arithmetic import wrong_steps

OUTLIER_DEVIATIONS = 2.5


@dataclass(frozen=True, slots=True)
class Item:
    """One rationale to review. `reasons` say what is suspicious, the gravest first; none for an ordinary one."""

    id: str
    record: Record
    index: int
    reasons: tuple[str, ...]

    @property
    def rationale(self) -> Rationale:
        """The rationale itself."""
        return self.record.rationales[self.index]


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
            items.setdefault(identity, Item(identity, record, index, tuple(_reasons(rationale, record, task, low, high))))
    return sorted(items.values(), key=lambda one: (-len(one.reasons), unit_interval("review", seed, one.id)))


def _reasons(rationale: Rationale, record: Record, task: Task, low: float, high: float) -> Iterable[str]:
    wrong = wrong_steps(rationale.text)
    if rationale.correct and wrong:
        yield f"right answer from wrong arithmetic: {wrong[0].text}"
    read = task.extract_last(rationale.text)
    stated = None if rationale.answer is None else task.extract(rationale.answer)
    if read is not None and stated is not None and not task.same(read, stated):
        yield f"readings disagree: the text ends in {read}, the recorded answer is {stated}"
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
