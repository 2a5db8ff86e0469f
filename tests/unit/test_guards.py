"""The guards of an extra loss: what a collapse looks like in numbers, and when it is told."""

from __future__ import annotations

import pytest
import torch

from smallsteps.training.collapse import WINDOW, CollapseMonitor, measure

DRAW = torch.Generator().manual_seed(0)
TARGETS = torch.randn(40, 6, generator=DRAW)


def test_states_that_match_their_vectors_find_them() -> None:
    report = measure(TARGETS * 3 + 0.01, TARGETS)
    assert report.retrieval == 1 and report.h_spread > 0.9 and abs(report.g_cosine) < 0.1 and not report.collapsed
    assert report.places == 40


def test_numbers_agree_with_direct_formulas() -> None:
    states, targets = TARGETS[:9].flip(0) + 1, TARGETS[:9]
    report = measure(states, targets)
    spread = ((states - states.mean(0)) ** 2).sum() / (states**2).sum()
    pairs = [
        torch.nn.functional.cosine_similarity(targets[i], targets[j], dim=0)
        for i in range(9)
        for j in range(9)
        if i != j
    ]
    nearest = [
        max(range(9), key=lambda j: float(torch.nn.functional.cosine_similarity(h, targets[j], dim=0))) for h in states
    ]
    assert report.h_spread == pytest.approx(float(spread), rel=1e-5)
    assert report.g_cosine == pytest.approx(float(torch.stack(pairs).mean()), abs=1e-6)
    assert report.retrieval == pytest.approx(sum(own == found for own, found in enumerate(nearest)) / 9)


def test_states_that_are_all_alike_are_a_collapse_and_find_nothing() -> None:
    report = measure(torch.ones(40, 6), TARGETS)
    assert report.h_spread < 1e-6 and report.collapsed and report.retrieval == pytest.approx(1 / 40)
    assert "all alike" in report.warning and "lower method.weight" in report.warning


def test_vectors_that_all_point_the_same_way_are_a_collapse() -> None:
    report = measure(TARGETS, TARGETS * 0.01 + 5)
    assert report.g_cosine > 0.99 and report.collapsed and "point the same way" in report.warning


def test_a_tie_is_shared_not_won() -> None:
    report = measure(TARGETS, torch.ones(40, 6))
    assert report.retrieval == pytest.approx(1 / 40)


def test_a_warning_comes_at_the_second_collapse_in_a_row_and_once() -> None:
    guard = CollapseMonitor()
    told = []
    for states in (torch.ones(40, 6), TARGETS, torch.ones(40, 6), torch.ones(40, 6), torch.ones(40, 6)):
        guard.observe(states, TARGETS)
        report = guard.report()
        assert report is not None
        told.append(guard.warns(report))
    assert told == [False, False, False, True, False]


def test_a_window_holds_the_newest_places_and_a_report_empties_it() -> None:
    guard = CollapseMonitor()
    assert guard.report() is None
    for start in range(0, 40, 8):
        for _ in range(20):
            guard.observe(TARGETS[start : start + 8], TARGETS[start : start + 8])
    report = guard.report()
    assert report is not None and report.places == WINDOW
    guard.observe(TARGETS[:3], TARGETS[:3])
    assert guard.report() is None, "three places tell nothing"
    assert set(report.fields) == {f"semantic_{name}" for name in ("h_spread", "g_cosine", "retrieval", "places")}
