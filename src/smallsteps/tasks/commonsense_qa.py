"""CommonsenseQA: everyday knowledge with five choices; answers are letters A-E."""

from __future__ import annotations

from smallsteps.tasks import Task
from smallsteps.text.candidates import letters, same_text


class CommonsenseQA(Task):
    """CommonsenseQA: everyday knowledge with five choices; answers are letters A-E."""

    chance = 1 / 5

    def candidates(self, text: str) -> list[str]:
        """Every choice letter A-E, as a capital."""
        return letters(text, "ABCDE")

    def same(self, a: str, b: str) -> bool:
        """The same letter."""
        return same_text(a, b)
