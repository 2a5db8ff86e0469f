"""Date Understanding without choices; answers are dates MM/DD/YYYY."""

from __future__ import annotations

from smallsteps.tasks import Task
from smallsteps.text.candidates import dates, same_text


class DateFree(Task):
    """Date Understanding without choices; answers are dates MM/DD/YYYY."""

    chance = 0.0

    def candidates(self, text: str) -> list[str]:
        """Every date, as MM/DD/YYYY."""
        return dates(text)

    def same(self, a: str, b: str) -> bool:
        """The same date."""
        return same_text(a, b)
