"""Claim one: *these trained students differ*. Students are fixed, questions are random."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from smallsteps.errors import InputError
from smallsteps.stats.intervals import Floats, Interval, difference_interval
from smallsteps.stats.permutation import permutation_test

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class StudentsResult:
    """Two trained students over the same `n` questions; `difference` is first minus second."""

    n: int
    difference: float
    interval: Interval
    p: float
    test: str


def mcnemar_exact(gains: int, losses: int) -> float:
    """Two-sided p of the exact McNemar test.

    `gains` questions only the first student has right, `losses` only the second. No discordant question, no evidence:
    p is 1. Source: McNemar 1947; the exact form is the sign test on the discordant pairs.
    """
    if min(gains, losses) < 0:
        raise InputError(f"{gains} gains and {losses} losses: counts of questions cannot be negative")
    if gains + losses == 0:
        return 1.0
    return float(stats.binomtest(gains, gains + losses).pvalue)


def compare_students(a: Bools | Floats, b: Bools | Floats, level: float = 0.95) -> StudentsResult:
    """Whether two trained students differ on questions like these.

    `a` and `b` [questions] are booleans (right or wrong: exact McNemar) or scores (permutation test), in the same order
    of questions; the interval comes from a bootstrap over questions. Raises InputError for different shapes, no
    questions, and scores that are not finite. Says nothing about methods: another seed may reverse the result.
    """
    first, second = np.asarray(a), np.asarray(b)
    if first.shape != second.shape or first.ndim != 1 or first.size == 0:
        raise InputError(
            f"outcomes of shapes {first.shape} and {second.shape}; expected two equally long lists of questions"
        )
    binary = first.dtype == np.bool_ and second.dtype == np.bool_
    differences = first.astype(np.float64) - second.astype(np.float64)
    if not np.isfinite(differences).all():
        raise InputError("a score is not a finite number; score that question as 0 or leave it out of both students")
    if binary:
        p, test = mcnemar_exact(int((differences > 0).sum()), int((differences < 0).sum())), "exact McNemar"
    else:
        p, test = permutation_test(first.astype(np.float64), second.astype(np.float64)), "permutation"
    interval = difference_interval(differences, level)
    return StudentsResult(len(first), float(differences.mean()), interval, p, test)
