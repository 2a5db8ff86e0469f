"""A study over several tasks, put together honestly: per task, macro mean, wins and losses, one bootstrap."""

from __future__ import annotations

from smallsteps.errors import InputError
from smallsteps.report.arm_table import ArmTable, Line, point_name, results_of
from smallsteps.report.claims import probability, signed
from smallsteps.report.content import NOTHING, Cell, Column, Section, Table, number, percent, words
from smallsteps.report.load import RunData
from smallsteps.stats import Point, compare_macro, covers, macro_mean, tally


def task_summary_section(run_data: RunData, arm_table: ArmTable) -> Section | None:
    """Per-task results with their macro mean, and every method against the baseline over all tasks."""
    if len(run_data.tasks) < 2:
        return None
    lead = (
        "Every task counts the same, whatever its number of questions. Tasks are fixed: nothing is said about others."
    )
    return Section("tasks", "Over all tasks", lead, (_per_task(run_data, arm_table), _against(run_data, arm_table)))


def _lines(arm_table: ArmTable) -> dict[tuple[str, str, Point], dict[str, Line]]:
    found: dict[tuple[str, str, Point], dict[str, Line]] = {}
    for line in arm_table.lines:
        found.setdefault((line.student, line.method, line.point), {})[line.task] = line
    return found


def _per_task(run_data: RunData, arm_table: ArmTable) -> Table:
    columns = (Column("method"), Column("student"), *_setting(run_data),
               *(Column(task, True) for task in run_data.tasks), Column("macro mean %", True))  # fmt: skip
    rows = []
    for (student, method, point), by_task in _lines(arm_table).items():
        cells = [percent(by_task[task].accuracy) if task in by_task else number(None) for task in run_data.tasks]
        whole = len(by_task) == len(run_data.tasks)
        results = results_of(data for line in by_task.values() for data in line.arms)
        mean = percent(macro_mean(results, method, student) if whole else None)
        rows.append((words(method), words(student), *_setting_cell(run_data, point), *cells, mean))
    rows.sort(key=lambda row: -(row[-1].value or 0))
    return Table("per-task", "Accuracy on every task, %", columns, tuple(rows), "Best macro mean first.")


def _against(run_data: RunData, arm_table: ArmTable) -> Table:
    baseline = run_data.baseline
    columns = (
        Column("method"), Column("against"), Column("student"), *_setting(run_data), Column("wins", True),
        Column("ties", True), Column("losses", True), Column("undecided", True),
        Column("macro difference, points", True), Column("95 % interval", True, "new seeds and questions"),
        Column("p", True), Column("95 % interval, these students", True, "questions random, students fixed"),
    )  # fmt: skip
    rows, reasons = [], []
    for point, student, method in _contenders(arm_table, baseline):
        results = results_of(data for data in run_data.arms if covers(point, data.point))
        try:
            found = compare_macro(results, method, baseline, student)
        except InputError:
            continue  # no seed in common over all tasks: nothing to compare
        claims = [one for at, one in arm_table.against_baseline if at == point and one.student == student]
        count = tally(claims, method, baseline)
        reasons += [found.reason] if found.reason else []
        interval = Cell(NOTHING, None, "quiet") if found.interval is None else _interval(*found.interval)
        rows.append((
            words(method), words(baseline), words(student), *_setting_cell(run_data, point), number(count.wins),
            number(count.ties), number(count.losses), number(count.undecided),
            Cell(signed(100 * found.difference), 100 * found.difference), interval, probability(found.p),
            _interval(*found.questions_interval),
        ))  # fmt: skip
    open_ones = f" Cannot be decided: {'; '.join(dict.fromkeys(reasons))}." if reasons else ""
    note = (
        "One hierarchical bootstrap over seeds and questions; wins, ties and losses are counted after Holm." + open_ones
    )
    return Table("macro", f"Every method against '{baseline}' over all tasks", columns, tuple(rows), note)


def _contenders(arm_table: ArmTable, baseline: str) -> list[tuple[Point, str, str]]:
    """Point, student and method of everything that is compared with the baseline."""
    found = [
        (point, line.student, line.method)
        for point in arm_table.points
        for line in arm_table.lines
        if line.method != baseline and covers(point, line.point)
    ]
    return list(dict.fromkeys(found))


def _interval(low: float, high: float) -> Cell:
    return Cell(f"{signed(100 * low)} to {signed(100 * high)}", 100 * low)


def _setting(run_data: RunData) -> tuple[Column, ...]:
    return (Column("setting"),) if len(run_data.points) > 1 else ()


def _setting_cell(run_data: RunData, point: Point) -> tuple[Cell, ...]:
    return (words(point_name(point)),) if len(run_data.points) > 1 else ()
