"""Word problems as smallsteps generates them; answers are numbers."""

from __future__ import annotations

from smallsteps.tasks import NumberTask


class WordProblems(NumberTask):
    """Word problems as smallsteps generates them; answers are numbers."""

    chance = 0.0
