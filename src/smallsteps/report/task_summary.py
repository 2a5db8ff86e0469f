"""A study over several tasks: accuracy per task, macro means, wins and losses, one bootstrap."""

from __future__ import annotations

from dataclasses import dataclass

from smallsteps.errors import InputError
from smallsteps.report.arm_table import ArmTable, Line, point_name, results_of
from smallsteps.report.claims import probability, signed
from smallsteps.report.content import NOTHING, Cell, Column, Section, Table, Tone, number, percent, words
from smallsteps.report.identity import METHOD, SETTING, STUDENT
from smallsteps.report.load import RunData
from smallsteps.stats import (
    VERDICT_WORDS,
    MacroResult,
    Point,
    Verdict,
    compare_macro,
    covers,
    holm,
    macro_mean,
    tally,
)

ALPHA = 0.05
_TONES: dict[Verdict, Tone] = {"better": "good", "worse": "bad", "tie": "unsure", "undecidable": "quiet"}


@dataclass(frozen=True)
class MacroComparison:
    """A method against the baseline over all tasks, with the p corrected for all such comparisons of the study."""

    point: Point
    found: MacroResult
    p_holm: float | None

    @property
    def verdict(self) -> Verdict:
        """Better, worse, a tie, or undecidable where the seeds allow no test."""
        if self.p_holm is None:
            return "undecidable"
        if self.p_holm >= ALPHA:
            return "tie"
        return "better" if self.found.difference > 0 else "worse"


def macro_comparisons(run_data: RunData, arm_table: ArmTable) -> list[MacroComparison]:
    """Every method against the baseline over all tasks, where they share a seed, Holm-corrected."""
    found = []
    for point, student, method in _contenders(arm_table, run_data.baseline):
        results = results_of(data for data in run_data.arms if covers(point, data.point))
        try:
            found.append((point, compare_macro(results, method, run_data.baseline, student)))
        except InputError:
            continue  # no seed in common over all tasks: nothing to compare
    corrected = holm([one.p for _, one in found])
    return [MacroComparison(point, one, p) for (point, one), p in zip(found, corrected, strict=True)]


def task_summary_section(run_data: RunData, arm_table: ArmTable) -> Section | None:
    """Per-task results with their macro mean, and every method against the baseline over all tasks."""
    if len(run_data.tasks) < 2:
        return None
    lead = "Every task counts the same, whatever its number of questions. Nothing is said about other tasks."
    return Section("tasks", "Over all tasks", lead, (_per_task(run_data, arm_table), _against(run_data, arm_table)))


def _lines(arm_table: ArmTable) -> dict[tuple[str, str, Point], dict[str, Line]]:
    found: dict[tuple[str, str, Point], dict[str, Line]] = {}
    for line in arm_table.lines:
        found.setdefault((line.student, line.method, line.point), {})[line.task] = line
    return found


def _per_task(run_data: RunData, arm_table: ArmTable) -> Table:
    columns = (STUDENT, SETTING, METHOD, Column("seeds", True, fold=True),
               *(Column(task, True) for task in run_data.tasks), Column("macro mean %", True))  # fmt: skip
    rows = []
    for (student, method, point), by_task in _lines(arm_table).items():
        cells = [percent(by_task[task].accuracy) if task in by_task else number(None) for task in run_data.tasks]
        whole = len(by_task) == len(run_data.tasks)
        results = results_of(data for line in by_task.values() for data in line.arms)
        mean = percent(macro_mean(results, method, student) if whole else None)
        seeds = number(max(len(line.arms) for line in by_task.values()))
        rows.append((words(student), words(point_name(point)), words(method), seeds, *cells, mean))
    rows.sort(key=lambda row: -(row[-1].value or 0))
    return Table("per-task", "Accuracy on every task, %", columns, tuple(rows), "Best macro mean first.")


def _against(run_data: RunData, arm_table: ArmTable) -> Table:
    columns = (
        STUDENT, SETTING, METHOD, Column("against", fold=True), Column("seeds", True, "paired seeds", fold=True),
        Column("macro difference, points", True), Column("95 % interval", True, "over new seeds and questions"),
        Column("p", True), Column("p after Holm", True, "corrected for all comparisons of this table"),
        Column("verdict"), Column("wins", True, "tasks on which the method is significantly better"),
        Column("not significant", True, "tasks"), Column("losses", True, "tasks"),
        Column("not tested", True, "tasks", fold=True),
        Column("95 % interval, these students", True, "over new questions, with the students fixed"),
    )  # fmt: skip
    compared = macro_comparisons(run_data, arm_table)
    reasons = list(dict.fromkeys(one.found.reason for one in compared if one.found.reason))
    note = "One hierarchical bootstrap over seeds and questions. Wins and losses count after Holm correction." + (
        f" Not tested, because {'; '.join(reasons)}." if reasons else ""
    )
    rows = tuple(_against_row(one, arm_table) for one in compared)
    return Table("macro", "Every method against the baseline over all tasks", columns, rows, note)


def _against_row(one: MacroComparison, arm_table: ArmTable) -> tuple[Cell, ...]:
    found = one.found
    claims = [claim for at, claim in arm_table.against_baseline if at == one.point and claim.student == found.student]
    count = tally(claims, found.a, found.b)
    interval = Cell(NOTHING, None, "quiet") if found.interval is None else _interval(*found.interval)
    return (
        words(found.student), words(point_name(one.point)), words(found.a), words(found.b), number(len(found.seeds)),
        Cell(signed(100 * found.difference), 100 * found.difference), interval, probability(found.p),
        probability(one.p_holm), words(VERDICT_WORDS[one.verdict], _TONES[one.verdict]), number(count.wins),
        number(count.ties), number(count.losses), number(count.undecided), _interval(*found.questions_interval),
    )  # fmt: skip


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
