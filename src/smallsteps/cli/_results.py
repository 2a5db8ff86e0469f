"""What `compare` prints when a study has ended: leaderboards, one table of comparisons, and what to do next."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

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

_MUCH = 0.02


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


def warn_of_truncation(scores: Mapping[str, Any]) -> None:
    """Say where answers were cut off so often that a reader would misjudge the table."""
    for arm in scores["arms"]:
        cut = arm["outcomes"]["truncated"]
        if cut > _MUCH * arm["n"]:
            limit = scores["study"]["decoding"].get("max_new_tokens", "its default")
            text = (
                f"{arm['arm']}: {cut} of {arm['n']} answers were cut off; raise decoding.max_new_tokens (now {limit})"
            )
            errors.print(f"[yellow]warning[/] {text}", soft_wrap=True)


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
