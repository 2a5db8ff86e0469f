"""SingleEq: arithmetic word problems that one equation solves; answers are numbers."""

from __future__ import annotations

from smallsteps.tasks import NumberTask


class SingleEq(NumberTask):
    """SingleEq: arithmetic word problems that one equation solves; answers are numbers."""

    chance = 0.0
