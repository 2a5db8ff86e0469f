"""Claim two: *these methods differ*. Seeds are random and paired, and so are the questions.

Let `D[s, q]` be the outcome of the first method minus the second, seed `s`, question `q`. Resampling questions alone
pretends that the seeds at hand are all there are, and rejects a true null in up to two studies of five. A paired t test
over the seeds' mean differences is exact for *these* questions, but where methods are good at different questions it
rejects too often for questions *like* these, and the more often the more seeds there are
(`benchmarks/null_studies.py --taste 40 --seeds 5`). So both parts enter: in the two-way random
layout

    Var(mean D) = seed part + question part
    seed part      MS_seed / (S Q)                                 S - 1 degrees of freedom
    question part  max(MS_question - MS_residual, 0) / (S Q)       Q - 1 degrees of freedom

and their half-widths add up in squares, each with its own t quantile (Clark 1973, "The language-as-fixed-effect
fallacy"; Zou and Donner 2008, MOVER). Without a question part this *is* the paired t test over seeds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

from smallsteps.errors import InputError
from smallsteps.stats.intervals import Floats, Interval, check_level

LEAST_SEEDS = 2
_LEAST_LOG10_P = -100.0  # beyond, the quantiles of t are not reliable (scipy, 3 degrees of freedom)
_EQUAL = 1e-12


@dataclass(frozen=True, slots=True)
class Spread:
    """The variance of a mean difference by source: squared standard errors with their degrees of freedom.

    `seeds` shrinks with more seeds, `questions` only with more questions.
    """

    seeds: float
    seeds_df: int
    questions: float
    questions_df: int

    def half_width(self, level: float) -> float:
        """Half the width of the interval at a level (MOVER: half-widths add up in squares)."""
        return self._half((1 - check_level(level)) / 2)

    def p_value(self, difference: float) -> float:
        """Two-sided p: one minus the level at which the interval just touches zero."""
        if difference == 0:
            return 1.0

        def excess(log10_p: float) -> float:
            return self._half(10.0**log10_p / 2) - abs(difference)

        if excess(_LEAST_LOG10_P) <= 0:  # smaller than anybody will ever want to know
            return 0.0
        return 1.0 if excess(0.0) >= 0 else float(10.0 ** optimize.brentq(excess, _LEAST_LOG10_P, 0.0, xtol=1e-12))

    def _half(self, tail: float) -> float:
        seeds, questions = stats.t.isf(tail, self.seeds_df), stats.t.isf(tail, self.questions_df)
        return math.hypot(math.sqrt(self.seeds) * float(seeds), math.sqrt(self.questions) * float(questions))


@dataclass(frozen=True, slots=True)
class MethodsResult:
    """Two methods over `seeds` paired seeds and the same `n` questions; `difference` is first minus second.

    `interval` and `p` are None if the seeds allow no test; `reason` then says why, in a clause.
    """

    seeds: int
    n: int
    difference: float
    interval: Interval | None
    p: float | None
    spread: Spread | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TResult:
    """A paired t test: mean difference, its interval, t, p and degrees of freedom."""

    difference: float
    interval: Interval
    t: float
    p: float
    df: int


def paired_t(differences: Floats, level: float = 0.95) -> TResult:
    """The paired t test on per-seed differences [seeds], for the questions at hand.

    Raises InputError with fewer than two seeds and where all differences are equal, because t is then undefined.
    """
    values = np.asarray(differences, dtype=np.float64)
    if (reason := undecidable(values)) is not None:
        raise InputError(f"no t test: {reason}")
    result = stats.ttest_1samp(values, 0.0)
    low, high = result.confidence_interval(check_level(level))
    p, t = float(result.pvalue), float(result.statistic)
    return TResult(float(values.mean()), Interval(float(low), float(high)), t, p, len(values) - 1)


def compare_methods(a: Floats, b: Floats, level: float = 0.95) -> MethodsResult:
    """Whether two methods differ, over seeds and questions like these.

    `a` and `b` [seeds, questions] hold right-or-wrong or scores; row `s` of both has the same seed. Never guesses: with
    one seed, or if the seeds' differences do not vary at all, the result is untested. Raises
    InputError for different shapes and for scores that are no finite numbers.
    """
    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if first.shape != second.shape or first.ndim != 2 or first.size == 0:
        raise InputError(f"outcomes of shapes {first.shape} and {second.shape}; expected [seeds, questions] twice")
    differences = first - second
    if not np.isfinite(differences).all():
        raise InputError("a score is not a finite number; score that question as 0 or leave it out of every arm")
    seeds, n = differences.shape
    mean = float(differences.mean())
    if (reason := undecidable(differences.mean(axis=1))) is not None:
        return MethodsResult(seeds, n, mean, None, None, None, reason)
    spread = crossed_spread(differences)
    half = spread.half_width(level)
    low, high = max(mean - half, -1.0), min(mean + half, 1.0)
    if np.abs(differences).max() > 1:  # scores on a scale of 100 have no such bounds
        low, high = mean - half, mean + half
    return MethodsResult(seeds, n, mean, Interval(low, high), spread.p_value(mean), spread)


def crossed_spread(differences: Floats) -> Spread:
    """The seed part and the question part of the variance of the mean of `differences` [seeds ≥ 2, questions].

    The moment estimators of the two-way random layout without replication, which are the REML estimates wherever
    those are not on their border. With one question there is no question part to be told apart.
    """
    seeds, n = differences.shape
    mean, rows, columns = differences.mean(), differences.mean(axis=1), differences.mean(axis=0)
    of_seeds = n * float(rows.var(ddof=1))
    if n == 1:
        return Spread(of_seeds / seeds, seeds - 1, 0.0, 1)
    of_questions = seeds * float(columns.var(ddof=1))
    rest = differences - rows[:, None] - columns[None, :] + mean
    residual = float((rest**2).sum()) / ((seeds - 1) * (n - 1))
    return Spread(of_seeds / (seeds * n), seeds - 1, max(of_questions - residual, 0.0) / (seeds * n), n - 1)


def undecidable(per_seed: Floats) -> str | None:
    """Why per-seed differences [seeds] allow no test, in a clause; None if they do."""
    if len(per_seed) < LEAST_SEEDS:
        return "one seed cannot show how much a method varies between seeds"
    if float(np.ptp(per_seed)) <= _EQUAL:
        return f"the difference is the same at all {len(per_seed)} seeds, which leaves t undefined"
    return None
