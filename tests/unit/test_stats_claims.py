"""Both claims against published numbers, statsmodels, and the cases in which nothing can be decided."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats as reference

from smallsteps import stats
from smallsteps.errors import InputError, OptionError

# Newcombe 1998, "Two-sided confidence intervals for the single proportion", Stat. Med. 17, table I, method 3.
NEWCOMBE = [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0000, 0.1611), (1, 29, 0.0061, 0.1718)]

# Complete response before and after therapy (Cavo 2012), exact conditional test: Fagerland, Lydersen and Laake 2017,
# "Statistical Analysis of Contingency Tables", chapter 8, as printed by its companion R package contingencytables.
# The others: the McNemar calculator of VassarStats, as recorded in the tests of statsmodels.
PUBLISHED_MCNEMAR = [(6, 16, 0.052479), (70, 59, 0.378688), (80, 59, 0.089452), (30, 60, 0.00206), (10, 10, 1.0)]


@pytest.mark.parametrize(("right", "n", "low", "high"), NEWCOMBE)
def test_wilson_gives_the_published_limits(right: int, n: int, low: float, high: float) -> None:
    assert stats.wilson(right, n) == pytest.approx((low, high), abs=6e-5)


@pytest.mark.parametrize(("right", "n", "level"), [(0, 1, 0.95), (7, 9, 0.9), (300, 300, 0.99), (741, 1319, 0.95)])
def test_wilson_equals_statsmodels(right: int, n: int, level: float) -> None:
    from statsmodels.stats.proportion import proportion_confint

    expected = proportion_confint(right, n, alpha=1 - level, method="wilson")
    assert stats.wilson(right, n, level) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("right", "n"), [(1, 0), (0, 0), (4, 3), (-1, 3)])
def test_wilson_refuses_counts_that_are_no_accuracy(right: int, n: int) -> None:
    with pytest.raises(InputError, match="is no accuracy"):
        stats.wilson(right, n)


@pytest.mark.parametrize(("gains", "losses", "p"), PUBLISHED_MCNEMAR)
def test_mcnemar_gives_the_published_p(gains: int, losses: int, p: float) -> None:
    assert stats.mcnemar_exact(gains, losses) == pytest.approx(p, abs=6e-7)


@pytest.mark.parametrize(("gains", "losses"), [(0, 1), (5, 5), (59, 6), (150, 86), (3, 0), (700, 650)])
def test_mcnemar_equals_statsmodels(gains: int, losses: int) -> None:
    from statsmodels.stats.contingency_tables import mcnemar

    expected = mcnemar([[10, gains], [losses, 20]], exact=True).pvalue
    assert stats.mcnemar_exact(gains, losses) == pytest.approx(expected, rel=1e-9)
    assert stats.mcnemar_exact(losses, gains) == stats.mcnemar_exact(gains, losses)


def test_mcnemar_without_discordant_questions_is_no_evidence() -> None:
    assert stats.mcnemar_exact(0, 0) == 1.0


def test_holm_equals_statsmodels_and_leaves_out_what_was_not_tested() -> None:
    from statsmodels.stats.multitest import multipletests

    p = [0.01, 0.04, 0.03, 0.005, 0.5, 0.03]
    assert stats.holm(p) == pytest.approx(list(multipletests(p, method="holm")[1]))
    assert stats.holm([0.01, None, 0.04]) == [pytest.approx(0.02), None, pytest.approx(0.04)]
    assert stats.holm([None]) == [None]
    assert stats.holm([]) == []


def test_bootstrap_over_counts_is_the_bootstrap_over_questions() -> None:
    values = np.repeat([1.0, 0.0, -1.0], [40, 50, 10])
    by_counts = stats.bootstrap_means(values, 20_000)
    by_questions = values[np.random.default_rng(1).integers(100, size=(20_000, 100))].mean(axis=1)
    assert reference.ks_2samp(by_counts, by_questions).pvalue > 0.001
    assert by_counts.std() == pytest.approx(values.std() / 10, rel=0.03)


def test_bootstrap_of_scores_resamples_questions() -> None:
    values = np.random.default_rng(0).normal(0.3, 1, 400)
    low, high = stats.difference_interval(values)
    half = 1.96 * values.std() / 20
    assert (low, high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.01)


def test_an_interval_without_a_discordant_question_has_a_length() -> None:
    low, high = stats.difference_interval(np.zeros(100))
    assert low < 0 < high
    assert high == pytest.approx(-low)
    assert high < 0.04


def test_bonett_price_gives_its_formula() -> None:
    # Adjusted shares 7/102 and 3/102: difference 0.0392, standard error sqrt((0.0980 - 0.0392²) / 102).
    expected = 4 / 102 + np.array([-1, 1]) * 1.959964 * np.sqrt((10 / 102 - (4 / 102) ** 2) / 102)
    assert stats.bonett_price(6, 2, 100) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("level", [0.0, 1.0, 95, -0.5])
def test_a_level_is_a_share(level: float) -> None:
    with pytest.raises(OptionError, match=r"such as 0\.95"):
        stats.wilson(1, 2, level)


def test_permutation_test_tries_every_swap_of_a_few_questions() -> None:
    a, b = np.array([3.0, 5.0, 4.0, 7.0]), np.array([1.0, 2.0, 3.5, 3.0])
    # All four differences are positive: 2 of the 16 sign patterns are as extreme.
    assert stats.permutation_test(a, b) == pytest.approx(2 / 16)
    assert stats.permutation_test(a, a) == 1.0


@pytest.mark.parametrize("n", [7, 40])
def test_permutation_test_equals_scipy(n: int) -> None:
    generator = np.random.default_rng(n)
    a, b = np.round(generator.normal([[0.5], [0.0]], 1, (2, n)), 1)  # rounded, so that there are ties
    expected = reference.permutation_test(
        (a, b), lambda x, y, axis: np.mean(x - y, axis=axis), permutation_type="samples", vectorized=True, rng=generator
    )
    assert stats.permutation_test(a, b) == pytest.approx(expected.pvalue, abs=1e-9 if n == 7 else 0.015)


def test_permutation_test_agrees_with_t_on_many_scores() -> None:
    generator = np.random.default_rng(3)
    a = generator.normal(0.5, 0.2, 200)
    b = a - generator.normal(0.03, 0.15, 200)
    p = stats.permutation_test(a, b)
    assert p == pytest.approx(reference.ttest_rel(a, b).pvalue, abs=0.006)
    assert stats.permutation_test(a, b) == p


def test_students_all_right_and_all_wrong() -> None:
    right, wrong = np.ones(50, dtype=bool), np.zeros(50, dtype=bool)
    result = stats.compare_students(right, wrong)
    assert result.difference == 1
    assert result.p < 1e-14
    same = stats.compare_students(right, right)
    assert (same.difference, same.p) == (0, 1)
    assert same.interval.low < 0 < same.interval.high


def test_students_refuse_outcomes_that_do_not_pair() -> None:
    with pytest.raises(InputError, match=r"\(3,\) and \(2,\)"):
        stats.compare_students(np.ones(3), np.ones(2))
    with pytest.raises(InputError, match="not a finite number"):
        stats.compare_students(np.array([1.0, np.nan]), np.ones(2))


def test_paired_t_equals_scipy_and_refuses_what_is_undefined() -> None:
    differences = np.array([0.03, 0.05, 0.01, 0.04])
    expected = reference.ttest_rel(differences, np.zeros(4))
    found = stats.paired_t(differences)
    assert (found.t, found.p, found.df) == pytest.approx((expected.statistic, expected.pvalue, 3))
    assert found.interval == pytest.approx(tuple(expected.confidence_interval()))
    with pytest.raises(InputError, match="one seed"):
        stats.paired_t(np.array([0.1]))
    with pytest.raises(InputError, match="same at all 3 seeds"):
        stats.paired_t(np.full(3, 0.1))


def test_methods_without_a_question_part_are_the_paired_t() -> None:
    generator = np.random.default_rng(5)
    # Independent outcomes whose question means vary *less* than chance: there is no question part to be added.
    for _ in range(200):
        a, b = generator.random((2, 3, 60)) < 0.5
        result = stats.compare_methods(a, b)
        assert result.spread is not None
        if result.spread.questions == 0:
            break
    expected = stats.paired_t((a.astype(float) - b).mean(axis=1))
    assert result.p == pytest.approx(expected.p, rel=1e-6)
    assert result.interval == pytest.approx(expected.interval, abs=1e-9)


def test_methods_good_at_different_questions_are_judged_over_new_questions_too() -> None:
    generator = np.random.default_rng(6)
    strengths = generator.choice([0.05, 0.95], size=(2, 1, 200))
    a, b = generator.random((2, 5, 200)) < strengths
    result = stats.compare_methods(a, b)
    plain = stats.paired_t((a.astype(float) - b).mean(axis=1))
    assert result.interval is not None
    assert result.interval.high - result.interval.low > 2 * (plain.interval.high - plain.interval.low)


def test_spread_is_the_variance_of_a_mixed_model() -> None:
    import statsmodels.api as sm

    generator = np.random.default_rng(8)
    seeds, questions = 6, 15
    values = 0.2 + generator.normal(0, 1.0, (seeds, 1)) + generator.normal(0, 0.8, (1, questions))
    values = values + generator.normal(0, 0.5, (seeds, questions))
    row, column = np.indices(values.shape)
    indicators = {
        name: np.eye(size)[index.ravel()] for name, size, index in (("s", seeds, row), ("q", questions, column))
    }
    one = np.zeros(values.size, dtype=int)
    parts = {name: {0: matrix} for name, matrix in indicators.items()}
    names = {name: {0: [f"{name}{i}" for i in range(matrix.shape[1])]} for name, matrix in indicators.items()}
    described = sm.regression.mixed_linear_model.VCSpec(
        list(parts), [[names[name][0]] for name in parts], [[parts[name][0]] for name in parts]
    )
    model = sm.MixedLM(values.ravel(), np.ones((values.size, 1)), groups=one, exog_vc=described)
    fitted = model.fit(reml=True)
    spread = stats.crossed_spread(values)
    assert np.sqrt(spread.seeds + spread.questions) == pytest.approx(float(fitted.bse_fe[0]), rel=0.01)


def test_methods_say_what_they_cannot_decide() -> None:
    generator = np.random.default_rng(9)
    a, b = generator.random((2, 1, 100)) < 0.5
    alone = stats.compare_methods(a, b)
    assert (alone.p, alone.interval, alone.spread) == (None, None, None)
    assert "one seed cannot show" in alone.reason
    same = stats.compare_methods(np.repeat(a, 3, axis=0), np.repeat(b, 3, axis=0))
    assert same.p is None
    assert "leaves t undefined" in same.reason


def test_p_and_interval_of_methods_agree() -> None:
    spread = stats.Spread(0.0004, 2, 0.0001, 299)
    p = spread.p_value(0.07)
    assert spread.half_width(1 - p) == pytest.approx(0.07, rel=1e-6)
    assert spread.p_value(0) == 1
    assert stats.Spread(1e-300, 50, 0.0, 10).p_value(1.0) < 1e-99
