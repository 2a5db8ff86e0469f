"""AddSub: word problems of addition and subtraction; answers are numbers."""

from __future__ import annotations

from smallsteps.tasks import NumberTask


class AddSub(NumberTask):
    """AddSub: word problems of addition and subtraction; answers are numbers."""

    chance = 0.0
