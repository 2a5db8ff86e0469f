"""OpenBookQA: elementary science with four choices; answers are letters A-D."""

from __future__ import annotations

from smallsteps.tasks import LetterTask


class OpenbookQA(LetterTask):
    """OpenBookQA: elementary science with four choices; answers are letters A-D."""

    allowed = "ABCD"
    chance = 1 / 4
