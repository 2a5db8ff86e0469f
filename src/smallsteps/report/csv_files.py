"""The tables of a report as CSV files, and every answer in one."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from smallsteps.records import atomic_writer
from smallsteps.report.content import NOTHING, Cell, Table
from smallsteps.report.load import RunData

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_tables(folder: Path, tables: Iterable[Table]) -> None:
    """One file for each table, with all its rows and columns."""
    for table in tables:
        header = [column.title for column in table.columns]
        rows = [
            [_value(cell, column.number) for cell, column in zip(row, table.columns, strict=True)] for row in table.rows
        ]
        _write(folder / f"{csv_name(table.name)}.csv", header, rows)


def write_answers_csv(path: Path, run_data: RunData) -> None:
    """Every arm's answer to every question, without the texts (those are in each arm's answers.jsonl)."""
    header = [
        "arm",
        "method",
        "student",
        "seed",
        "task",
        "question",
        "outcome",
        "answer",
        "lenient answer",
        "gold",
        "tokens",
    ]
    rows = []
    for data in run_data.arms:
        gold = {record.id: record.answer or "" for record in run_data.parts_of(data).test}
        arm = (data.arm.name, data.arm.label, data.arm.student.label, str(data.arm.seed), data.arm.task)
        rows += [
            [*map(_safe, (*arm, one.id, one.name, one.answer or "", one.lenient or "", gold[one.id])), str(one.tokens)]
            for one in data.outcomes
        ]
    _write(path, header, rows)


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with atomic_writer(path) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _value(cell: Cell, numeric: bool) -> str:
    if cell.text == NOTHING:
        return ""
    return cell.text.replace("−", "-") if numeric else _safe(cell.text)


def _safe(text: str) -> str:
    """A spreadsheet runs text that looks like a formula, and students may write anything; a plain number stays."""
    if not text.startswith(_FORMULA):
        return text
    try:
        float(text)
    except ValueError:
        return f"'{text}"
    return text


def csv_name(name: str) -> str:
    """A table's name as that of a file, without the ending."""
    return "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in name)
