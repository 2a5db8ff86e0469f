"""MultiArith: word problems of several arithmetic steps; answers are numbers."""

from __future__ import annotations

from smallsteps.tasks import NumberTask


class MultiArith(NumberTask):
    """MultiArith: word problems of several arithmetic steps; answers are numbers."""

    chance = 0.0
