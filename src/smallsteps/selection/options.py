"""What every selection is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from smallsteps.records import Record

Scores = Callable[[Record], Sequence[float | None]]
"""How likely each rationale of a record is, in their order; None for what nobody knows."""


@dataclass(frozen=True)
class SelectionOptions:
    """How many rationales of a question, with which seed, scored and embedded how."""

    k: int = 5
    seed: int = 0
    scores: Scores | None = None
    embeddings: str = "tfidf"
