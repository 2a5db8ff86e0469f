"""The rows of a leaderboard: a method with a student on a task, over its seeds, and how the rows compare."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean
from typing import NamedTuple

import numpy as np

from smallsteps.report.load import ArmData, RunData
from smallsteps.scoring.evaluate import OUTCOMES
from smallsteps.stats import (
    ArmResult,
    Comparison,
    Point,
    accuracy_interval,
    compare_sweep,
    comparison_points,
    covers,
    significance_groups,
)
from smallsteps.study.results import MEAN_GRADE


@dataclass(frozen=True)
class Line:
    """One method with one student on one task at one point of the sweep; its arms differ only by seed."""

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
    def graded(self) -> bool:
        """Whether the task gives grades, so that `accuracy` is a mean grade."""
        return any(not isinstance(grade, bool) for grade in self.arms[0].grades.values())

    @property
    def measure(self) -> str:
        """What `accuracy` measures: `accuracy`, or `mean grade` if the task gives grades."""
        return MEAN_GRADE if self.graded else "accuracy"

    @cached_property
    def accuracy(self) -> float:
        """The mean over seeds of the strict accuracy (or mean grade)."""
        return fmean(data.score.grade for data in self.arms)

    @cached_property
    def lenient(self) -> float:
        """The mean over seeds of the lenient accuracy."""
        return fmean(data.score.lenient for data in self.arms)

    @cached_property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the accuracy, see `over`."""
        return self.over(list(self.arms[0].grades))[1]

    def over(self, ids: Sequence[str]) -> tuple[float, tuple[float, float]]:
        """Accuracy (or mean grade) over some of the questions, with its 95 % interval (`stats.accuracy_interval`)."""
        return accuracy_interval(np.array([[data.grades[one] for one in ids] for data in self.arms], dtype=np.float64))

    def whole(self, sets: Sequence[Sequence[str]]) -> tuple[float, tuple[float, float]]:
        """The share of sets with every question right, with its 95 % interval as in `over`."""
        right = [[all(data.grades[one] == 1 for one in ids) for ids in sets] for data in self.arms]
        return accuracy_interval(np.array(right, dtype=np.float64))

    @cached_property
    def outcomes(self) -> dict[str, float]:
        """The share of every outcome, over all seeds."""
        total = sum(data.score.n for data in self.arms)
        return {name: sum(data.score.outcomes[name] for data in self.arms) / total for name in OUTCOMES}

    @property
    def chance(self) -> float:
        """The accuracy of guessing."""
        return float(self.arms[0].scores["chance"])

    @property
    def tokens(self) -> float:
        """The mean number of generated tokens per question."""
        return fmean(data.score.generated_tokens for data in self.arms)

    @property
    def samples(self) -> float:
        """The mean number of samples per question."""
        return fmean(data.score.samples for data in self.arms)

    @property
    def saved(self) -> float:
        """The mean share of samples that an adaptive stop saved."""
        return fmean(data.score.saved for data in self.arms)

    @property
    def place(self) -> str:
        """The task, and the setting if there is a sweep."""
        return " ".join(filter(None, (self.task, point_name(self.point))))

    def metric(self, name: str) -> float | None:
        """The mean over seeds of one of the task's own measures; None if the task has no such measure."""
        values = [data.score.metrics.get(name) for data in self.arms]
        known = [value for value in values if value is not None]
        return fmean(known) if known else None

    def mean(self, name: str) -> float:
        """The mean over seeds of a number in every arm's scores."""
        return fmean(float(data.scores[name]) for data in self.arms)


class ComparisonGroup(NamedTuple):
    """Lines that are compared with each other: one task, one student, one point of the sweep."""

    task: str
    student: str
    point: Point

    @property
    def name(self) -> str:
        """The group's name in captions."""
        return f"{self.task}, {self.student}" + (f", at {point_name(self.point)}" if self.point else "")


