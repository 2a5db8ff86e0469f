"""The pairs to be judged: the questions that both sides reason about, drawn and ordered by a seed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from smallsteps.errors import InputError
from smallsteps.records import Record, content_hash, unit_interval
from smallsteps.review.sides import Side, read_side
from smallsteps.study.compare import Run


@dataclass(frozen=True, slots=True)
class Pair:
    """Two rationales for one question. `position` is its place in the order; `shared` pairs go to every rater."""

    id: str
    position: int
    shared: bool
    record_id: str
    task: str
    question: str
    choices: tuple[str, ...]
    a: str
    b: str
    a_answer: str | None
    b_answer: str | None
    a_right: bool | None
    b_right: bool | None


def make_pairs(run: Run, a: str, b: str, count: int, seed: int, share: float) -> list[Pair]:
    """Up to `count` pairs of the sides `a` and `b`, in an order that follows from `seed` alone.

    `share` of them, spread evenly, are shown to every rater. Raises InputError where the sides share no question.
    """
    if a == b:
        raise InputError(f"both sides are '{a}'; name two different ones with --a and --b")
    left, right = read_side(a, run, seed), read_side(b, run, seed)
    records = {(record.task, record.id): record for parts in run.parts.values() for record in parts.test}
    both = sorted(set(left) & set(right), key=lambda key: unit_interval("pairs", seed, *key))
    if not both:
        raise InputError(f"'{a}' and '{b}' have no question in common; compare sides of the same test questions")
    return list(_pairs(both[:count], records, left, right, seed, share))


def _pairs(
    keys: list[tuple[str, str]],
    records: dict[tuple[str, str], Record],
    left: Side,
    right: Side,
    seed: int,
    share: float,
) -> Iterable[Pair]:
    for position, key in enumerate(keys):
        record, one, other = records[key], left[key], right[key]
        shared = int((position + 1) * share) > int(position * share)
        yield Pair(
            id=content_hash(seed, key, one.text, other.text), position=position, shared=shared, record_id=record.id,
            task=record.task, question=record.question, choices=record.choices or (), a=one.text, b=other.text,
            a_answer=one.answer, b_answer=other.answer, a_right=one.right, b_right=other.right,
        )  # fmt: skip


def a_is_first(pair_id: str, rater: str) -> bool:
    """Whether side A stands first for a rater: a coin per pair and rater, the same after every reload."""
    return unit_interval("side", pair_id, rater) < 0.5
