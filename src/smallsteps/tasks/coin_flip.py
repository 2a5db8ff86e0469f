"""Coin Flip: whether a coin is still heads up after flips; answers are yes or no."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from smallsteps.tasks import YesNoTask


class CoinFlip(YesNoTask):
    """Coin Flip: whether a coin is still heads up after flips; answers are yes or no."""

    chance = 0.5
    says: ClassVar[Mapping[str, str]] = {r"heads(?:[ -]up)?": "yes", r"tails(?:[ -]up)?": "no"}
