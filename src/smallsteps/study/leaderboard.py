"""The leaderboard: one row for each method and student, as Markdown and as rows of a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from smallsteps.scoring.evaluate import OUTCOMES
from smallsteps.stats import Level, coverage, hashable
from smallsteps.study.comparison_table import comparison_table, conclusion
from smallsteps.study.results import CONSISTENT, MEAN_GRADE, group_title
from smallsteps.text.tables import TableColumn

ACCURACY = "accuracy %"
COLUMNS = ("method", "student", "seeds", "N", ACCURACY, "95 % interval", "correct", "wrong", "truncated",
           "no answer", "error", "tokens", "train s")  # fmt: skip
SAMPLED = ("samples", "saved %")

_TEXTS = ("task", "point", "method", "student")
_FOLDED = ("task", "point", "student", "seeds")
_PRIORITIES = {"seeds": 1, "truncated": 2, "no answer": 2, "error": 2, "tokens": 3, "samples": 4, "saved %": 4,
               "train s": 5, "correct": 6, "wrong": 7}  # fmt: skip
"""What a narrow console leaves out first: counts that follow from others, then costs, then what distorts a score."""


@dataclass(frozen=True)
class Line:
    """One row: a method with a student on a task, over its seeds."""

    task: str
    point: str
    cells: tuple[str, ...]
    accuracy: float


def columns(scores: Mapping[str, Any], task: str) -> tuple[str, ...]:
    """What the cells of a task's rows are: a mean grade instead of the accuracy where it grades by degrees.

    Where questions were sampled several times, also how often and what it saved.
    """
    graded = any(one["task"] == task and one.get("measure") == MEAN_GRADE for one in scores.get("lines", ()))
    own = tuple(f"{MEAN_GRADE} %" if graded and one == ACCURACY else one for one in COLUMNS)
    return (*own, *SAMPLED) if _sampled(scores) else own


def table_columns(titles: Sequence[str]) -> tuple[TableColumn, ...]:
    """Titles as columns that know what may go where room is short: of groups and measures, the last ones."""
    known = {*COLUMNS, *SAMPLED, *_TEXTS, f"{MEAN_GRADE} %"}
    return tuple(
        TableColumn(
            title,
            number=title not in _TEXTS,
            priority=_PRIORITIES.get(title, 0 if title in known else 1 + place),
            fold=title in _FOLDED or title in _PRIORITIES,
        )
        for place, title in enumerate(titles)
    )


def _sampled(scores: Mapping[str, Any]) -> bool:
    return any(arm.get("samples", 1) > 1 for arm in scores["arms"])


def leaderboard(scores: Mapping[str, Any]) -> list[Line]:
    """The rows of a run, best first within each task and point of a sweep, each with a cell for each of `columns`.

    Over several seeds, accuracy is the mean and outcomes are summed; `coverage_note` says what the interval covers.
    """
    groups: dict[tuple[str, str, str, str], list[Mapping[str, Any]]] = {}
    for arm in scores["arms"]:
        if not arm["auxiliary"]:
            groups.setdefault(_key(arm), []).append(arm)
    reached = {_key(one): one for one in scores.get("lines", ())}
    lines = [_line(*key, arms, reached.get(key, arms[0]), _sampled(scores)) for key, arms in groups.items()]
    return sorted(lines, key=lambda line: (line.task, line.point, -line.accuracy))


def _key(one: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """What the seeds of a row have in common."""
    point = ", ".join(f"{field}={hashable(value)}" for field, value in one["point"].items())
    return one["task"], point, one["method"], one["student"]


def coverage_note(scores: Mapping[str, Any]) -> str:
    """What the intervals of the leaderboard cover, in one sentence."""
    seeds = Counter(_key(arm) for arm in scores["arms"] if not arm["auxiliary"])
    return coverage(max(seeds.values(), default=1))


def markdown(scores: Mapping[str, Any]) -> str:
    """The leaderboard, its groups of questions and its comparisons as Markdown."""
    text = [f"# {scores['study']['name']}\n"]
    if scores["study"]["question"]:
        text.append(f"{scores['study']['question']}\n")
    sections: dict[tuple[str, str], list[Line]] = {}
    for line in leaderboard(scores):
        sections.setdefault((line.task, line.point), []).append(line)
    for (task, point), lines in sections.items():
        text += [f"## {title(scores, task, point)}\n", _table(columns(scores, task), [line.cells for line in lines])]
    text.append(f"{coverage_note(scores)}\n")
    header, grouped = group_table(scores)
    if grouped:
        text += ["## By group of questions\n", _table(header, grouped)]
    header, graded = metric_table(scores)
    if graded:
        text += ["## Further measures\n", _table(header, graded)]
    headings: dict[Level, str] = {
        "methods": "Do the methods differ?", "students": "Do these trained students differ?",
    }  # fmt: skip
    for level, heading in headings.items():
        found = comparison_table(scores, level)
        if found.rows:
            titles = [column.title for column in found.columns]
            text += [f"## {heading}\n", f"{found.title}\n", _table(titles, found.rows)]
    if scores["comparisons"]:
        text.append(f"{conclusion(scores)}\n")
    leaked = sum(map(len, scores["leaked"].values()))
    text.append(f"Training questions left out because they are in the test part: {leaked}.\n")
    return "\n".join(text)


def group_table(scores: Mapping[str, Any]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Accuracy by group of questions (wordings seen in training and held out, for example): header and rows.

    Each cell holds the mean over seeds with its interval, which covers what `coverage_note` says. Where groups are
    originals and their contrasts, the last column is the share of sets that are right as a whole. Points have a column
    where there is a sweep. No rows where questions are in no groups.
    """
    lines = [line for line in scores.get("lines", ()) if line["groups"]]
    groups = sorted(
        {group for line in lines for group in line["groups"]}, key=lambda group: (group == CONSISTENT, group)
    )
    sizes = {group: max(line["groups"][group]["n"] for line in lines if group in line["groups"]) for group in groups}
    swept = any(line["point"] for line in lines)
    header = (
        "task",
        *("point",) * swept,
        "method",
        "student",
        *(f"{group_title(name)} % (N {sizes[name]})" for name in groups),
    )
    rows = []
    for line in lines:
        task, point, method, student = _key(line)
        cells = (_group_cell(line["groups"].get(name)) for name in groups)
        rows.append((task, *(point,) * swept, method, student, *cells))
    return header, rows


