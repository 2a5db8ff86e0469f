"""Tracking Shuffled Objects: who holds what after swaps, with three choices; answers are letters A-C."""

from __future__ import annotations

from smallsteps.tasks import Task
from smallsteps.text.candidates import letters, same_text


class TrackingShuffledObjects(Task):
    """Tracking Shuffled Objects: who holds what after swaps, with three choices; answers are letters A-C."""

    chance = 1 / 3

    def candidates(self, text: str) -> list[str]:
        """Every choice letter A-C, as a capital."""
        return letters(text, "ABC")

    def same(self, a: str, b: str) -> bool:
        """The same letter."""
        return same_text(a, b)
