"""Who is compared with whom in a sweep, and the interval of an accuracy over seeds."""

from __future__ import annotations

import numpy as np
import pytest

from smallsteps.errors import InputError
from smallsteps.stats import (
    ArmResult,
    Point,
    accuracy_interval,
    compare_arms,
    compare_sweep,
    comparison_points,
    crossed_spread,
    difference_interval,
    point_key,
    wilson,
)


def arm(method: str, right: str, seed: int = 0) -> ArmResult:
    return ArmResult(method, "s", seed, "t", {f"q{i}": one == "1" for i, one in enumerate(right)})


LOW, HIGH = (("a", 1),), (("a", 2),)


def test_comparison_points_are_those_that_no_other_covers() -> None:
    assert comparison_points([(), LOW, HIGH, LOW]) == [LOW, HIGH]
    assert comparison_points([(), ()]) == [()]
    assert comparison_points([LOW, (("b", 1),), (("a", 1), ("b", 1))]) == [(("a", 1), ("b", 1))]


def test_a_method_without_the_swept_field_runs_at_every_value() -> None:
    base, low, high = arm("base", "110010"), arm("swept", "111010"), arm("swept", "000010")
    points: list[Point] = [(), LOW, HIGH]
    found = compare_sweep(list(zip(points, (base, low, high), strict=True)), "base")
    assert [(point, one.methods) for point, one in found if one.level == "students"] == [
        (LOW, ("swept", "base")),
        (HIGH, ("swept", "base")),
    ]
    assert [one for point, one in found if point == HIGH] == compare_arms([base, high], "base")


def test_where_the_baseline_does_not_run_the_first_method_stands_in() -> None:
    results = [(LOW, arm("x", "1100")), (LOW, arm("y", "1010")), (HIGH, arm("base", "1111"))]
    found = compare_sweep(results, "base", all_pairs=True)
    assert {(point, one.methods) for point, one in found} == {(LOW, ("y", "x"))}


def test_a_point_can_hold_lists() -> None:
    assert point_key((("prepare", [{"k": 1}]), ("n", 3))) == (("prepare", '[{"k": 1}]'), ("n", 3))


def test_one_seed_has_the_interval_over_questions() -> None:
    assert accuracy_interval(np.array([[1.0, 0, 1, 1]])) == (0.75, wilson(3, 4))
    graded = np.array([[0.5, 0.25, 0.75, 0.1]])
    assert accuracy_interval(graded) == (0.4, difference_interval(graded[0]))


def test_several_seeds_have_the_interval_over_seeds_and_questions() -> None:
    draws = np.random.default_rng(0)
    skill = draws.uniform(0.2, 0.9, 200)
    grades = (draws.uniform(size=(3, 200)) < skill).astype(float)
    mean, interval = accuracy_interval(grades)
    half = crossed_spread(grades).half_width(0.95)
    assert interval == pytest.approx((mean - half, mean + half))
    seeds = grades.mean(axis=1)
    over_seeds_alone = 4.303 * seeds.std(ddof=1) / np.sqrt(3)
    assert half > over_seeds_alone, "questions add to what seeds vary"


def test_seeds_that_agree_on_everything_have_the_interval_over_questions() -> None:
    assert accuracy_interval(np.ones((3, 20))) == (1.0, wilson(20, 20))


def test_no_grades_have_no_interval() -> None:
    with pytest.raises(InputError, match="at least one of each"):
        accuracy_interval(np.zeros((0, 4)))