@dataclass(frozen=True)
class ArmTable:
    """All lines of a run, and the comparison of every pair within a group.

    A line whose method lacks a swept field belongs to the groups of all its values. `against_baseline` holds the
    study's claims, `pairs` all pairs; both by point, corrected within the point.
    """

    lines: tuple[Line, ...]
    groups: tuple[ComparisonGroup, ...]
    against_baseline: tuple[tuple[Point, Comparison], ...]
    pairs: tuple[tuple[Point, Comparison], ...]

    @property
    def points(self) -> list[Point]:
        """The points of the groups."""
        return list(dict.fromkeys(group.point for group in self.groups))

    def at(self, group: ComparisonGroup) -> list[Line]:
        """The lines of a group, best first."""
        found = [
            line for line in self.lines
            if (line.task, line.student) == (group.task, group.student) and covers(group.point, line.point)
        ]  # fmt: skip
        return sorted(found, key=lambda line: -line.accuracy)

    def comparison(self, group: ComparisonGroup, a: Line, b: Line, level: str) -> Comparison | None:
        """How two lines of a group compare: as in the claims if one is the baseline, else corrected for all pairs."""
        wanted = {a.method, b.method}
        found = (*self._compared(self.against_baseline, group, level), *self._compared(self.pairs, group, level))
        return next((one for one in found if set(one.methods) == wanted), None)

    def students_of(self, group: ComparisonGroup, a: str, b: str) -> list[Comparison]:
        """How the trained students of two methods compare, seed by seed."""
        found = self._compared(self.against_baseline, group, "students")
        return [one for one in found if set(one.methods) == {a, b}]

    def letters(self, group: ComparisonGroup) -> dict[str, str]:
        """Letters for the methods of a group: two share one where they do not differ significantly.

        At level methods where there are several seeds, else for the trained students of the one seed. A pair with the
        baseline is judged as in the table of claims, so that the two never contradict each other.
        """
        lines = self.at(group)
        level = level_of(lines)
        names = {line.method: line.method if level == "methods" else line.arms[0].arm.name for line in lines}
        compared = [
            one if (claim := self._claim(group, one)) is None else claim
            for one in self._compared(self.pairs, group, level)
            if level == "methods" or {one.a, one.b} <= set(names.values())
        ]
        if len(lines) < 2 or len(compared) < len(lines) * (len(lines) - 1) / 2:
            return {}
        letters = significance_groups(list(names.values()), compared)
        return {method: letters[name] for method, name in names.items()}

    def _claim(self, group: ComparisonGroup, pair: Comparison) -> Comparison | None:
        found = self._compared(self.against_baseline, group, pair.level)
        return next((one for one in found if {one.a, one.b} == {pair.a, pair.b}), None)

    @staticmethod
    def _compared(family: Sequence[tuple[Point, Comparison]], group: ComparisonGroup, level: str) -> list[Comparison]:
        return [
            one for point, one in family
            if (point, one.level, one.task, one.student) == (group.point, level, group.task, group.student)
        ]  # fmt: skip


def level_of(lines: Sequence[Line]) -> str:
    """The level at which lines can be compared: `methods` if all have several seeds, else `students`."""
    return "methods" if min(len(line.arms) for line in lines) > 1 else "students"


def make_arm_table(run_data: RunData) -> ArmTable:
    """The lines of a run and their comparisons; best first within task, student and setting."""
    seeds: dict[tuple[str, str, Point, str], list[ArmData]] = {}
    for data in run_data.arms:
        seeds.setdefault((data.arm.task, data.arm.student.label, data.point, data.arm.label), []).append(data)
    lines = [Line(task, point, method, student, tuple(arms)) for (task, student, point, method), arms in seeds.items()]
    place = {key: index for index, key in enumerate(dict.fromkeys(key[:3] for key in seeds))}
    lines.sort(key=lambda line: (place[line.task, line.student, line.point], -line.accuracy))
    whole = comparison_points(run_data.points)
    groups = [
        ComparisonGroup(task, student, point)
        for task, student in dict.fromkeys((line.task, line.student) for line in lines)
        for point in whole
        if any((line.task, line.student) == (task, student) and covers(point, line.point) for line in lines)
    ]
    results = list(zip((data.point for data in run_data.arms), results_of(run_data.arms), strict=True))
    claims, pairs = (compare_sweep(results, run_data.baseline, all_pairs=all_pairs) for all_pairs in (False, True))
    return ArmTable(tuple(lines), tuple(groups), tuple(claims), tuple(pairs))


def results_of(arms: Iterable[ArmData]) -> list[ArmResult]:
    """Arms in the form that the statistics expect."""
    return [
        ArmResult(data.arm.label, data.arm.student.label, data.arm.seed, data.arm.task, data.grades, data.arm.name)
        for data in arms
    ]


def point_name(point: Point) -> str:
    """A point of a sweep in words; empty without a sweep."""
    return ", ".join(f"{field} = {value}" for field, value in point)
