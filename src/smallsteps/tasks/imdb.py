"""IMDB: whether a film review is positive or negative."""

from __future__ import annotations

from smallsteps.tasks import Task
from smallsteps.text.candidates import same_text
from smallsteps.text.class_names import sentiments


class Imdb(Task):
    """IMDB: whether a film review is positive or negative."""

    chance = 1 / 2

    def candidates(self, text: str) -> list[str]:
        """Every positive and negative, in lower case."""
        return sentiments(text)

    def same(self, a: str, b: str) -> bool:
        """The same word."""
        return same_text(a, b)
