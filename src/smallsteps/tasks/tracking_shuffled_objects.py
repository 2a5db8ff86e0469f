"""Tracking Shuffled Objects: who holds what after swaps, with three choices; answers are letters A-C."""

from __future__ import annotations

from smallsteps.tasks import LetterTask


class TrackingShuffledObjects(LetterTask):
    """Tracking Shuffled Objects: who holds what after swaps, with three choices; answers are letters A-C."""

    allowed = "ABC"
    chance = 1 / 3
