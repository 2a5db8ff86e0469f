"""Draws that depend on what a rationale is, never on where it stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from smallsteps.records import Rationale, Record, question_key, unit_interval


def draws(record: Record, seed: int, purpose: str) -> list[float]:
    """A number in [0, 1) for each rationale of a record: the same for the same rationale in any order.

    Equal rationales are told apart by how many of them there are before, so they share a set of draws.
    """
    seen: Counter[tuple[object, ...]] = Counter()
    identity = question_key(record.question)
    found = []
    for rationale in record.rationales:
        content = content_of(rationale)
        found.append(unit_interval(purpose, seed, identity, *content, seen[content]))
        seen[content] += 1
    return found


def content_of(rationale: Rationale) -> tuple[object, ...]:
    """What makes two rationales the same one."""
    return (rationale.teacher, rationale.text, rationale.answer, rationale.logprob)


def kept(record: Record, places: Sequence[int]) -> tuple[Rationale, ...]:
    """The rationales at `places`, in the record's own order."""
    return tuple(record.rationales[place] for place in sorted(places))
