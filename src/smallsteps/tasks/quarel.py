"""QuaRel: stories about qualitative relations with two choices; answers are letters A-B."""

from __future__ import annotations

from smallsteps.tasks import Task
from smallsteps.text.candidates import letters, same_text


class Quarel(Task):
    """QuaRel: stories about qualitative relations with two choices; answers are letters A-B."""

    chance = 1 / 2

    def candidates(self, text: str) -> list[str]:
        """Every choice letter A or B, as a capital."""
        return letters(text, "AB")

    def same(self, a: str, b: str) -> bool:
        """The same letter."""
        return same_text(a, b)
