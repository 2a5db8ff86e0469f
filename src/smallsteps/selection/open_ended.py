"""`open_ended`: more rationales for the questions whose rationales differ most."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from smallsteps.records import Record, question_key, unit_interval
from smallsteps.selection.options import SelectionOptions
from smallsteps.selection.random import at_random

KEEP = (1, 3, 5, 7, 9)
"""Rationales kept per question in each quintile, from the fewest unique bigrams to the most (SCoTD)."""


def select(records: Sequence[Record], wanted: SelectionOptions) -> list[Record]:
    """Random rationales: 1, 3, 5, 7 or 9 per question, by its quintile of unique bigrams.

    Questions without rationales are not ranked; ties are broken by seed.
    """
    ranked = sorted((record for record in records if record.rationales), key=lambda record: _rank(record, wanted.seed))
    counts = {id(record): KEEP[len(KEEP) * place // len(ranked)] for place, record in enumerate(ranked)}
    return [at_random(record, counts[id(record)], wanted.seed) if record.rationales else record for record in records]


def unique_bigrams(record: Record) -> int:
    """The number of distinct pairs of adjacent words in the rationales of a question, in lower case."""
    pairs: set[tuple[str, str]] = set()
    for rationale in record.rationales:
        words = rationale.text.lower().split()
        pairs.update(pairwise(words))
    return len(pairs)


def _rank(record: Record, seed: int) -> tuple[int, float]:
    return unique_bigrams(record), unit_interval("open_ended", seed, question_key(record.question))
