"""How the methods of a run compare with the baseline: one table and one line, from the run's scores.json."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from smallsteps.stats import (
    VERDICT_WORDS,
    Interval,
    Level,
    Spread,
    detectable_difference,
    hashable,
    one_seed_spread,
)
from smallsteps.text.tables import TableColumn

MORE_SEEDS = (3, 5, 10)
"""Numbers of seeds that a study of one seed is told about."""

_ALPHA = 0.05
_COLUMNS = (
    TableColumn("task", number=False, fold=True), TableColumn("point", number=False, fold=True),
    TableColumn("student", number=False, fold=True), TableColumn("method", number=False),
    TableColumn("against", number=False, priority=3, fold=True), TableColumn("seed", priority=0, fold=True),
    TableColumn("difference"), TableColumn("95 % interval", priority=1), TableColumn("p after Holm", priority=2),
    TableColumn("verdict", number=False),
)  # fmt: skip


@dataclass(frozen=True)
class ComparisonTable:
    """The comparisons of one level: what they generalise to, columns and rows, in the order of the study."""

    level: Level
    title: str
    columns: tuple[TableColumn, ...]
    rows: tuple[tuple[str, ...], ...]


def main_level(scores: Mapping[str, Any]) -> Level:
    """The strongest claim that a run can make: about methods where there are several seeds, else about students."""
    return "methods" if len(scores["study"]["seeds"]) > 1 else "students"


def comparison_table(scores: Mapping[str, Any], level: Level) -> ComparisonTable:
    """Difference, interval, corrected p and verdict of every method against the baseline.

    Differences are in points (or in the unit of a score). `seed` is that of two students, for methods their number.
    """
    found = [one for one in scores["comparisons"] if one["level"] == level]
    title = {
        "methods": "Methods (over new seeds and questions)",
        "students": "Trained students (over new questions; another seed may reverse the result)",
    }[level]
    columns = [column for column in _COLUMNS if column.title != "seed" or level == "students"]
    rows = [tuple(_row(one)[column.title] for column in columns) for one in found]
    empty = {column.title for place, column in enumerate(columns) if not any(row[place] for row in rows)}
    kept = [place for place, column in enumerate(columns) if column.title not in empty]
    return ComparisonTable(
        level,
        title,
        tuple(columns[place] for place in kept),
        tuple(tuple(row[place] for place in kept) for row in rows),
    )


def conclusion(scores: Mapping[str, Any]) -> str:
    """One line below the comparisons: what they cannot say yet, and how many seeds would."""
    found = [one for one in scores["comparisons"] if one["level"] == main_level(scores)]
    if main_level(scores) == "students":
        return f"One seed: this says nothing about methods. Add seeds{_more_seeds(found)}."
    untested = [one for one in found if one["p"] is None]
    ties = [one for one in found if one["verdict"] == "tie"]
    if not ties and not untested:
        return "Every difference is significant after Holm correction."
    places = {(one["task"], one["student"], str(one["point"])) for one in found}
    sentences = []
    if ties:
        needed = ", ".join(_needed(one, len(places) > 1) for one in ties)
        sentences.append(f"Seeds that would detect these differences (80 % power): {needed}.")
    if untested:
        sentences.append(f"Not tested, because {'; '.join(dict.fromkeys(one['reason'] for one in untested))}.")
    if any(len(one["seeds"]) < MORE_SEEDS[0] for one in untested):
        sentences.append(f"Train every method with at least {MORE_SEEDS[0]} common seeds.")
    return " ".join(sentences)


def _row(one: Mapping[str, Any]) -> dict[str, str]:
    scale = 100 if one["unit"] == "share" else 1
    interval = "" if one["interval"] is None else " to ".join(_signed(scale * end) for end in one["interval"])
    return {
        "task": one["task"],
        "point": ", ".join(f"{field}={hashable(value)}" for field, value in one["point"].items()),
        "student": one["student"],
        "method": one["methods"][0],
        "against": one["methods"][1],
        "seed": ", ".join(map(str, one["seeds"])),
        "difference": _signed(scale * one["difference"]),
        "95 % interval": interval,
        "p after Holm": "" if one["p_holm"] is None else _p(one["p_holm"]),
        "verdict": VERDICT_WORDS[one["verdict"]],
    }


def _more_seeds(found: Sequence[Mapping[str, Any]]) -> str:
    """What more seeds would detect, judged by the least certain of the comparisons."""
    shares = [Interval(*one["interval"]) for one in found if one["unit"] == "share" and one["interval"]]
    if not shares:
        return ""
    spread = one_seed_spread(max(shares, key=lambda interval: interval.high - interval.low))
    pairs = {(*one["methods"], one["task"], one["student"], str(one["point"])) for one in found}
    facts = [(seeds, points) for seeds in MORE_SEEDS if (points := _points(spread, seeds, len(pairs)))]
    if not facts:
        return ""
    (first, least), *rest = facts
    others = "".join(f", {seeds} of {points}" for seeds, points in rest)
    caution = "80 % power, if seeds vary no more than samples of questions"
    return f": {first} would detect a difference of {least} points{others} ({caution})"


def _points(spread: Spread, seeds: int, family: int) -> str:
    """The smallest difference in points that so many seeds detect; empty where they detect none."""
    difference = detectable_difference(spread, seeds, 1 - _ALPHA / family)
    return "" if difference is None else f"{100 * difference:.{0 if difference >= 0.095 else 1}f}"


def _needed(one: Mapping[str, Any], several: bool) -> str:
    point = [f"{field}={hashable(value)}" for field, value in one["point"].items()]
    where = f" ({', '.join([one['task'], one['student'], *point])})" if several else ""
    return f"{one['methods'][0]}{where} {one['n_needed'] or 'needs more questions instead'}"


def _signed(value: float) -> str:
    text = f"{value:+.1f}"
    return "0.0" if float(text) == 0 else text.replace("-", "−")


def _p(p: float) -> str:
    return "<0.0001" if p < 1e-4 else f"{p:.2g}"