def metric_table(scores: Mapping[str, Any]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Measures beside accuracy, seeds' means in hundredths: header and rows, best grade first.

    Those of tasks that grade by degrees, and the BLEU of written rationales where the test records hold some. Points
    have a column where there is a sweep.
    """
    pools: dict[tuple[str, str, str, str], list[Mapping[str, Any]]] = {}
    for arm in scores["arms"]:
        if arm.get("metrics") and not arm["auxiliary"]:
            pools.setdefault(_key(arm), []).append(arm)
    names = sorted({name for arms in pools.values() for arm in arms for name in arm["metrics"]})
    ordered = sorted(pools.items(), key=lambda one: (one[0][:2], -_mean([arm["grade"] for arm in one[1]])))
    swept = any(point for _, point, _, _ in pools)
    rows = []
    for (task, point, method, student), arms in ordered:
        cells = (_measure([arm["metrics"][name] for arm in arms if name in arm["metrics"]]) for name in names)
        rows.append((task, *(point,) * swept, method, student, str(len(arms)), *cells))
    return ("task", *("point",) * swept, "method", "student", "seeds", *names), rows


def _measure(values: Sequence[float]) -> str:
    return _percent(_mean(values)) if values else ""


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def title(scores: Mapping[str, Any], task: str, point: str) -> str:
    """What a section of the leaderboard is about: the task, the point of a sweep, and what guessing would reach."""
    chance = next(arm["chance"] for arm in scores["arms"] if arm["task"] == task)
    guessed = f" (chance {_percent(chance)} %)" if chance else ""
    return f"{task}{' at ' + point if point else ''}{guessed}"


def _group_cell(reached: Mapping[str, Any] | None) -> str:
    if reached is None:
        return ""
    low, high = reached["interval"]
    return f"{_percent(reached['accuracy'])} ({_percent(low)}–{_percent(high)})"


def _line(
    task: str,
    point: str,
    method: str,
    student: str,
    arms: Sequence[Mapping[str, Any]],
    reached: Mapping[str, Any],
    sampled: bool,
) -> Line:
    mean, (low, high) = float(reached["accuracy"]), reached["interval"]
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
        *(_drawn(arms) if sampled else ()),
    )
    return Line(task, point, cells, mean)


def _drawn(arms: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """Samples a question, and the share of those asked for that an adaptive stop left out."""
    return f"{_mean([arm.get('samples', 1) for arm in arms]):.1f}", _percent(
        _mean([arm.get("saved", 0) for arm in arms])
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[index]) for row in (header, *rows)) for index in range(len(header))]
    lines = [header, ["-" * width for width in widths], *rows]
    return (
        "\n".join("| " + " | ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) + " |" for row in lines)
        + "\n"
    )
