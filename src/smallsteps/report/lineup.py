"""The lines of a leaderboard: a method with a student on a task, over its seeds, and how the lines compare."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean
from typing import Any

from smallsteps.evaluate import OUTCOMES
from smallsteps.report.gather import ArmData, Material
from smallsteps.stats import ArmResult, Comparison, compare_arms, significance_groups
from smallsteps.study.leaderboard import seed_interval

Point = tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Line:
    """One method with one student on one task at one point of the sweep; its arms differ by seed alone."""

    task: str
    point: Point
    method: str
    student: str
    arms: tuple[ArmData, ...]

    @property
    def n(self) -> int:
        """How many test questions each arm answered."""
        return self.arms[0].score.n

    @cached_property
    def accuracy(self) -> float:
        """The mean over seeds of the strict accuracy."""
        return fmean(data.score.accuracy for data in self.arms)

    @cached_property
    def lenient(self) -> float:
        """The mean over seeds of the lenient accuracy."""
        return fmean(data.score.lenient for data in self.arms)

    @cached_property
    def interval(self) -> tuple[float, float]:
        """One seed: Wilson's over questions. Several: that of the mean over seeds (t)."""
        if len(self.arms) == 1:
            return self.arms[0].score.interval
        return seed_interval([data.score.accuracy for data in self.arms])

    @cached_property
    def outcomes(self) -> dict[str, float]:
        """The share of every outcome, over all seeds."""
        total = sum(data.score.n for data in self.arms)
        return {name: sum(data.score.outcomes[name] for data in self.arms) / total for name in OUTCOMES}

    @property
    def chance(self) -> float:
        """The accuracy of guessing."""
        return float(self.arms[0].scores["chance"])

    def mean(self, name: str) -> float:
        """The mean over seeds of a number that every arm's scores hold."""
        return fmean(float(data.scores[name]) for data in self.arms)


@dataclass(frozen=True)
class Lineup:
    """All lines of a run, best first within task, point and student, with every pair compared.

    `against_baseline` holds the study's claims, `pairs` all pairs; both by point, corrected within the point.
    """

    lines: tuple[Line, ...]
    against_baseline: tuple[tuple[Point, Comparison], ...]
    pairs: tuple[tuple[Point, Comparison], ...]

    def at(self, task: str, student: str, point: Point) -> list[Line]:
        """The lines of one race, best first."""
        return [line for line in self.lines if (line.task, line.student, line.point) == (task, student, point)]

    @property
    def races(self) -> list[tuple[str, str, Point]]:
        """Task, student and point of every race."""
        return list(dict.fromkeys((line.task, line.student, line.point) for line in self.lines))

    def comparison(self, a: Line, b: Line, level: str) -> Comparison | None:
        """How a line compares with another of its race, as corrected for all pairs; the first seed at level students."""
        wanted = {a.method, b.method}
        for point, one in self.pairs:
            if (point, one.level, one.task, one.student) == (a.point, level, a.task, a.student) and (
                set(one.methods) == wanted
            ):
                return one
        return None

    def letters(self, race: Sequence[Line]) -> dict[str, str]:
        """Letters for the methods of a race: two share one where they are not shown to differ.

        At level methods where there are several seeds, else for the trained students of the one seed.
        """
        level = level_of(race)
        names = {line.method: line.method if level == "methods" else line.arms[0].arm.name for line in race}
        compared = [
            one for point, one in self.pairs
            if (point, one.level, one.task, one.student) == (race[0].point, level, race[0].task, race[0].student)
            and (level == "methods" or one.seeds == (race[0].arms[0].arm.seed,))
        ]  # fmt: skip
        if len(race) < 2 or len(compared) < len(race) * (len(race) - 1) / 2:
            return {}
        letters = significance_groups(list(names.values()), compared)
        return {method: letters[name] for method, name in names.items()}


def level_of(race: Sequence[Line]) -> str:
    """The level at which a race can be judged at all: `methods` with several seeds everywhere, else `students`."""
    return "methods" if min(len(line.arms) for line in race) > 1 else "students"


def make_lineup(material: Material) -> Lineup:
    """The lines of a run and their comparisons."""
    groups: dict[tuple[str, Point, str, str], list[ArmData]] = {}
    for data in material.arms:
        key = (data.arm.task, data.arm.point, data.arm.student.label, data.arm.label)
        groups.setdefault(key, []).append(data)
    lines = [Line(task, point, method, student, tuple(arms)) for (task, point, student, method), arms in groups.items()]
    place = {key: index for index, key in enumerate(dict.fromkeys((k[0], k[1], k[2]) for k in groups))}
    lines.sort(key=lambda line: (place[line.task, line.point, line.student], -line.accuracy))
    claims, pairs = _compared(material, all_pairs=False), _compared(material, all_pairs=True)
    return Lineup(tuple(lines), tuple(claims), tuple(pairs))


def results_of(arms: Iterable[ArmData]) -> list[ArmResult]:
    """Arms as the statistics take them."""
    return [
        ArmResult(data.arm.label, data.arm.student.label, data.arm.seed, data.arm.task, data.right, data.arm.name)
        for data in arms
    ]


def _compared(material: Material, *, all_pairs: bool) -> list[tuple[Point, Comparison]]:
    found: list[tuple[Point, Comparison]] = []
    for point in material.points:
        results = results_of(data for data in material.arms if data.arm.point == point)
        methods = list(dict.fromkeys(result.method for result in results))
        baseline = material.baseline if material.baseline in methods else methods[0]
        if len(methods) > 1:
            found += [(point, one) for one in compare_arms(results, baseline, all_pairs=all_pairs)]
    return found


def point_name(point: Point) -> str:
    """A point of a sweep in words; empty without a sweep."""
    return ", ".join(f"{field} = {value}" for field, value in point)
