"""What `compare` prints when a study has ended: leaderboards, one table of comparisons, and what to do next."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.text import Text

from smallsteps.cli._console import errors, out, table
from smallsteps.study.comparison_table import comparison_table, conclusion, main_level
from smallsteps.study.leaderboard import (
    columns,
    coverage_note,
    group_table,
    leaderboard,
    metric_table,
    table_columns,
    title,
)
from smallsteps.study.run_folder import ARMS
from smallsteps.study.warnings import run_warnings


def show_results(scores: Mapping[str, Any], folder: Path) -> None:
    """Print a run's scores: leaderboards, groups and measures, the comparisons, and the next commands."""
    sections: dict[tuple[str, str], list[Sequence[str]]] = {}
    for line in leaderboard(scores):
        sections.setdefault((line.task, line.point), []).append(line.cells)
    for (task, point), rows in sections.items():
        out.print(table(title(scores, task, point), table_columns(columns(scores, task)), rows), crop=False)
        out.print()
    out.print(f"{coverage_note(scores)}\n", style="dim")
    for name, (header, cells) in {
        "Accuracy by group of questions": group_table(scores),
        "Other measures": metric_table(scores),
    }.items():
        if cells:
            out.print(table(name, table_columns(header), cells), crop=False)
            out.print()
    _show_comparisons(scores)
    _show_next(folder)


def show_warnings(scores: Mapping[str, Any], folder: Path) -> None:
    """Print what would make a reader misjudge the tables."""
    for text in run_warnings(scores["arms"], folder / ARMS, scores["study"]["decoding"].get("max_new_tokens")):
        errors.print(Text.assemble(("warning: ", "yellow"), text), soft_wrap=True)


def _show_comparisons(scores: Mapping[str, Any]) -> None:
    found = comparison_table(scores, main_level(scores))
    if found.rows:
        out.print(table(found.title, found.columns, found.rows), crop=False)
        out.print(f"{conclusion(scores)}\n")


def _show_next(folder: Path) -> None:
    """Files that were written, and commands that can be pasted."""
    run, page = shlex.quote(str(folder)), shlex.quote(str(folder / "report.html"))
    out.print(f"written: {folder / 'leaderboard.md'}, {folder / 'scores.json'}", soft_wrap=True)
    out.print(f"next: smallsteps report {run} -o {page}", soft_wrap=True)
    out.print(f"      smallsteps trace {run}    # before it, to see what each reasoning step adds", soft_wrap=True)
