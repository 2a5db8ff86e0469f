"""StrategyQA: questions that need several facts; answers are yes or no."""

from __future__ import annotations

from smallsteps.tasks import YesNoTask


class StrategyQA(YesNoTask):
    """StrategyQA: questions that need several facts; answers are yes or no."""

    chance = 0.5
