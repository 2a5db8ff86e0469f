"""Which arms of a sweep are compared: a method without a swept field takes part at every value of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from smallsteps.stats.arms import ArmResult
from smallsteps.stats.comparison import Comparison
from smallsteps.stats.study import compare_arms

Point = tuple[tuple[str, Any], ...]
"""The swept fields that an arm has, each with its value; empty without a sweep."""


def hashable(value: Any) -> Any:
    """A swept value as it is, or as JSON text if it cannot be a key."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value


def point_key(point: Point) -> Point:
    """A point whose values can be keys."""
    return tuple((field, hashable(value)) for field, value in point)


def covers(whole: Point, part: Point) -> bool:
    """Whether everything that `part` sets is set the same in `whole`."""
    return set(part) <= set(whole)


def comparison_points(points: Iterable[Point]) -> list[Point]:
    """The points that no other point covers, in their order: arms are compared at these."""
    known = list(dict.fromkeys(points))
    return [point for point in known if not any(covers(other, point) for other in known if other != point)]


def compare_sweep(
    results: Sequence[tuple[Point, ArmResult]], baseline: str, *, all_pairs: bool = False
) -> list[tuple[Point, Comparison]]:
    """The comparisons of `compare_arms` at every comparison point, over all arms whose own point it covers.

    Where `baseline` does not run at a point, the first method that does is the baseline there; a point with a single
    method has no comparison.
    """
    found: list[tuple[Point, Comparison]] = []
    for point in comparison_points(point for point, _ in results):
        there = [result for own, result in results if covers(point, own)]
        methods = list(dict.fromkeys(result.method for result in there))
        if len(methods) > 1:
            compared = compare_arms(there, baseline if baseline in methods else methods[0], all_pairs=all_pairs)
            found += [(point, one) for one in compared]
    return found
