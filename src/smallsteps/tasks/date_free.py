"""Date Understanding without choices; answers are dates MM/DD/YYYY."""

from __future__ import annotations

from smallsteps.tasks import DateTask


class DateFree(DateTask):
    """Date Understanding without choices; answers are dates MM/DD/YYYY."""

    chance = 0.0
