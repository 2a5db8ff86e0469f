"""OpenBookQA: elementary science with four choices; answers are letters A-D."""

from __future__ import annotations

from smallsteps.tasks import Task
from smallsteps.text.candidates import letters, same_text


class OpenbookQA(Task):
    """OpenBookQA: elementary science with four choices; answers are letters A-D."""

    chance = 1 / 4

    def candidates(self, text: str) -> list[str]:
        """Every choice letter A-D, as a capital."""
        return letters(text, "ABCD")

    def same(self, a: str, b: str) -> bool:
        """The same letter."""
        return same_text(a, b)
