"""How fast to ask."""

from __future__ import annotations

import pytest

from smallsteps.sampling.concurrency import ConcurrencyLimiter, backoff, choose


def test_backoff_doubles_up_to_its_most() -> None:
    assert [backoff(attempt, 1.0) for attempt in (1, 2, 3)] == [0.5, 1.0, 2.0]
    assert backoff(3, 0.0) == 1.0
    assert backoff(1000, 0.999) <= 30.0


def test_a_429_halves_once_for_all_that_was_in_flight() -> None:
    pace = ConcurrencyLimiter(64)
    for sent_at in (1.0, 1.1, 1.2):
        pace.busy(sent_at, now=2.0, wait_seconds=None)
    assert pace.limit == 32
    pace.busy(2.5, now=3.0, wait_seconds=None)
    assert pace.limit == 16


def test_a_round_of_replies_adds_about_one() -> None:
    pace = ConcurrencyLimiter(64)
    pace.limit = 10.0
    for _ in range(10):
        pace.replied()
    assert pace.limit == pytest.approx(11, abs=0.1)
    for _ in range(10_000):
        pace.replied()
    assert pace.limit == 64


def test_the_limit_never_falls_below_one_request() -> None:
    pace = ConcurrencyLimiter(4)
    for moment in range(20):
        pace.busy(moment + 0.5, now=moment + 0.6, wait_seconds=None)
    assert pace.limit == 1.0
    assert pace.free(100.0)


def test_retry_after_keeps_an_endpoint_alone() -> None:
    pace = ConcurrencyLimiter(4)
    pace.busy(0.0, now=1.0, wait_seconds=5.0)
    assert not pace.free(5.9)
    assert pace.free(6.0)


def test_an_endpoint_that_keeps_failing_cools_and_is_then_tried_once() -> None:
    pace = ConcurrencyLimiter(8, cooling_seconds=1.0)
    for moment in (1.0, 2.0):
        for _ in range(5):  # a whole round fails as one
            pace.broke(moment, now=moment + 0.5, wait_seconds=None)
    assert pace.broken_in_a_row == 2
    assert pace.free(2.5)
    pace.broke(3.0, now=3.5, wait_seconds=None)
    assert not pace.free(4.0)
    assert pace.free(5.0)
    pace.in_flight = 1
    assert not pace.free(5.0)
    pace.replied()
    assert pace.free(5.0)


def test_endpoints_take_turns_and_the_healthy_go_first() -> None:
    paces = [ConcurrencyLimiter(4), ConcurrencyLimiter(4), ConcurrencyLimiter(4)]
    assert [choose(paces, 0.0, last) for last in (-1, 0, 1, 2)] == [0, 1, 2, 0]
    paces[0].dead = "wrong key"
    paces[1].broke(0.0, 0.0, None)
    assert choose(paces, 0.0, -1) == 2
    paces[2].in_flight = 4
    assert choose(paces, 0.0, -1) == 1
    paces[1].busy(0.0, now=0.0, wait_seconds=9.0)
    assert choose(paces, 0.0, -1) is None
