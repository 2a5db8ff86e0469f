"""SingleEq: arithmetic word problems that one equation solves; answers are numbers."""

from __future__ import annotations

from smallsteps.tasks import Task
from smallsteps.text.candidates import numbers, same_number


class SingleEq(Task):
    """SingleEq: arithmetic word problems that one equation solves; answers are numbers."""

    chance = 0.0

    def candidates(self, text: str) -> list[str]:
        """Every number, in plain digits."""
        return numbers(text)

    def same(self, a: str, b: str) -> bool:
        """Within 1e-6 of each other."""
        return same_number(a, b)
