"""The first columns of every table about results: what a row is about, in the same order everywhere."""

from __future__ import annotations

from smallsteps.report.arm_table import Line, point_name
from smallsteps.report.content import SEED, Cell, Column, number, words
from smallsteps.report.load import ArmData

TASK, STUDENT, SETTING = Column("task", fold=True), Column("student", fold=True), Column("setting", fold=True)
METHOD = Column("method", head=True)
N = Column("N", True, "test questions")
PLACE_COLUMNS = (TASK, STUDENT, SETTING, METHOD)
LINE_COLUMNS = (*PLACE_COLUMNS, Column("seeds", True, fold=True), N)
ARM_COLUMNS = (*PLACE_COLUMNS, Column(SEED, True, fold=True), N)


def place_cells(line: Line) -> tuple[Cell, ...]:
    """The cells of `PLACE_COLUMNS`."""
    return words(line.task), words(line.student), words(point_name(line.point)), words(line.method)


def line_cells(line: Line, n: int | None = None) -> tuple[Cell, ...]:
    """The cells of `LINE_COLUMNS`; `n` counts something else than all test questions."""
    return (*place_cells(line), number(len(line.arms)), number(line.n if n is None else n))


def arm_cells(data: ArmData, n: int | None = None) -> tuple[Cell, ...]:
    """The cells of `ARM_COLUMNS`."""
    place = (words(data.arm.task), words(data.arm.student.label), words(point_name(data.point)), words(data.arm.label))
    return (*place, number(data.arm.seed), number(data.score.n if n is None else n))
