"""What a method may need before training. A study prepares each once and adds its time to the arm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from smallsteps.records import content_hash


@dataclass(frozen=True)
class Arm:
    """A trained student of another method, from the same study and corpus.

    `options` are those of its method, in case the study has no arm of that name.
    """

    method: str
    options: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True)
class Segments:
    """Rationales cut into labelled segments by the strategy `by`; `scorer` names the arm that scores, if any.

    `whole`: the gold answers are cut, because they are the texts to learn.
    """

    by: str
    scorer: str | None = None
    options: tuple[tuple[str, object], ...] = ()
    whole: bool = False


@dataclass(frozen=True)
class Vectors:
    """A vector per rationale, under the key `vector_key(record id, text)`: its meaning according to `target`.

    `width` is used by targets that have no width of their own. `shuffled` gives each question the vectors of another.
    """

    target: str
    width: int = 64
    shuffled: bool = False


@dataclass(frozen=True)
class Folds:
    """Which training questions students of another method answer correctly out of fold, with `count` folds.

    The records get it as `meta.out_of_fold.METHOD`.
    """

    method: str
    count: int


@dataclass(frozen=True)
class Demonstrations:
    """`count` solved questions of the same task before every question, in training and at inference.

    They are drawn again for every epoch, and the record gets their texts as `meta.shown_before`.
    """

    count: int


OUT_OF_FOLD = "out_of_fold"
SHOWN_BEFORE = "shown_before"
Need: TypeAlias = Arm | Segments | Vectors | Folds | Demonstrations


def vector_key(record_id: str, text: str) -> str:
    """The cache key of the vector of a record's rationale, by content."""
    return f"{record_id}#{content_hash(text)}"
