"""Last Letter Concatenation: the last letters of the words of a name; answers are strings of letters."""

from __future__ import annotations

from smallsteps.tasks import Task
from smallsteps.text.candidates import same_text, strings


class LastLetterConcatenation(Task):
    """Last Letter Concatenation: the last letters of the words of a name; answers are strings of letters."""

    chance = 0.0

    def candidates(self, text: str) -> list[str]:
        """Every string of letters, in lower case; quoted ones before all others."""
        return strings(text)

    def same(self, a: str, b: str) -> bool:
        """The same string."""
        return same_text(a, b)
