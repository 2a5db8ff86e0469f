"""What holds for any outcomes."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smallsteps import stats

counts = st.integers(0, 60)


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.floats(0.5, 0.999))
def test_wilson_holds_the_accuracy_and_mirrors(pair: tuple[int, int], level: float) -> None:
    right, n = pair
    low, high = stats.wilson(right, n, level)
    assert -1e-12 <= low <= right / n + 1e-12 and right / n - 1e-12 <= high <= 1 + 1e-12
    assert stats.wilson(n - right, n, level) == pytest.approx((1 - high, 1 - low), abs=1e-9)


@given(counts, counts, counts)
def test_students_are_antisymmetric(gains: int, losses: int, both: int) -> None:
    a = np.repeat([True, False, True], [gains, losses, both + 1])
    b = np.repeat([False, True, True], [gains, losses, both + 1])
    there, back = stats.compare_students(a, b), stats.compare_students(b, a)
    assert there.difference == -back.difference
    assert there.p == back.p
    assert there.interval.low <= there.difference + 1e-9 or gains + losses < 10
    order = np.random.default_rng(0).permutation(len(a))
    assert stats.compare_students(a[order], b[order]) == there


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_never_lowers_a_p_and_keeps_the_order(p: list[float]) -> None:
    corrected = [value for value in stats.holm(p) if value is not None]
    assert all(after >= before for before, after in zip(p, corrected, strict=True))
    assert all(after <= 1 for after in corrected)
    assert [corrected[i] for i in np.argsort(p)] == sorted(corrected)


@settings(deadline=None, max_examples=50)
@given(st.integers(2, 6), st.integers(2, 40), st.integers(0, 2**32 - 1))
def test_methods_are_antisymmetric_and_never_surer_than_the_paired_t(seeds: int, questions: int, seed: int) -> None:
    a, b = np.random.default_rng(seed).random((2, seeds, questions)) < 0.6
    there, back = stats.compare_methods(a, b), stats.compare_methods(b, a)
    assert there.difference == pytest.approx(-back.difference)
    if there.p is None:
        assert back.p is None and there.reason
        return
    assert there.p == pytest.approx(back.p)
    assert there.p >= stats.paired_t((a.astype(float) - b).mean(axis=1)).p - 1e-6
    assert there.interval is not None
    if abs(there.difference) > 1e-9:
        assert (there.p < 0.05) == (not there.interval.low <= 0 <= there.interval.high)


@settings(deadline=None, max_examples=15)
@given(st.integers(2, 5), st.lists(st.integers(20, 120), min_size=1, max_size=3), st.integers(0, 2**32 - 1))
def test_the_hierarchical_bootstrap_has_the_variance_of_the_random_layout(
    seeds: int, sizes: list[int], seed: int
) -> None:
    generator = np.random.default_rng(seed)
    tasks = [
        generator.normal(0, 0.2, (1, size))
        + generator.normal(0, 0.1, (seeds, 1))
        + generator.normal(0, 0.3, (seeds, size))
        for size in sizes
    ]
    of_seeds, of_questions, _ = stats.hierarchical_draws(tasks, 4_000)
    per_seed = np.mean([task.mean(axis=1) for task in tasks], axis=0)
    assert of_seeds.var() == pytest.approx(per_seed.var(ddof=1) / seeds, rel=0.15)
    expected = sum(stats.crossed_spread(task).questions for task in tasks) / len(tasks) ** 2
    assert of_questions.var() == pytest.approx(expected, rel=0.15, abs=1e-12)


@given(st.integers(2, 7), st.data())
def test_letters_are_shared_exactly_where_nothing_differs(size: int, data: st.DataObject) -> None:
    names = [f"m{i}" for i in range(size)]
    verdicts = {pair: data.draw(st.sampled_from(["better", "tie", "undecidable"])) for pair in combinations(names, 2)}
    found = [
        stats.Comparison(a, b, "methods", 0.1, None, None, "t", "s", (a, b), 9, (0,), "share", "t", verdict=verdict)
        for (a, b), verdict in verdicts.items()
    ]
    letters = stats.significance_groups(names, found)
    assert all(letters.values())
    for (a, b), verdict in verdicts.items():
        assert bool(set(letters[a]) & set(letters[b])) == (verdict != "better")
