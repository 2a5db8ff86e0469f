"""Date Understanding: which date is meant, among up to six choices; answers are letters A-F."""

from __future__ import annotations

from smallsteps.tasks import LetterTask


class DateUnderstanding(LetterTask):
    """Date Understanding: which date is meant, among up to six choices; answers are letters A-F."""

    allowed = "ABCDEF"
    chance = 1 / 6
