"""The lines of a run: accuracy and interval of each method with each student, over its seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from smallsteps.records import Record
from smallsteps.scoring.contrast import contrast_sets
from smallsteps.scoring.evaluate import Outcome
from smallsteps.stats import Point, accuracy_interval, point_key
from smallsteps.study.arms import Arm

MEAN_GRADE = "mean grade"
"""What a line measures if its task gives grades."""

CONSISTENT = "consistent"
"""The group whose members are whole contrast sets, each right only if all of its questions are."""


_WORDINGS = {"seen": "wordings seen in training", "unseen": "wordings held out of training"}


def group_title(name: str) -> str:
    """What a group of questions is called in tables: the generators' `seen` and `unseen` say what was seen."""
    return _WORDINGS.get(name, name)


def lines_of(
    arms: Sequence[Arm], outcomes: Mapping[str, Sequence[Outcome]], tests: Mapping[str, Sequence[Record]]
) -> list[dict[str, Any]]:
    """One line a task, point, method and student, for the run's scores.json.

    `outcomes` and `tests` (the test records) are by the arm's name. `accuracy` is the mean over seeds, a mean grade
    where `measure` says so, and `interval` its 95 % interval (`stats.accuracy_interval`); `groups` has the same, with
    the number of questions or sets `n`, for each group of questions, where there are several.
    """
    found: dict[tuple[str, Point, str, str], list[Arm]] = {}
    for arm in arms:
        found.setdefault((arm.task, point_key(arm.point), arm.label, arm.student.label), []).append(arm)
    lines = []
    for (task, point, method, student), some in found.items():
        grades = [{one.id: one.grade for one in outcomes[arm.name]} for arm in some]
        measure = MEAN_GRADE if any(not isinstance(grade, bool) for grade in grades[0].values()) else "accuracy"
        groups = _groups(tests[some[0].name], grades)
        whole = _reached(grades, [[name] for name in grades[0]])
        lines.append({"task": task, "point": dict(point), "method": method, "student": student, "measure": measure,
                      **whole, "groups": groups})  # fmt: skip
    return lines


def _groups(records: Sequence[Record], grades: Sequence[Mapping[str, float]]) -> dict[str, dict[str, Any]]:
    members: dict[str, list[list[str]]] = {}
    for record in records:
        if record.meta.get("group"):
            members.setdefault(str(record.meta["group"]), []).append([record.id])
    sets = contrast_sets(records)
    groups = dict(sorted(members.items())) | ({CONSISTENT: [list(one) for one in sets]} if sets else {})
    return {name: _reached(grades, some) for name, some in groups.items()} if len(groups) > 1 else {}


def _reached(grades: Sequence[Mapping[str, float]], sets: Sequence[Sequence[str]]) -> dict[str, Any]:
    """The mean over `sets` and seeds of the worst grade in a set: of whole numbers, the share of sets wholly right."""
    worst = np.array([[min(own[one] for one in some) for some in sets] for own in grades], dtype=np.float64)
    mean, interval = accuracy_interval(worst)
    return {"n": len(sets), "accuracy": mean, "interval": list(interval)}
