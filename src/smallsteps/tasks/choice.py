"""Any questions with up to ten choices; answers are letters A-J."""

from __future__ import annotations

from smallsteps.tasks import LetterTask


class Choice(LetterTask):
    """Any questions with up to ten choices; answers are letters A-J."""

    allowed = "ABCDEFGHIJ"
    chance = 1 / 10
