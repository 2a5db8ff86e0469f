"""SVAMP: word problems varied so that shallow cues mislead; answers are numbers."""

from __future__ import annotations

from smallsteps.tasks import NumberTask


class Svamp(NumberTask):
    """SVAMP: word problems varied so that shallow cues mislead; answers are numbers."""

    chance = 0.0
