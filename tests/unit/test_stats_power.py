"""Power: against statsmodels, published sizes, and simulated studies with a planted gain."""

from __future__ import annotations

import numpy as np
import pytest

from smallsteps import stats


@pytest.mark.parametrize(("n", "gain", "loss"), [(100, 0.2, 0.05), (300, 0.2, 0.13), (60, 0.1, 0.0)])
def test_predicted_power_of_mcnemar_is_found(n: int, gain: float, loss: float) -> None:
    generator = np.random.default_rng(0)
    drawn = generator.multinomial(n, [gain, loss, 1 - gain - loss], size=4_000)
    tables, counts = np.unique(drawn[:, :2], axis=0, return_counts=True)
    found = sum(
        count
        for (gains, losses), count in zip(tables, counts, strict=True)
        if stats.mcnemar_exact(gains, losses) < 0.05
    )
    low, high = stats.wilson(int(found), 4_000, 0.999)
    assert low <= stats.mcnemar_power(n, gain, loss) <= high


@pytest.mark.parametrize(("gain", "loss"), [(0.02, 0.01), (0.2, 0.15), (0.3, 0.1), (0.1, 0.06)])
@pytest.mark.parametrize("level", [0.95, 0.99])
def test_questions_needed_reach_the_power_asked_for(gain: float, loss: float, level: float) -> None:
    n = stats.questions_needed(gain, loss, level)
    assert n is not None
    assert 0.79 <= stats.mcnemar_power(n, gain, loss, level) <= 0.83
    assert stats.questions_needed(loss, gain, level) == n


def test_nothing_resolves_no_difference() -> None:
    assert stats.questions_needed(0.1, 0.1) is None
    assert stats.questions_needed(0.0, 0.0) is None
    assert stats.scores_needed(0.0, 1.0) is None
    assert stats.seeds_needed(0.0, stats.Spread(0.01, 2, 0.0, 99)) is None
    assert stats.mcnemar_power(100, 0.0, 0.0) == 0


def test_scores_needed_is_the_size_of_a_paired_t_test() -> None:
    from statsmodels.stats.power import TTestPower

    expected = TTestPower().solve_power(effect_size=0.2, alpha=0.05, power=0.8)
    assert stats.scores_needed(0.04, 0.2) == pytest.approx(expected, abs=3)


@pytest.mark.parametrize("seeds", [2, 3, 5, 20])
def test_power_over_seeds_is_that_of_the_paired_t_test(seeds: int) -> None:
    from statsmodels.stats.power import TTestPower

    deviation = 0.03
    spread = stats.Spread(deviation**2 / 4, 3, 0.0, 299)  # as estimated over four seeds
    expected = TTestPower().power(effect_size=0.05 / deviation, nobs=seeds, alpha=0.05)
    assert stats.seeds_power(0.05, spread, seeds) == pytest.approx(expected, abs=0.01)


def test_seeds_needed_is_the_first_number_with_the_power() -> None:
    spread = stats.Spread(0.03**2 / 3, 2, 0.00001, 299)
    needed = stats.seeds_needed(0.05, spread)
    assert needed is not None
    assert stats.seeds_power(0.05, spread, needed) >= 0.8 > stats.seeds_power(0.05, spread, needed - 1)


def test_more_seeds_cannot_make_up_for_too_few_questions() -> None:
    spread = stats.Spread(0.0001, 2, 0.03**2, 99)
    assert stats.seeds_needed(0.05, spread) is None


def test_a_planted_gain_of_methods_is_found_with_the_predicted_power() -> None:
    generator = np.random.default_rng(1)
    seeds, questions, gain, deviation = 5, 200, 0.08, 0.02
    noise = 2 * 0.25 / questions
    spread = stats.Spread((2 * deviation**2 + noise) / seeds, seeds - 1, 0.0, questions - 1)
    found = 0
    for _ in range(400):
        chance = 0.5 + generator.normal(0, deviation, (2, seeds, 1)) + np.array([gain, 0])[:, None, None]
        a, b = generator.random((2, seeds, questions)) < chance
        p = stats.compare_methods(a, b).p
        found += p is not None and p < 0.05
    low, high = stats.wilson(found, 400, 0.999)
    assert low <= stats.seeds_power(gain, spread, seeds) <= high


@pytest.mark.parametrize("seeds", [3, 5, 10])
def test_a_detectable_difference_is_detected_with_the_power_asked_for(seeds: int) -> None:
    spread = stats.Spread(0.0004, 2, 0.0, 99)
    difference = stats.detectable_difference(spread, seeds)
    assert difference is not None
    assert stats.seeds_power(difference, spread, seeds) >= 0.8 > stats.seeds_power(difference - 0.001, spread, seeds)


def test_more_seeds_detect_less_and_some_spreads_hide_everything() -> None:
    spread = stats.one_seed_spread((0.1, 0.2))
    found = [stats.detectable_difference(spread, seeds) for seeds in (3, 5, 10)]
    assert found == sorted(found, key=lambda one: -(one or 0)) and None not in found
    assert stats.detectable_difference(stats.Spread(0.5, 2, 0.0, 99), 2) is None


def test_one_pair_of_students_varies_as_its_questions_do() -> None:
    spread = stats.one_seed_spread((0.0, 2 * 1.959964 * 0.03))
    assert spread.seeds * (spread.seeds_df + 1) == pytest.approx(0.03**2, rel=1e-5)
    assert spread.questions == 0
