"""Demonstrations: solved questions that stand in front of a question, drawn anew for every visit.

Which ones a question is shown depends on (seed, visit, record id) alone, so that runs resume exactly and processes
agree. A question is never shown itself, nor one with the same `meta.parent` (its contrast, a rewriting of it).
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
    """The solved questions of a task with their identities, and how many records share each identity."""

    records: tuple[Record, ...]
    identities: tuple[str, ...]
    sizes: Counter[str]


class DemonstrationPool:
    """The solved questions of each task, from which a method's demonstrations are drawn, `count` for a question."""

    def __init__(self, method: Method, records: Iterable[Record], count: int) -> None:
        self.method, self.count = method, count
        self._pools: dict[str, _Pool] = {}
        for task, some in _by_task(record for record in records if _solved(method, record)).items():
            identities = tuple(map(_identity, some))
            self._pools[task] = _Pool(tuple(some), identities, Counter(identities))

    def shown(self, record: Record, seed: int, visit: int | str) -> Record:
        """The record with its demonstrations for this visit. Raises InputError where its task has too few."""
        self.check([record])
        pool, own = self._pools[record.task], _identity(record)
        key = ("demonstration", seed, visit, record.id)
        texts = [self._text(pool.records[place], *key) for place in self._places(pool, own, key)]
        return replace(record, meta=merge_meta(record, {SHOWN_BEFORE: texts}))

    def check(self, records: Iterable[Record]) -> None:
        """Refuse questions whose task has too few solved questions beside them, naming the first. Raises InputError."""
        for record in records:
            pool = self._pools.get(record.task)
            others = 0 if pool is None else len(pool.records) - pool.sizes[_identity(record)]
            if others < self.count:
                raise InputError(
                    f"question '{record.id}' is to be shown {self.count} solved questions of the task '{record.task}', "
                    f"and there are {others} others that the method can show; name more (corpus.demonstrations in a "
                    "study, --demonstrations on the command line), or ask for fewer"
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
        assert text is not None, "only records that give one stand on the pool"
        return text


def count_of(method: Method) -> int:
    """How many demonstrations stand in front of every question of a method."""
    return sum(need.count for need in method.needs() if isinstance(need, Demonstrations))


def demonstration_pool(method: Method, records: Iterable[Record]) -> DemonstrationPool | None:
    """The pool of a method that needs demonstrations, with those of the records that it can show; else None."""
    count = count_of(method)
    return DemonstrationPool(method, records, count) if count else None


def refuse_tested(shown: Iterable[Record], tested: Iterable[Record], where: object) -> None:
    """Refuse a demonstration that is one of the questions to be answered. Raises InputError naming both."""
    names = {question_key(record.question): record.id for record in tested}
    for record in shown:
        name = names.get(question_key(record.question))
        if name is not None:
            raise InputError(f"{where}: the demonstration '{record.id}' is the test question '{name}'; take it out")


def _solved(method: Method, record: Record) -> bool:
    return method.demonstration(replace(record, rationales=method.kept(record)[:1])) is not None


def _by_task(records: Iterator[Record]) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = {}
    for record in records:
        found.setdefault(record.task, []).append(record)
    return found


def _identity(record: Record) -> str:
    return str(record.meta.get("parent", "")) or question_key(record.question)
