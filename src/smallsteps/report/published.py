"""Published accuracies beside ours. Ours are never called a reproduction."""

from __future__ import annotations

from smallsteps.report.arm_table import ArmTable, point_name
from smallsteps.report.content import Cell, Column, Section, Table, span, words
from smallsteps.report.load import RunData
from smallsteps.scoring.published import published

_COLUMNS = (
    Column("task", fold=True), Column("who", head=True), Column("setting"), Column("accuracy %", True),
    Column("95 % interval", True), Column("mark", False, "paper, code, second-hand, or ours"), Column("source"),
)  # fmt: skip


def published_section(run_data: RunData, arm_table: ArmTable) -> Section | None:
    """Published accuracies on this study's tasks, ours first."""
    found = published(run_data.tasks)
    if not found:
        return None
    ours = [
        (words(line.task), words(line.method), words(", ".join(filter(None, (line.student, point_name(line.point))))),
         Cell(f"{100 * line.accuracy:.1f}", 100 * line.accuracy), span(*line.interval), words("ours"),
         words("this study"))
        for line in arm_table.lines
    ]  # fmt: skip
    theirs = [
        (words(one.task), words(one.who), words(one.setting), Cell(one.figure), words(""), words(one.mark),
         words(f"{one.source}. {one.note}"))
        for one in found
    ]  # fmt: skip
    lead = (
        "For orientation only: students, teachers, data, budgets and the reading of answers all differ. None of our "
        "numbers reproduces one of these."
    )
    table = Table("published", "Published numbers and ours", _COLUMNS, tuple(ours + theirs))
    return Section("published", "Published numbers", lead, (table,))
