"""What a method may need before its training can begin. The study makes each once and charges its cost to the arm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from smallsteps.records import content_hash


@dataclass(frozen=True)
class Arm:
    """A finished student of another method, trained under the same study on the same corpus.

    `options` are those of its method where the study has no arm of that name itself.
    """

    method: str
    options: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True)
class Segments:
    """Rationales cut into labelled segments by the strategy `by`; `scorer` names the arm that scores, if any.

    `whole`: the gold answers themselves are cut, because they are the texts to learn.
    """

    by: str
    scorer: str | None = None
    options: tuple[tuple[str, object], ...] = ()
    whole: bool = False


@dataclass(frozen=True)
class Vectors:
    """A vector for each rationale, under the key `vector_key(record id, text)`: its meaning by `target`.

    `width` is that of targets which choose their own. `shuffled` gives each question the vectors of another one.
    """

    target: str
    width: int = 64
    shuffled: bool = False


@dataclass(frozen=True)
class Folds:
    """Which training questions another method's students get right out of fold: `count` parts, `count` students.

    It stands in the records as `meta.out_of_fold.METHOD`.
    """

    method: str
    count: int


@dataclass(frozen=True)
class Demonstrations:
    """`count` solved questions of the same task in front of every question, in training as at inference.

    Drawn anew for every visit, they stand as texts in the record as `meta.shown_before`.
    """

    count: int


OUT_OF_FOLD = "out_of_fold"
SHOWN_BEFORE = "shown_before"
Need: TypeAlias = Arm | Segments | Vectors | Folds | Demonstrations


def vector_key(record_id: str, text: str) -> str:
    """The key under which the vector of a record's rationale is cached: by content, so that a drawn one has it too."""
    return f"{record_id}#{content_hash(text)}"
