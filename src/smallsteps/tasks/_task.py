"""What a task is: how answers are read from text and compared."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cache
from typing import ClassVar

from smallsteps.records import Record
from smallsteps.registry import Registry


class Task(ABC):
    """How the answers of a task are read and compared. One file of `tasks/`, one class without state.

    `version` grows whenever a reading changes, so that scores of different readings are never mixed.
    `chance` is the accuracy of guessing, between 0 and 1.
    """

    version: ClassVar[int] = 1
    chance: ClassVar[float] = 0.0

    @abstractmethod
    def candidates(self, text: str) -> list[str]:
        """Every stretch of `text` that could be an answer, in order, each in its canonical form."""

    @abstractmethod
    def same(self, a: str, b: str) -> bool:
        """Whether two answers are equal for this task. An equivalence on canonical forms."""

    def extract(self, text: str) -> str | None:
        """The answer that a text states first, None where it states none.

        The text is the stretch behind the answer phrase, or a source's own answer field.
        """
        return next(iter(self.candidates(text)), None)

    def extract_last(self, text: str) -> str | None:
        """The lenient reading of a text without an answer phrase: its last candidate."""
        return next(reversed(self.candidates(text)), None)

    def judge(self, answer: str | None, record: Record) -> bool | None:
        """Whether an answer is right for a record; None where there is no gold answer, False for no answer."""
        if record.answer is None:
            return None
        gold = self.extract(record.answer)
        return answer is not None and gold is not None and self.same(answer, gold)

    def grade(self, answer: str | None, record: Record) -> bool | float | None:
        """How good an answer is: right or wrong, or a number from 0 to 1 where a task measures by degrees.

        None where there is no gold answer. Comparisons are made on grades.
        """
        return self.judge(answer, record)

    @property
    def graded(self) -> bool:
        """Whether answers are measured by degrees: where a task defines how good an answer is."""
        return type(self).grade is not Task.grade

    def metrics(self, answers: Sequence[str], golds: Sequence[str]) -> dict[str, float]:
        """Further measures, by name and between 0 and 1, of a whole corpus of answers against the gold ones.

        A question without an answer has an empty one.
        """
        return {}


TASKS: Registry[Task] = Registry("task", "tasks", Task)  # type: ignore[type-abstract]


@cache
def get_task(name: str) -> Task:
    """The task of that name; one object serves all, for a task has no state. Raises UnknownNameError with a guess."""
    return TASKS.get(name)()
