"""How many questions or seeds it takes to detect a difference.

The observed difference stands in for the true one, which is a guess: use these numbers to plan the next study, not to
rescue this one.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import stats

from smallsteps.stats.intervals import check_level
from smallsteps.stats.seeds import Spread

POWER = 0.8
MOST_SEEDS = 4096
_GRID = 256
_DEVIATIONS = 8.0
_DIFFERENCE_STEP = 1e-4


def mcnemar_power(n: int, gain: float, loss: float, level: float = 0.95) -> float:
    """The chance that the exact McNemar test finds a difference over `n` questions, computed exactly.

    `gain` is the share of questions that only the better student has right, `loss` that only the other has right. Sums
    the conditional power over the number of discordant questions, a binomial of `n` and `gain + loss`.
    """
    alpha, discordant = 1 - check_level(level), gain + loss
    if discordant <= 0:
        return 0.0
    centre, width = n * discordant, _DEVIATIONS * math.sqrt(n * discordant * (1 - discordant)) + 2
    counts = np.arange(max(0, math.floor(centre - width)), min(n, math.ceil(centre + width)) + 1)
    # The largest count k with 2 P(X <= k) <= alpha; ppf gives the first k at which P(X <= k) >= alpha / 2.
    critical = stats.binom.ppf(alpha / 2, counts, 0.5)
    critical = np.where(stats.binom.cdf(critical, counts, 0.5) > alpha / 2, critical - 1, critical)
    share = gain / discordant
    found = stats.binom.sf(counts - critical - 1, counts, share) + stats.binom.cdf(critical, counts, share)
    return float(np.sum(stats.binom.pmf(counts, n, discordant) * np.where(critical < 0, 0.0, found)))


def questions_needed(gain: float, loss: float, level: float = 0.95, power: float = POWER) -> int | None:
    """The number of questions, in all, at which exact McNemar finds this difference with chance `power`.

    Shares as for `mcnemar_power`. None where the two students do not differ at all: no number would do.
    Source: Connett, Smith and McHugh 1987, with Fleiss's continuity correction for the exact test.
    """
    difference, discordant = abs(gain - loss), gain + loss
    if difference <= 0:
        return None
    z_level, z_power = stats.norm.isf((1 - check_level(level)) / 2), stats.norm.ppf(power)
    root = float(z_level * math.sqrt(discordant) + z_power * math.sqrt(max(discordant - difference**2, 0.0)))
    plain = (root / difference) ** 2
    return math.ceil(plain / 4 * (1 + math.sqrt(1 + 4 / (plain * difference))) ** 2)


def scores_needed(difference: float, deviation: float, level: float = 0.95, power: float = POWER) -> int | None:
    """The number of questions, in all, at which a mean difference of scores is found with chance `power`.

    `deviation` is the standard deviation of the per-question differences. Normal approximation. None for no difference.
    """
    if difference == 0:
        return None
    z = float(stats.norm.isf((1 - check_level(level)) / 2) + stats.norm.ppf(power))
    return max(2, math.ceil((z * deviation / difference) ** 2))


def seeds_power(difference: float, spread: Spread, seeds: int, level: float = 0.95) -> float:
    """The chance that `compare_methods` finds a true `difference` with `seeds` paired seeds and these questions.

    `spread` is that of a study of `spread.seeds_df + 1` seeds. Integrates over the estimate of the seed part, a scaled
    chi-square; without a question part this is the power of the paired t test (noncentral t).
    """
    one_seed = spread.seeds * (spread.seeds_df + 1)
    tail, df = (1 - check_level(level)) / 2, seeds - 1
    estimates = stats.chi2.ppf((np.arange(_GRID) + 0.5) / _GRID, df) / df * one_seed / seeds
    half = np.sqrt(
        estimates * stats.t.isf(tail, df) ** 2 + spread.questions * stats.t.isf(tail, spread.questions_df) ** 2
    )
    error = math.sqrt(one_seed / seeds + spread.questions)
    found = stats.norm.sf((half - abs(difference)) / error) + stats.norm.cdf((-half - abs(difference)) / error)
    return float(np.mean(found))


def seeds_needed(difference: float, spread: Spread, level: float = 0.95, power: float = POWER) -> int | None:
    """The number of paired seeds, in all, at which `compare_methods` finds this difference with chance `power`.

    None for no difference, and where no number of seeds would do (within MOST_SEEDS) because the questions are too few.
    """
    if difference == 0 or seeds_power(difference, spread, MOST_SEEDS, level) < power:
        return None
    low, high = 1, 2
    while seeds_power(difference, spread, high, level) < power:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if seeds_power(difference, spread, middle, level) >= power else (middle, high)
    return high


def detectable_difference(spread: Spread, seeds: int, level: float = 0.95, power: float = POWER) -> float | None:
    """The smallest true difference that `compare_methods` detects with `seeds` paired seeds and chance `power`.

    A share between 0 and 1. None where even a difference of 1 would be missed.
    """
    if seeds_power(1.0, spread, seeds, level) < power:
        return None
    low, high = 0.0, 1.0
    while high - low > _DIFFERENCE_STEP:
        middle = (low + high) / 2
        low, high = (low, middle) if seeds_power(middle, spread, seeds, level) >= power else (middle, high)
    return high


def one_seed_spread(interval: tuple[float, float], level: float = 0.95) -> Spread:
    """A guess at the spread between seeds from one pair of students: what questions alone would cause.

    `interval` is that of the difference over questions. One pair of students cannot show the variance between seeds,
    and sampling the questions is the least that two seeds differ by: more seeds may be needed than this says.
    """
    half = (interval[1] - interval[0]) / 2
    error = half / float(stats.norm.isf((1 - check_level(level)) / 2))
    return Spread(error**2 / 2, 1, 0.0, 1)
