"""`smallsteps compare STUDY`: methods x students x seeds, one table with paired statistics."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from smallsteps.study.compare import Run

GATE = "Exit with 0 only if this claim holds at the methods' level, such as 'cot > answer_only'; with 1 otherwise."
JOBS = "Arms run side by side, each with its share of the cores."
SET = "Override one field of the study, a.b=value; may be repeated."


def compare(
    study: Annotated[Path, typer.Argument(metavar="STUDY", help="The study file (YAML).")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="The run folder; runs/NAME by default.")] = None,
    data: Annotated[str | None, typer.Option(help="The folder that {data} stands for in the study's paths.")] = None,
    settings: Annotated[list[str] | None, typer.Option("--set", help=SET)] = None,
    jobs: Annotated[int, typer.Option(min=1, help=JOBS)] = 1,
    gate: Annotated[str | None, typer.Option(help=GATE)] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Throw away a run that stands in the folder.")] = False,
) -> None:
    """Run a study: train, answer and score every arm, then compare them. A second run resumes the first."""
    from smallsteps.stats.gate import parse_gate
    from smallsteps.study.arms import slug
    from smallsteps.study.spec import read_study

    claim = parse_gate(gate) if gate else None
    checked, raw = read_study(study, settings or [], data)
    scores = run_and_show(checked, raw, out or Path("runs") / slug(checked.name), jobs, replace)
    if claim is not None:
        _judge(claim, scores)


def run_and_show(study: Any, raw: dict[str, Any], folder: Path, jobs: int, fresh: bool) -> dict[str, Any]:
    """Run a study with the live table, write the leaderboard, print it, and return the run's scores."""
    from contextlib import nullcontext

    from smallsteps.cli._board import Board, live
    from smallsteps.cli._console import progress
    from smallsteps.study.compare import finish, prepare_run, run_study
    from smallsteps.study.leaderboard import markdown
    from smallsteps.study.lock import folder_lock

    with folder_lock(folder):
        run = prepare_run(study, raw, folder, fresh=fresh)
        _announce(run)
        board = Board(run)
        with live(board) if jobs > 1 else nullcontext():
            for arm, arm_scores in run_study(run, jobs, progress()):
                board.finished(arm, arm_scores)
        scores = finish(run)
        (folder / "leaderboard.md").write_text(markdown(scores), encoding="utf-8")
    _show(scores, folder)
    _warn(scores)
    return scores


def _announce(run: Run) -> None:
    from smallsteps.cli._console import errors

    arms = len(run.arms)
    errors.print(f"study '{run.study.name}': {arms} arm{'s' * (arms != 1)} in {run.folder}")
    for key, parts in run.parts.items():
        leaked = f", {len(parts.leaked)} left out because they stand in the test part" if parts.leaked else ""
        counts = f"{len(parts.train)} training, {len(parts.validation)} validation, {len(parts.test)} test questions"
        errors.print(f"  {key}: {counts}{leaked}")


def _show(scores: dict[str, Any], folder: Path) -> None:
    from smallsteps.cli._console import out, table
    from smallsteps.study.leaderboard import columns, coverage_note, group_table, leaderboard, metric_table, title, told

    sections: dict[tuple[str, str], list[Sequence[str]]] = {}
    for line in leaderboard(scores):
        sections.setdefault((line.task, line.point), []).append(line.cells)
    for (task, point), rows in sections.items():
        out.print(table(title(scores, task, point), columns(scores, task), rows, left=2))
        out.print()
    out.print(f"{coverage_note(scores)}\n", style="dim")
    header, groups = group_table(scores)
    if groups:
        out.print(table("by group of questions", header, groups, left=4 if "point" in header else 3))
        out.print()
    header, graded = metric_table(scores)
    if graded:
        out.print(table("further measures", header, graded, left=4 if "point" in header else 3))
        out.print()
    for one in scores["comparisons"]:
        if one["level"] == "methods" or len(scores["study"]["seeds"]) == 1:
            out.print(told(scores, one))
    out.print(f"\nwritten: {folder / 'leaderboard.md'}, {folder / 'scores.json'}")
    out.print(f"next: smallsteps report {folder} -o {folder / 'report.html'}", soft_wrap=True)
    out.print(f"      smallsteps trace {folder} first, to see in it what each step of a question adds", soft_wrap=True)


def _warn(scores: dict[str, Any]) -> None:
    """Say what would make a reader misjudge the table."""
    from smallsteps.cli._console import errors

    for arm in scores["arms"]:
        cut = arm["outcomes"]["truncated"]
        if cut > 0.02 * arm["n"]:
            limit = scores["study"]["decoding"].get("max_new_tokens", "its default")
            told = f"{arm['arm']}: {cut} of {arm['n']} answers were cut off at decoding.max_new_tokens = {limit}"
            errors.print(f"[yellow]warning[/] {told} before they stated an answer; raise it", soft_wrap=True)


def _judge(claim: Any, scores: dict[str, Any]) -> None:
    from smallsteps.cli._console import out
    from smallsteps.stats import gate_holds
    from smallsteps.study.compare import comparisons_of

    result = gate_holds(claim, comparisons_of(scores))
    out.print(f"gate '{claim}': {' '.join(result.sentences)}")
    if not result.holds:
        raise typer.Exit(1)
