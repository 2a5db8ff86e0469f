"""Any questions whose answers are dates MM/DD/YYYY."""

from __future__ import annotations

from smallsteps.tasks import DateTask


class DateAnswer(DateTask):
    """Any questions whose answers are dates MM/DD/YYYY."""

    chance = 0.0
