"""A method's accuracy over its seeds, with the interval that both the leaderboard and the report show."""

from __future__ import annotations

import numpy as np

from smallsteps.errors import InputError
from smallsteps.stats.intervals import Floats, Interval, difference_interval, wilson
from smallsteps.stats.seeds import crossed_spread

COVERAGE = "The 95 % interval covers {}."
ONE_SEED = "new questions like these (Wilson), not new seeds"
SEVERAL_SEEDS = "new seeds and new questions like these, around the mean over seeds"


def accuracy_interval(grades: Floats, level: float = 0.95) -> tuple[float, Interval]:
    """The mean of `grades` [seeds, questions], each between 0 and 1, with its interval.

    One seed: over questions, Wilson's where every grade is 0 or 1, else a bootstrap. Several seeds: over seeds and
    questions alike, as in `seeds.compare_methods`; where the grades vary with neither, as for one seed. Raises
    InputError without a grade.
    """
    grades = np.asarray(grades, dtype=np.float64)
    if grades.ndim != 2 or grades.size == 0:
        raise InputError(f"grades of shape {grades.shape}; expected [seeds, questions], at least one of each")
    mean = float(grades.mean())
    half = crossed_spread(grades).half_width(level) if len(grades) > 1 else 0.0
    if half > 0:
        return mean, Interval(max(0.0, mean - half), min(1.0, mean + half))
    if not np.isin(grades, (0.0, 1.0)).all():
        return mean, difference_interval(grades.mean(axis=0), level)
    n = grades.shape[1]
    return mean, wilson(round(mean * n), n, level)


def coverage(most_seeds: int) -> str:
    """What the intervals cover, in a sentence, in a table whose rows have up to `most_seeds` seeds."""
    return COVERAGE.format(ONE_SEED if most_seeds == 1 else SEVERAL_SEEDS)
