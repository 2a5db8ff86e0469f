"""Coin Flip: whether a coin is still heads up after flips; answers are yes or no."""

from __future__ import annotations

from smallsteps.tasks import Task
from smallsteps.text.candidates import same_text, yes_no


class CoinFlip(Task):
    """Coin Flip: whether a coin is still heads up after flips; answers are yes or no."""

    chance = 0.5

    def candidates(self, text: str) -> list[str]:
        """Every plain yes and no, in lower case."""
        return yes_no(text)

    def same(self, a: str, b: str) -> bool:
        """The same word."""
        return same_text(a, b)
