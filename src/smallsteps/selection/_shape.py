"""What every selection is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from smallsteps.records import Rationale, Record

Scores = Callable[[Record, Rationale], float | None]


@dataclass(frozen=True)
class Wanted:
    """How many rationales of a question, with which seed, scored and embedded how."""

    k: int = 5
    seed: int = 0
    scores: Scores | None = None
    embeddings: str = "tfidf"
