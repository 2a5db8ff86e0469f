"""Intervals for one arm's accuracy and for the difference of two arms over the same questions."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from smallsteps.errors import InputError, OptionError

Floats = NDArray[np.float64]

DRAWS = 10_000
FEW_DISCORDANT = 10
_FEW_DISTINCT = 32
_CHUNK_CELLS = 4_000_000


class Interval(NamedTuple):
    """Both ends of an interval, as shares of one (0.05 is 5 points)."""

    low: float
    high: float


def check_level(level: float) -> float:
    """The level itself where it is one. Raises OptionError unless 0 < level < 1."""
    if not 0 < level < 1:
        raise OptionError(f"level is {level}; expected a share between 0 and 1, such as 0.95")
    return level


def wilson(right: int, n: int, level: float = 0.95) -> Interval:
    """The Wilson score interval of an accuracy: `right` of `n` questions.

    Keeps its coverage near 0 % and 100 %, where the textbook (Wald) interval collapses. Raises InputError unless
    0 ≤ right ≤ n and n > 0. Source: Wilson 1927; Newcombe 1998, method 3.
    """
    if not 0 <= right <= n or n == 0:
        raise InputError(
            f"{right} right of {n} questions is no accuracy; expected 0 ≤ right ≤ n with at least one question"
        )
    low, high = stats.binomtest(right, n).proportion_ci(check_level(level), method="wilson")
    return Interval(float(low), float(high))


def bootstrap_means(values: Floats, draws: int = DRAWS, seed: int = 0) -> Floats:
    """Means of `draws` resamples, with replacement, of `values` [questions]; shape [draws].

    Where only a few distinct values occur (right and wrong), their counts are drawn instead of the questions: the same
    distribution, much faster.
    """
    values = np.asarray(values, dtype=np.float64)
    generator = np.random.default_rng(seed)
    distinct, counts = np.unique(values, return_counts=True)
    if len(distinct) <= _FEW_DISTINCT:
        drawn = generator.multinomial(len(values), counts / len(values), size=draws)
        return np.asarray(drawn @ distinct / len(values), dtype=np.float64)
    rows = max(1, _CHUNK_CELLS // len(values))
    chunks = [
        values[generator.integers(len(values), size=(min(rows, draws - start), len(values)))].mean(axis=1)
        for start in range(0, draws, rows)
    ]
    return np.concatenate(chunks)


def percentile_interval(drawn: Floats, level: float = 0.95) -> Interval:
    """The middle `level` of bootstrap draws [draws]."""
    tail = (1 - check_level(level)) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return Interval(float(low), float(high))


def bonett_price(gains: int, losses: int, n: int, level: float = 0.95) -> Interval:
    """An interval for a difference of two paired accuracies that holds with few discordant questions, or none.

    `gains` questions only the first student has right, `losses` only the second, of `n`.
    Source: Bonett and Price 2012, "Adjusted Wald confidence interval for a difference of binomial proportions based
    on paired data", J. Educ. Behav. Stat. 37(4): one is added to each discordant count.
    """
    gain, loss = (gains + 1) / (n + 2), (losses + 1) / (n + 2)
    z = float(stats.norm.isf((1 - check_level(level)) / 2))
    centre, half = gain - loss, z * float(np.sqrt((gain + loss - (gain - loss) ** 2) / (n + 2)))
    return Interval(max(-1.0, centre - half), min(1.0, centre + half))


def difference_interval(differences: Floats, level: float = 0.95, draws: int = DRAWS, seed: int = 0) -> Interval:
    """The interval of a mean difference between two students over the same questions.

    `differences` [questions] holds first minus second, as 1, 0, -1 or as differences of scores. A percentile bootstrap
    over questions. With fewer than FEW_DISCORDANT discordant questions the bootstrap is too short (and of no length at
    all where none is discordant), so right-or-wrong differences then get the interval of Bonett and Price.
    """
    differences = np.asarray(differences, dtype=np.float64)
    if np.isin(differences, (-1.0, 0.0, 1.0)).all():
        gains, losses = int((differences > 0).sum()), int((differences < 0).sum())
        if gains + losses < FEW_DISCORDANT:
            return bonett_price(gains, losses, len(differences), level)
    return percentile_interval(bootstrap_means(differences, draws, seed), level)
