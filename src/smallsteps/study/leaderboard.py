"""The leaderboard: one row a method and student, as Markdown and as rows for a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from smallsteps.evaluate import OUTCOMES

COLUMNS = ("method", "student", "seeds", "N", "accuracy %", "95 % interval", "correct", "wrong", "truncated",
           "no answer", "error", "tokens", "train s")  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One row: a method with a student on a task, over its seeds."""

    task: str
    point: str
    cells: tuple[str, ...]
    accuracy: float


def leaderboard(scores: Mapping[str, Any]) -> list[Line]:
    """The rows of a run, best first within each task and point of a sweep.

    The interval of one seed is Wilson's over its questions. Over several seeds accuracy is the mean, and the interval
    that of the mean over seeds (t), because questions alone would understate it; outcomes are summed.
    """
    groups: dict[tuple[str, str, str, str], list[Mapping[str, Any]]] = {}
    for arm in scores["arms"]:
        if not arm["auxiliary"]:
            point = ", ".join(f"{field}={value}" for field, value in arm["point"].items())
            groups.setdefault((arm["task"], point, arm["method"], arm["student"]), []).append(arm)
    lines = [_line(*key, arms) for key, arms in groups.items()]
    return sorted(lines, key=lambda line: (line.task, line.point, -line.accuracy))


def markdown(scores: Mapping[str, Any]) -> str:
    """The leaderboard, its groups of questions and its comparisons as Markdown."""
    text = [f"# {scores['study']['name']}\n"]
    if scores["study"]["question"]:
        text.append(f"{scores['study']['question']}\n")
    sections: dict[tuple[str, str], list[Line]] = {}
    for line in leaderboard(scores):
        sections.setdefault((line.task, line.point), []).append(line)
    for (task, point), lines in sections.items():
        text += [f"## {title(scores, task, point)}\n", _table(COLUMNS, [line.cells for line in lines])]
    header, grouped = group_table(scores)
    if grouped:
        text += ["## By group of questions\n", _table(header, grouped)]
    header, graded = metric_table(scores)
    if graded:
        text += ["## Graded by degrees\n", _table(header, graded)]
    if scores["comparisons"]:
        text += ["## Comparisons\n", *(f"- {told(scores, one)}" for one in scores["comparisons"]), ""]
    leaked = sum(map(len, scores["leaked"].values()))
    text.append(f"Training questions that also stood in the test part, left out of training: {leaked}.\n")
    return "\n".join(text)


def group_table(scores: Mapping[str, Any]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Accuracy by group of questions (wordings seen and unseen in training, say), pooled over seeds: header and rows.

    Each cell holds the accuracy with its Wilson interval. No rows where questions are in no groups.
    """
    pools: dict[tuple[str, str, str], dict[str, list[int]]] = {}
    for arm in scores["arms"]:
        for group, part in ({} if arm["auxiliary"] else arm["groups"]).items():
            pool = pools.setdefault((arm["task"], arm["method"], arm["student"]), {}).setdefault(group, [0, 0])
            pool[0] += part["outcomes"]["correct"]
            pool[1] += part["n"]
    groups = sorted({group for found in pools.values() for group in found})
    sizes = {group: max(found[group][1] for found in pools.values() if group in found) for group in groups}
    header = ("task", "method", "student", *(f"{group} % (N {sizes[group]})" for group in groups))
    rows = [(*key, *(_group_cell(found.get(group)) for group in groups)) for key, found in pools.items()]
    return header, rows if len(groups) > 1 else []


def metric_table(scores: Mapping[str, Any]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """The measures of tasks that grade by degrees, seeds' means in hundredths: header and rows, best grade first."""
    pools: dict[tuple[str, str, str, str], list[Mapping[str, Any]]] = {}
    for arm in scores["arms"]:
        if arm.get("metrics") and not arm["auxiliary"]:
            point = ", ".join(f"{field}={value}" for field, value in arm["point"].items())
            pools.setdefault((arm["task"], point, arm["method"], arm["student"]), []).append(arm)
    names = sorted({name for arms in pools.values() for arm in arms for name in arm["metrics"]})
    ordered = sorted(pools.items(), key=lambda one: (one[0][:2], -_mean([arm["grade"] for arm in one[1]])))
    rows = [
        (*key, str(len(arms)), *(_percent(_mean([arm["metrics"].get(name, 0.0) for arm in arms])) for name in names))
        for key, arms in ordered
    ]
    return ("task", "point", "method", "student", "seeds", *names), rows


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def title(scores: Mapping[str, Any], task: str, point: str) -> str:
    """What a section of the leaderboard is about: the task, the point of a sweep, and what guessing would reach."""
    chance = next(arm["chance"] for arm in scores["arms"] if arm["task"] == task)
    guessed = f" (chance {_percent(chance)} %)" if chance else ""
    return f"{task}{' at ' + point if point else ''}{guessed}"


def told(scores: Mapping[str, Any], comparison: Mapping[str, Any]) -> str:
    """A comparison's sentence, opened by what it is about where the study holds more than one thing."""
    tasks = {arm["task"] for arm in scores["arms"]}
    students = {arm["student"] for arm in scores["arms"]}
    point = [f"{field}={value}" for field, value in comparison["point"].items()]
    place = [comparison["task"]] * (len(tasks) > 1) + [comparison["student"]] * (len(students) > 1) + point
    return f"{', '.join(place)}: {comparison['sentence']}" if place else str(comparison["sentence"])


def _group_cell(pool: Sequence[int] | None) -> str:
    from smallsteps.stats.intervals import wilson

    if pool is None:
        return ""
    interval = wilson(pool[0], pool[1])
    return f"{_percent(pool[0] / pool[1])} ({_percent(interval.low)}–{_percent(interval.high)})"


def _line(task: str, point: str, method: str, student: str, arms: Sequence[Mapping[str, Any]]) -> Line:
    accuracies = [arm["accuracy"] for arm in arms]
    mean = sum(accuracies) / len(accuracies)
    low, high = arms[0]["interval"] if len(arms) == 1 else _seed_interval(accuracies)
    counts = {name: sum(arm["outcomes"][name] for arm in arms) for name in OUTCOMES}
    cells = (
        method,
        student,
        str(len(arms)),
        str(arms[0]["n"]),
        _percent(mean),
        f"{_percent(low)}–{_percent(high)}",
        *(str(counts[name]) for name in OUTCOMES),
        f"{sum(arm['generated_tokens'] for arm in arms) / len(arms):.1f}",
        f"{sum(arm['train_seconds'] for arm in arms) / len(arms):.0f}",
    )
    return Line(task, point, cells, mean)


def _seed_interval(accuracies: Sequence[float]) -> tuple[float, float]:
    import numpy as np
    from scipy import stats

    values = np.asarray(accuracies)
    error = values.std(ddof=1) / np.sqrt(len(values))
    reach = float(stats.t.ppf(0.975, len(values) - 1) * error)
    return max(0.0, float(values.mean()) - reach), min(1.0, float(values.mean()) + reach)


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[index]) for row in (header, *rows)) for index in range(len(header))]
    lines = [header, ["-" * width for width in widths], *rows]
    return (
        "\n".join("| " + " | ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) + " |" for row in lines)
        + "\n"
    )
