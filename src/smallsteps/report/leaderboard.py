"""The leaderboard: every method with its interval, its letter, and the counts that could distort its accuracy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from smallsteps.report.arm_table import ArmTable, ComparisonGroup, Line, level_of, point_name
from smallsteps.report.content import Cell, Column, Figure, Figures, Part, Section, Table, number, percent, span, words
from smallsteps.report.figures import accuracy_intervals
from smallsteps.report.identity import LINE_COLUMNS, line_cells
from smallsteps.report.load import RunData
from smallsteps.scoring.contrast import contrast_sets
from smallsteps.study.results import group_title

_COLUMNS = (
    Column("95 % interval", True, "one seed: Wilson's, over questions; several: over seeds and questions"),
    Column("group", False, "methods that share a letter do not differ significantly"),
    Column("lenient %", True, "accuracy where the last candidate counts if the answer phrase is missing"),
    Column("no answer %", True, "no answer could be read", fold=True),
    Column("truncated %", True, "the length limit came before the answer", fold=True),
    Column("chance %", True, "the accuracy of guessing", fold=True),
    Column("tokens/answer", True, "generated tokens", fold=True),
    Column("train s", True, "seconds of training, preparation included"),
)
_MOST_FIGURES = 6
_LEVELS = {
    "methods": "Letters compare methods, over new seeds and questions.",
    "students": "Letters compare these trained students only: one seed says nothing about methods.",
}
_LETTERS = "A pair with the baseline is corrected as in the table of claims, any other pair for all pairs."


def leaderboard_section(run_data: RunData, arm_table: ArmTable, colours: Mapping[str, int]) -> Section:
    """The leaderboard of every task, best first, with figures and groups of questions."""
    tasks = list(dict.fromkeys(line.task for line in arm_table.lines))
    parts: list[Part] = []
    if len(arm_table.points) == 1:  # a sweep has its own curves
        figures = [
            _figure(index, group, arm_table, colours) for index, group in enumerate(arm_table.groups[:_MOST_FIGURES])
        ]
        parts.append(Figures(tuple(figures)))
    parts += [_table(task, arm_table) for task in tasks]
    parts += [found for found in (_metrics(arm_table.lines), _groups(run_data, arm_table.lines)) if found is not None]
    lead = "Strict accuracy, with the counts that could distort it."
    return Section("leaderboard", "Leaderboard", lead, tuple(parts))


def _figure(index: int, group: ComparisonGroup, arm_table: ArmTable, colours: Mapping[str, int]) -> Figure:
    lines = arm_table.at(group)
    return accuracy_intervals(
        f"accuracy{index}", f"{lines[0].measure.capitalize()} with its 95 % interval: {group.name}", lines, colours
    )


def _table(task: str, arm_table: ArmTable) -> Table:
    groups = [group for group in arm_table.groups if group.task == task]
    rows = []
    levels = set()
    for group in groups:
        lines, letters = arm_table.at(group), arm_table.letters(group)
        levels.add(level_of(lines))
        for line in lines:
            place = (words(task), words(group.student), words(point_name(group.point)), words(line.method))
            rows.append((*place, *line_cells(line)[len(place) :], *_cells(line, letters.get(line.method, ""))))
    measure = arm_table.at(groups[0])[0].measure
    columns = (*LINE_COLUMNS, Column(f"{measure} %", True, "strict: what follows the answer phrase"), *_COLUMNS)
    note = " ".join([*(_LEVELS[level] for level in sorted(levels)), _LETTERS])
    return Table(f"leaderboard-{task}", "Leaderboard", columns, tuple(rows), note)


def _cells(line: Line, letters: str) -> tuple[Cell, ...]:
    shares = line.outcomes
    return (
        percent(line.accuracy), span(*line.interval), words(letters), percent(line.lenient),
        percent(shares["no_answer"] + shares["error"]), percent(shares["truncated"]), percent(line.chance),
        number(line.tokens, 1), number(line.mean("train_seconds")),
    )  # fmt: skip


def _groups(run_data: RunData, lines: Sequence[Line]) -> Table | None:
    """Accuracy by group of questions: wordings seen in training and wordings held out, for example."""
    rows = []
    for line in lines:
        groups: dict[str, list[str]] = {}
        test = run_data.parts_of(line.arms[0]).test
        for record in test:
            groups.setdefault(str(record.meta.get("group", "")), []).append(record.id)
        for group, ids in sorted(groups.items()) if len(groups) > 1 else ():
            accuracy, interval = line.over(ids)
            rows.append((*line_cells(line, len(ids)), words(group_title(group)), percent(accuracy), span(*interval)))
        sets = contrast_sets(test)
        if sets:
            share, interval = line.whole(sets)
            rows.append((*line_cells(line, len(sets)), words("consistent: whole contrast sets"), percent(share),
                         span(*interval)))  # fmt: skip
    if not rows:
        return None
    columns = (*LINE_COLUMNS, Column("group of questions"), Column("accuracy %", True), Column("95 % interval", True))
    return Table("groups", "Accuracy by group of questions", columns, tuple(rows))


def _metrics(lines: Sequence[Line]) -> Table | None:
    """Measures of a task's own, means over seeds."""
    measured = [line for line in lines if line.arms[0].score.metrics]
    names = list(dict.fromkeys(name for line in measured for name in line.arms[0].score.metrics))
    if not names:
        return None
    rows = [(*line_cells(line), *(percent(line.metric(name)) for name in names)) for line in measured]
    columns = (*LINE_COLUMNS, *(Column(f"{name} %", True) for name in names))
    return Table("metrics", "Other measures, means over seeds", columns, tuple(rows))
