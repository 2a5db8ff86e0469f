"""QuaRel: stories about qualitative relations with two choices; answers are letters A-B."""

from __future__ import annotations

from smallsteps.tasks import LetterTask


class Quarel(LetterTask):
    """QuaRel: stories about qualitative relations with two choices; answers are letters A-B."""

    allowed = "AB"
    chance = 1 / 2
