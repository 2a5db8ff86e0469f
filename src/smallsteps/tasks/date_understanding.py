"""Date Understanding: which date is meant, among up to six choices; answers are letters A-F."""

from __future__ import annotations

from smallsteps.tasks import Task
from smallsteps.text.candidates import letters, same_text


class DateUnderstanding(Task):
    """Date Understanding: which date is meant, among up to six choices; answers are letters A-F."""

    chance = 1 / 6

    def candidates(self, text: str) -> list[str]:
        """Every choice letter A-F, as a capital."""
        return letters(text, "ABCDEF")

    def same(self, a: str, b: str) -> bool:
        """The same letter."""
        return same_text(a, b)
