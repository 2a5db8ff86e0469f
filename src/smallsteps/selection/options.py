"""The options that every selection gets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from smallsteps.records import Record

Scores = Callable[[Record], Sequence[float | None]]
"""The log-likelihood of each rationale of a record, in order; None if unknown."""


@dataclass(frozen=True)
class SelectionOptions:
    """k rationales per question, the random seed, the scores of `likely` and the embeddings of `diverse`."""

    k: int = 5
    seed: int = 0
    scores: Scores | None = None
    embeddings: str = "tfidf"
