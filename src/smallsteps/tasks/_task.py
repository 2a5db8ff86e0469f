"""What a task is: how answers are read from text and compared."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cache
from typing import ClassVar

from smallsteps.records import Record
from smallsteps.registry import Registry
from smallsteps.text.kinds import Kind, Named


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

    @property
    def kind(self) -> Kind:
        """How its answers are mentioned, stated and concluded: by its candidates, unless a task says more."""
        return Named(self.candidates)

    def choices(self, record: Record) -> tuple[str, ...]:
        """The texts of a question's choices, where an answer may be stated by its text; none for most tasks."""
        return ()

    def extract(self, text: str) -> str | None:
        """The first candidate of a short text, such as a canonical answer; `text.reader` reads longer ones."""
        return next(iter(self.candidates(text)), None)

    def extract_last(self, text: str) -> str | None:
        """The last candidate of a text, whatever is said about it."""
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


def read_gold(text: str, task: Task) -> str | None:
    """The gold answer that a field holds, understood whole (`1.234,50 €`, `(B) at home`); None where it is not."""
    return task.kind.whole(text)
