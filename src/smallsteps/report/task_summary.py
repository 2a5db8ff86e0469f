"""A study over several tasks, put together honestly: per task, macro mean, wins and losses, one bootstrap."""

from __future__ import annotations

from smallsteps.errors import InputError
from smallsteps.report.arm_table import Line, Lineup, point_name, results_of
from smallsteps.report.claims import probability, signed
from smallsteps.report.content import NOTHING, Cell, Column, Section, Table, number, percent, words
from smallsteps.report.load import Material
from smallsteps.stats import Point, compare_macro, covers, macro_mean, tally


def across_section(material: Material, lineup: Lineup) -> Section | None:
    """Per-task results with their macro mean, and every method against the baseline over all tasks."""
    if len(material.tasks) < 2:
        return None
    lead = (
        "Every task counts the same, whatever its number of questions. Tasks are fixed: nothing is said about others."
    )
    return Section("tasks", "Over all tasks", lead, (_per_task(material, lineup), _against(material, lineup)))


def _lines(lineup: Lineup) -> dict[tuple[str, str, Point], dict[str, Line]]:
    found: dict[tuple[str, str, Point], dict[str, Line]] = {}
    for line in lineup.lines:
        found.setdefault((line.student, line.method, line.point), {})[line.task] = line
    return found


def _per_task(material: Material, lineup: Lineup) -> Table:
    columns = (Column("method"), Column("student"), *_setting(material),
               *(Column(task, True) for task in material.tasks), Column("macro mean %", True))  # fmt: skip
    rows = []
    for (student, method, point), by_task in _lines(lineup).items():
        cells = [percent(by_task[task].accuracy) if task in by_task else number(None) for task in material.tasks]
        whole = len(by_task) == len(material.tasks)
        results = results_of(data for line in by_task.values() for data in line.arms)
        mean = percent(macro_mean(results, method, student) if whole else None)
        rows.append((words(method), words(student), *_setting_cell(material, point), *cells, mean))
    rows.sort(key=lambda row: -(row[-1].value or 0))
    return Table("per-task", "Accuracy on every task, %", columns, tuple(rows), "Best macro mean first.")


def _against(material: Material, lineup: Lineup) -> Table:
    baseline = material.baseline
    columns = (
        Column("method"), Column("against"), Column("student"), *_setting(material), Column("wins", True),
        Column("ties", True), Column("losses", True), Column("undecided", True),
        Column("macro difference, points", True), Column("95 % interval", True, "new seeds and questions"),
        Column("p", True), Column("95 % interval, these students", True, "questions random, students fixed"),
    )  # fmt: skip
    rows, reasons = [], []
    for point, student, method in _contenders(lineup, baseline):
        results = results_of(data for data in material.arms if covers(point, data.point))
        try:
            found = compare_macro(results, method, baseline, student)
        except InputError:
            continue  # no seed in common over all tasks: nothing to compare
        claims = [one for at, one in lineup.against_baseline if at == point and one.student == student]
        count = tally(claims, method, baseline)
        reasons += [found.reason] if found.reason else []
        interval = Cell(NOTHING, None, "quiet") if found.interval is None else _interval(*found.interval)
        rows.append((
            words(method), words(baseline), words(student), *_setting_cell(material, point), number(count.wins),
            number(count.ties), number(count.losses), number(count.undecided),
            Cell(signed(100 * found.difference), 100 * found.difference), interval, probability(found.p),
            _interval(*found.questions_interval),
        ))  # fmt: skip
    open_ones = f" Cannot be decided: {'; '.join(dict.fromkeys(reasons))}." if reasons else ""
    note = (
        "One hierarchical bootstrap over seeds and questions; wins, ties and losses are counted after Holm." + open_ones
    )
    return Table("macro", f"Every method against '{baseline}' over all tasks", columns, tuple(rows), note)


def _contenders(lineup: Lineup, baseline: str) -> list[tuple[Point, str, str]]:
    """Point, student and method of everything that is compared with the baseline."""
    found = [
        (point, line.student, line.method)
        for point in lineup.points
        for line in lineup.lines
        if line.method != baseline and covers(point, line.point)
    ]
    return list(dict.fromkeys(found))


def _interval(low: float, high: float) -> Cell:
    return Cell(f"{signed(100 * low)} to {signed(100 * high)}", 100 * low)


def _setting(material: Material) -> tuple[Column, ...]:
    return (Column("setting"),) if len(material.points) > 1 else ()


def _setting_cell(material: Material, point: Point) -> tuple[Cell, ...]:
    return (words(point_name(point)),) if len(material.points) > 1 else ()
