"""What a teacher is: something that writes rationales for questions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from smallsteps.records import Rationale, Record
from smallsteps.registry import Registry


@dataclass(frozen=True)
class Teacher(ABC):
    """A writer of rationales. One file of `teachers/`, a frozen dataclass whose fields are its settings."""

    @abstractmethod
    def rationales(self, records: Sequence[Record], count: int, seed: int) -> Iterator[tuple[str, list[Rationale]]]:
        """`(record id, rationales)` for each record, in any order: `count` rationales each, or fewer.

        The same teacher, record and seed give the same rationales where the teacher is deterministic.
        """


TEACHERS: Registry[Teacher] = Registry("teacher", "teachers", Teacher)  # type: ignore[type-abstract]
