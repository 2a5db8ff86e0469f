"""Any questions whose answers are numbers."""

from __future__ import annotations

from smallsteps.tasks import NumberTask


class NumberAnswer(NumberTask):
    """Any questions whose answers are numbers."""

    chance = 0.0
