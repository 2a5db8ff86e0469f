"""What a method may need before its training can begin. The study makes each once and charges its cost to the arm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Arm:
    """A finished student of another method, trained under the same study on the same corpus."""

    method: str


@dataclass(frozen=True)
class Segments:
    """Rationales cut into labelled segments by the strategy `by`; `scorer` names the arm that scores, if any."""

    by: str
    scorer: str | None = None
    options: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True)
class Vectors:
    """A vector for each rationale, under the key `vector_key(record id, index)`: its meaning by `target`."""

    target: str
    width: int = 64


@dataclass(frozen=True)
class Folds:
    """Out-of-fold answers of another method's students on the training questions: `count` parts, `count` students."""

    method: str
    count: int


Need: TypeAlias = Arm | Segments | Vectors | Folds


def vector_key(record_id: str, index: int) -> str:
    """The key under which the vector of a record's rationale (by position) is cached."""
    return f"{record_id}#{index}"
