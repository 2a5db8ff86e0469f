"""Draws that depend on the content of a rationale, never on its position."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from smallsteps.records import Rationale, Record, question_key, unit_interval


def draws(record: Record, seed: int, purpose: str) -> list[float]:
    """A number in [0, 1) per rationale of a record, the same in any order.

    The draws of equal rationales differ by their rank among them, so equal rationales share a set of draws.
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
    """What identifies a rationale."""
    return (rationale.teacher, rationale.text, rationale.answer, rationale.logprob)


def kept(record: Record, places: Sequence[int]) -> tuple[Rationale, ...]:
    """The rationales at `places`, in the order of the record."""
    return tuple(record.rationales[place] for place in sorted(places))
