"""Demonstrations: solved questions shown before a question, drawn again for every epoch.

The draw depends on (seed, visit, record id) alone, so that runs resume exactly and processes agree. A question is never
shown itself, nor one with the same `meta.parent` (its contrast or paraphrase).
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from smallsteps.errors import InputError
from smallsteps.methods._method import Method
from smallsteps.methods._needs import SHOWN_BEFORE, Demonstrations
from smallsteps.records import Record, merge_meta, question_key, unit_interval


@dataclass(frozen=True)
class _Pool:
    """The solved questions of a task with their identities, and the number of records with each identity."""

    records: tuple[Record, ...]
    identities: tuple[str, ...]
    sizes: Counter[str]


class DemonstrationPool:
    """The solved questions of each task, from which `count` demonstrations per question are drawn."""

    def __init__(self, method: Method, records: Iterable[Record], count: int) -> None:
        self.method, self.count = method, count
        self._pools: dict[str, _Pool] = {}
        for task, some in _by_task(record for record in records if _solved(method, record)).items():
            identities = tuple(map(_identity, some))
            self._pools[task] = _Pool(tuple(some), identities, Counter(identities))

    def shown(self, record: Record, seed: int, visit: int | str) -> Record:
        """The record with its demonstrations for this visit. Raises InputError if its task has too few."""
        self.check([record])
        pool, own = self._pools[record.task], _identity(record)
        key = ("demonstration", seed, visit, record.id)
        texts = [self._text(pool.records[place], *key) for place in self._places(pool, own, key)]
        return replace(record, meta=merge_meta(record, {SHOWN_BEFORE: texts}))

    def check(self, records: Iterable[Record]) -> None:
        """Raise InputError for the first question whose task has too few other solved questions."""
        for record in records:
            pool = self._pools.get(record.task)
            others = 0 if pool is None else len(pool.records) - pool.sizes[_identity(record)]
            if others < self.count:
                raise InputError(
                    f"question '{record.id}' needs {self.count} demonstrations of the task '{record.task}', and there "
                    f"are only {others}; add solved questions (corpus.demonstrations in a study, --demonstrations on "
                    "the command line), or use fewer"
                )

    def _places(self, pool: _Pool, own: str, key: Sequence[object]) -> list[int]:
        found: dict[int, None] = {}
        for turn in itertools.count():
            place = int(unit_interval(*key, turn) * len(pool.records))
            if pool.identities[place] != own:
                found.setdefault(place)
            if len(found) == self.count:
                break
        return list(found)

    def _text(self, record: Record, *key: object) -> str:
        kept = self.method.kept(record)
        drawn = kept[int(unit_interval(*key, record.id) * len(kept)) :][:1]
        text = self.method.demonstration(replace(record, rationales=drawn))
        assert text is not None, "the pool has only records with a demonstration"
        return text


def demonstration_count(method: Method) -> int:
    """How many demonstrations a method shows before every question."""
    return sum(need.count for need in method.needs() if isinstance(need, Demonstrations))


def demonstration_pool(method: Method, records: Iterable[Record]) -> DemonstrationPool | None:
    """The pool of a method that needs demonstrations, made of those records that it can show; otherwise None."""
    count = demonstration_count(method)
    return DemonstrationPool(method, records, count) if count else None


def refuse_test_questions(shown: Iterable[Record], tested: Iterable[Record], where: object) -> None:
    """Raise InputError for a demonstration that is one of the questions to be answered, naming both."""
    names = {question_key(record.question): record.id for record in tested}
    for record in shown:
        name = names.get(question_key(record.question))
        if name is not None:
            raise InputError(f"{where}: the demonstration '{record.id}' is the test question '{name}'; remove it")


def _solved(method: Method, record: Record) -> bool:
    return method.demonstration(replace(record, rationales=method.kept(record)[:1])) is not None


def _by_task(records: Iterator[Record]) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = {}
    for record in records:
        found.setdefault(record.task, []).append(record)
    return found


def _identity(record: Record) -> str:
    return str(record.meta.get("parent", "")) or question_key(record.question)
