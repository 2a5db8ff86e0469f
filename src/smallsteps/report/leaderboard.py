"""The section that most readers come for: every line with its interval, its letter and what may spoil it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from smallsteps.report.arm_table import ArmTable, ComparisonGroup, Line, level_of, point_name
from smallsteps.report.content import Cell, Column, Figure, Figures, Part, Section, Table, number, percent, span, words
from smallsteps.report.figures import accuracy_intervals
from smallsteps.report.load import RunData
from smallsteps.scoring.contrast import contrast_sets

_COLUMNS = (
    Column("95 % interval", True, "one seed: Wilson's, over questions; several: over seeds and questions"),
    Column("group", False, "methods that share a letter are not shown to differ"),
    Column("lenient %", True, "the last candidate of the text where the answer phrase is missing"),
    Column("no answer %", True, "no answer could be read"),
    Column("truncated %", True, "the length limit came before an answer"),
    Column("chance %", True, "the accuracy of guessing"),
    Column("tokens/answer", True, "generated tokens"),
    Column("train s", True, "seconds of training, needs included"),
    Column("seeds", True),
    Column("N", True, "test questions"),
)
_MOST_FIGURES = 6


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
    lead = "Accuracy is strict, with what may spoil it beside it. Groups that share a letter are not shown to differ."
    return Section("leaderboard", "Leaderboard", lead, tuple(parts))


def _figure(index: int, group: ComparisonGroup, arm_table: ArmTable, colours: Mapping[str, int]) -> Figure:
    lines = arm_table.at(group)
    return accuracy_intervals(
        f"standing{index}", f"{lines[0].measure.capitalize()} with its 95 % interval: {group.name}", lines, colours
    )


def _table(task: str, arm_table: ArmTable) -> Table:
    groups = [group for group in arm_table.groups if group.task == task]
    names = {"student": len({group.student for group in groups}) > 1, "setting": any(group.point for group in groups)}
    shown = [name for name, wanted in names.items() if wanted]
    rows = []
    levels = set()
    for group in groups:
        lines, letters = arm_table.at(group), arm_table.letters(group)
        levels.add(level_of(lines))
        place = {"student": words(group.student), "setting": words(point_name(group.point))}
        own = [place[name] for name in shown]
        rows += [(words(line.method), *own, *_cells(line, letters.get(line.method, ""))) for line in lines]
    measure = arm_table.at(groups[0])[0].measure
    hint = "strict: the answer behind the answer phrase"
    columns = (Column("method"), *map(Column, shown), Column(f"{measure} %", True, hint), *_COLUMNS)
    title = f"Leaderboard: {task}" + ("" if names["student"] else f", {groups[0].student}")
    claims = {
        "methods": "Groups are of methods: seeds are random and paired.",
        "students": "Groups are of these trained students only: one seed cannot tell methods apart.",
    }
    note = " ".join(claims[level] for level in sorted(levels))
    return Table(f"leaderboard-{task}", title, columns, tuple(rows), note)


def _cells(line: Line, letters: str) -> tuple[Cell, ...]:
    shares = line.outcomes
    return (
        percent(line.accuracy),
        span(*line.interval),
        words(letters),
        percent(line.lenient),
        percent(shares["no_answer"] + shares["error"]),
        percent(shares["truncated"]),
        percent(line.chance),
        number(line.tokens, 1),
        number(line.mean("train_seconds")),
        number(len(line.arms)),
        number(line.n),
    )


def _groups(run_data: RunData, lines: Sequence[Line]) -> Table | None:
    """Accuracy by group of questions: wordings seen and unseen in training, say."""
    rows = []
    for line in lines:
        groups: dict[str, list[str]] = {}
        test = run_data.parts_of(line.arms[0]).test
        for record in test:
            groups.setdefault(str(record.meta.get("group", "")), []).append(record.id)
        for group, ids in sorted(groups.items()) if len(groups) > 1 else ():
            accuracy, interval = line.over(ids)
            rows.append((words(line.method), words(group), number(len(ids)), percent(accuracy), span(*interval),
                         words(line.student), words(line.place)))  # fmt: skip
        sets = contrast_sets(test)
        if sets:
            share, interval = line.whole(sets)
            rows.append((words(line.method), words("consistent: whole contrast sets"), number(len(sets)),
                         percent(share), span(*interval), words(line.student), words(line.place)))  # fmt: skip
    if not rows:
        return None
    columns = (Column("method"), Column("group of questions"), Column("N", True), Column("accuracy %", True),
               Column("95 % interval", True), Column("student"), Column("task"))  # fmt: skip
    return Table("groups", "Accuracy by group of questions", columns, tuple(rows))


def _metrics(lines: Sequence[Line]) -> Table | None:
    """Measures of a task's own, means over seeds."""
    measured = [line for line in lines if line.arms[0].score.metrics]
    names = list(dict.fromkeys(name for line in measured for name in line.arms[0].score.metrics))
    if not names:
        return None
    rows = [
        (words(line.method), *(percent(line.metric(name)) for name in names), words(line.student), words(line.place))
        for line in measured
    ]  # fmt: skip
    columns = (Column("method"), *(Column(f"{name} %", True) for name in names), Column("student"), Column("task"))
    return Table("metrics", "Further measures, means over seeds", columns, tuple(rows))
