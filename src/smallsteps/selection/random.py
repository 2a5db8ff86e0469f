"""`random`: k rationales per question, by seed; a strong baseline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from smallsteps.records import Record
from smallsteps.selection._identity import draws, kept
from smallsteps.selection.options import SelectionOptions


def select(records: Sequence[Record], wanted: SelectionOptions) -> list[Record]:
    """k rationales per question, uniformly."""
    return [at_random(record, wanted.k, wanted.seed) for record in records]


def at_random(record: Record, count: int, seed: int) -> Record:
    """`count` rationales of one question, uniformly."""
    drawn = draws(record, seed, "random")
    places = sorted(range(len(drawn)), key=drawn.__getitem__)[:count]
    return replace(record, rationales=kept(record, places))
