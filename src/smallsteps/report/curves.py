"""Learning curves, and the curves of a sweep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smallsteps.report.arm_table import ArmTable, ComparisonGroup, Line, point_name
from smallsteps.report.content import Column, Figure, Figures, Part, Prose, Section, Table, number, words
from smallsteps.report.figures import learning, sweep
from smallsteps.report.identity import ARM_COLUMNS, arm_cells
from smallsteps.stats import covers, hashable

_MOST_CURVES = 24


def learning_section(arm_table: ArmTable, colours: Mapping[str, int]) -> Section | None:
    """Training and validation losses, one figure for each method and student."""
    lines = [line for line in arm_table.lines if any(data.logs for data in line.arms)]
    if not lines:
        return None
    figures = tuple(_learning(index, line, colours) for index, line in enumerate(lines[:_MOST_CURVES]))
    rows = [
        (*arm_cells(data)[:-1], words(path), number(found["loss"], 3), number(found["last"], 3),
         number(found["best"], 3), number(found["step"]))
        for line in lines for data in line.arms for path, log in data.logs.items() if (found := _ends(log))
    ]  # fmt: skip
    columns = (
        *ARM_COLUMNS[:-1], Column("path", fold=True), Column("last training loss", True),
        Column("last validation loss", True), Column("best validation loss", True), Column("at step", True),
    )  # fmt: skip
    parts: list[Part] = [Figures(figures)]
    if len(lines) > _MOST_CURVES:
        parts.append(Prose(f"The figures show the first {_MOST_CURVES} of {len(lines)}; the table has all."))
    parts.append(Table("learning", "Where the losses ended", columns, tuple(rows)))
    lead = "Methods learn different tokens, so compare the shapes of their losses, not the heights."
    return Section("learning", "Learning curves", lead, tuple(parts))


def _learning(index: int, line: Line, colours: Mapping[str, int]) -> Figure:
    training: dict[str, list[tuple[float, float]]] = {}
    validation: dict[str, list[tuple[float, float]]] = {}
    for data in line.arms:
        for path, log in data.logs.items():
            label = f"seed {data.arm.seed}" + (f", {path}" if len(data.logs) > 1 else "")
            training[label] = [(one["step"], one["loss"]) for one in log if "loss" in one]
            validation[label] = [(one["step"], one["eval_loss"]) for one in log if "eval_loss" in one]
    place = ", ".join(filter(None, (line.method, line.student, line.task, point_name(line.point))))
    return learning(f"learning{index}", place, training, validation, colours[line.method])


def _ends(log: tuple[Mapping[str, float], ...]) -> dict[str, float | None]:
    losses = [one["loss"] for one in log if "loss" in one]
    held = [(one["eval_loss"], one["step"]) for one in log if "eval_loss" in one]
    best = min(held, default=(None, None))
    return {"loss": losses[-1] if losses else None, "last": held[-1][0] if held else None, "best": best[0],
            "step": best[1]}  # fmt: skip


def sweep_section(arm_table: ArmTable, fields: Mapping[str, list[Any]], colours: Mapping[str, int]) -> Section | None:
    """A curve over every swept field, a figure for each task, student and setting of the other fields."""
    if not fields:
        return None
    figures = [figure for field, values in fields.items()
               for figure in _sweeps(arm_table, field, list(map(hashable, values)), colours)]  # fmt: skip
    if not figures:
        return None
    lead = "Bands are 95 % intervals over seeds and questions; with one seed, over questions alone (Wilson)."
    return Section("sweep", "Sweep", lead, (Figures(tuple(figures)),))


def _sweeps(arm_table: ArmTable, field: str, values: list[Any], colours: Mapping[str, int]) -> list[Figure]:
    concerned = [line for line in arm_table.lines if field in dict(line.point)]
    groups = arm_table.groups
    places = dict.fromkeys(
        (group.task, group.student, tuple(pair for pair in group.point if pair[0] != field)) for group in groups
    )
    figures = []
    for index, (task, student, rest) in enumerate(places):
        curves: dict[str, list[Line]] = {}
        for line in concerned:
            own = tuple(pair for pair in line.point if pair[0] != field)
            if (line.task, line.student) == (task, student) and covers(rest, own):
                curves.setdefault(line.method, []).append(line)
        ordered = {
            method: sorted(lines, key=lambda line: values.index(dict(line.point)[field]))
            for method, lines in curves.items()
        }
        title = ", ".join(filter(None, (f"Accuracy over {field}: {task}", student, point_name(rest))))
        name = f"sweep-{''.join(filter(str.isalnum, field))}{index}"
        level = [line for line in arm_table.at(ComparisonGroup(task, student, rest)) if line not in concerned]
        figures.append(sweep(name, title, field, ordered, level, values, colours))
    return figures
