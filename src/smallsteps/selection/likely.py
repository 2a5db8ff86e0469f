"""`likely`: the k rationales of each question that their teacher (or a scorer) finds most likely."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from smallsteps.errors import InputError
from smallsteps.records import Rationale, Record
from smallsteps.selection._identity import draws, kept
from smallsteps.selection._shape import Scores, Wanted


def select(records: Sequence[Record], wanted: Wanted) -> list[Record]:
    """The k rationales with the highest mean log-probability per token; ties by seed.

    Raises InputError naming the first record with a rationale that has none.
    """
    scores = wanted.scores or teacher_logprob
    return [_most_likely(record, wanted, scores) for record in records]


def teacher_logprob(record: Record, rationale: Rationale) -> float | None:
    """The teacher's mean log-probability per token, as sampled."""
    return rationale.logprob


def _most_likely(record: Record, wanted: Wanted, scores: Scores) -> Record:
    found = [_score(record, place, scores) for place in range(len(record.rationales))]
    drawn = draws(record, wanted.seed, "likely")
    places = sorted(range(len(found)), key=lambda place: (-found[place], drawn[place]))[: wanted.k]
    return replace(record, rationales=kept(record, places))


def _score(record: Record, place: int, scores: Scores) -> float:
    score = scores(record, record.rationales[place])
    if score is None:
        raise InputError(
            f"record '{record.id}': rationale {place + 1} has no log-probability ('logprob'), by which the selection "
            "'likely' ranks; sample from a server that returns them, or select by random, diverse or open_ended"
        )
    return score
