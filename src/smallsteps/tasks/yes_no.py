"""Any questions whose answers are yes or no."""

from __future__ import annotations

from smallsteps.tasks import YesNoTask


class YesOrNo(YesNoTask):
    """Any questions whose answers are yes or no."""

    chance = 1 / 2
