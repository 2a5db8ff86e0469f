"""GSM8K: grade-school word problems of two to eight steps; answers are numbers."""

from __future__ import annotations

from smallsteps.tasks import NumberTask


class Gsm8k(NumberTask):
    """GSM8K: grade-school word problems of two to eight steps; answers are numbers."""

    chance = 0.0
