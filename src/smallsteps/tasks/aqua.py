"""AQUA: algebra questions with five choices; answers are letters A-E."""

from __future__ import annotations

from smallsteps.tasks import LetterTask


class Aqua(LetterTask):
    """AQUA: algebra questions with five choices; answers are letters A-E."""

    allowed = "ABCDE"
    chance = 1 / 5
