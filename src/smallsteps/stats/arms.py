"""The outcomes of the arms of a study, question by question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from smallsteps.errors import InputError
from smallsteps.stats.intervals import Floats
from smallsteps.stats.paired import Bools

_SHOWN_IDS = 5


@dataclass(frozen=True)
class ArmResult:
    """The outcomes of an arm on a task's test questions.

    `correct` maps question ids to right or wrong, or to a score (ROUGE, BLEU). `arm` is the name used in messages and
    in `Comparison.a` and `.b` at the level of students; by default method, student and seed, joined by slashes.
    """

    method: str
    student: str
    seed: int
    task: str
    correct: Mapping[str, bool | float]
    arm: str = ""

    @property
    def name(self) -> str:
        """The arm's name."""
        return self.arm or f"{self.method}/{self.student}/{self.seed}"

    @property
    def binary(self) -> bool:
        """Whether every outcome is right or wrong, not a score."""
        return all(isinstance(value, bool | np.bool_) for value in self.correct.values())

    def outcomes(self, ids: Sequence[str]) -> Bools | Floats:
        """Outcomes in the order of `ids`; shape [questions], bool where all are right or wrong, else float64."""
        listed = [self.correct[one] for one in ids]
        return np.asarray(listed, dtype=np.bool_) if self.binary else np.asarray(listed, dtype=np.float64)

    def scores(self, ids: Sequence[str]) -> Floats:
        """Outcomes in the order of `ids` as numbers, right as 1 and wrong as 0; float64, shape [questions]."""
        return self.outcomes(ids).astype(np.float64)


def check_same_questions(one: ArmResult, other: ArmResult) -> None:
    """Refuse two arms that answered different questions, or none. Raises InputError naming the missing ids."""
    for arm in (one, other):
        if not arm.correct:
            raise InputError(f"arm '{arm.name}' has no answers for task '{arm.task}'; answer its test questions first")
    for full, lacking in ((one, other), (other, one)):
        missing = [question for question in full.correct if question not in lacking.correct]
        if missing:
            tail = f" and {len(missing) - _SHOWN_IDS} more" if len(missing) > _SHOWN_IDS else ""
            raise InputError(
                f"arm '{lacking.name}' lacks questions that '{full.name}' has answered in task '{full.task}': "
                f"{', '.join(missing[:_SHOWN_IDS])}{tail}; answer the same questions with every arm"
            )
