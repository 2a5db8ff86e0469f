"""What the methods of a study need before training: made once, cached by content, its cost charged to the arm."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from smallsteps.errors import InputError
from smallsteps.needs import Arm as ArmNeed
from smallsteps.needs import Need, Vectors
from smallsteps.records import Record, content_hash, corpus_hash
from smallsteps.study.arms import Arm
from smallsteps.study.run import Provided
from smallsteps.study.sources import Parts
from smallsteps.vectors import lsa_vectors, read_vectors, write_vectors


@dataclass(frozen=True)
class Workshop:
    """Where the needs of one study are made: its cache, and the seconds that finished arms took."""

    cache: Path
    seconds_of: Mapping[str, float]


def needed_arms(arm: Arm) -> list[Arm]:
    """The arms that must be finished before this one, as auxiliary arms of the same task, student and seed."""
    names = [need.method for need in arm.build().needs() if isinstance(need, ArmNeed)]
    return [replace(arm, label=name, method=name, options=(), auxiliary=True) for name in names]


def provide(arm: Arm, parts: Parts, workshop: Workshop) -> Provided:
    """Everything that an arm needs. Raises InputError for a need that nobody provides."""
    provided = Provided(parts.train, {})
    for need in arm.build().needs():
        maker = _MAKERS.get(type(need))
        if maker is None:
            raise InputError(f"method '{arm.method}' needs {need}, which no provider makes")
        provided = maker(need, arm, provided, workshop)
    return provided


def _finished_arm(need: ArmNeed, arm: Arm, provided: Provided, workshop: Workshop) -> Provided:
    needed = next(one for one in needed_arms(arm) if one.method == need.method)
    return replace(provided, seconds=provided.seconds + workshop.seconds_of.get(needed.name, 0.0))


def _vectors(need: Vectors, arm: Arm, provided: Provided, workshop: Workshop) -> Provided:
    path = workshop.cache / f"vectors-{content_hash(need, corpus_hash(provided.train))}.safetensors"
    start = time.perf_counter()
    if not path.exists():
        write_vectors(path, _TARGETS[need.target](provided.train, need.width))
    seconds = time.perf_counter() - start
    return replace(provided, vectors=read_vectors(path), seconds=provided.seconds + seconds)


_TARGETS: dict[str, Callable[[Sequence[Record], int], dict[str, np.ndarray]]] = {"lsa": lsa_vectors}
_MAKERS: dict[type[Need], Callable[..., Provided]] = {ArmNeed: _finished_arm, Vectors: _vectors}
