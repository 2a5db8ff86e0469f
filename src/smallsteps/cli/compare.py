"""`smallsteps compare STUDY`: methods x students x seeds, one table with paired statistics."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from smallsteps.study.compare import Run

GATE = "Exit with 1 unless this claim about methods holds, such as 'cot > answer_only'."
JOBS = "Arms to run in parallel; each gets its share of the cores."
SET = "Override one field of the study, a.b=value; may be repeated."


def compare(
    study: Annotated[Path, typer.Argument(metavar="STUDY", help="The study file (YAML).")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="The run folder; runs/NAME by default.")] = None,
    data: Annotated[str | None, typer.Option(help="The folder that {data} stands for in the study's paths.")] = None,
    settings: Annotated[list[str] | None, typer.Option("--set", help=SET)] = None,
    jobs: Annotated[int, typer.Option(min=1, help=JOBS)] = 1,
    gate: Annotated[str | None, typer.Option(help=GATE)] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Start over: remove the run in the folder.")] = False,
) -> None:
    """Run a study: train, answer and score every arm, then compare them. Run again, it resumes and adds new arms."""
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
    from smallsteps.cli._board import Board
    from smallsteps.cli._console import progress
    from smallsteps.cli._results import show_results, show_warnings
    from smallsteps.cli._ticker import watched
    from smallsteps.study.compare import finish, prepare_run, run_study
    from smallsteps.study.leaderboard import markdown
    from smallsteps.study.lock import folder_lock

    with folder_lock(folder):
        run = prepare_run(study, raw, folder, fresh=fresh)
        _announce(run)
        board = Board(run, jobs)
        with watched(board, jobs):
            for arm, arm_scores in run_study(run, jobs, progress()):
                board.finished(arm, arm_scores)
        scores = finish(run)
        (folder / "leaderboard.md").write_text(markdown(scores), encoding="utf-8")
    show_results(scores, folder)
    show_warnings(scores, folder)
    return scores


def _announce(run: Run) -> None:
    from smallsteps.cli._console import errors

    arms = len(run.arms)
    errors.print(f"study '{run.study.name}': {arms} arm{'s' * (arms != 1)} in {run.folder}")
    for key, parts in run.parts.items():
        leaked = f", {len(parts.leaked)} left out because they stand in the test part" if parts.leaked else ""
        counts = f"{len(parts.train)} training, {len(parts.validation)} validation, {len(parts.test)} test questions"
        errors.print(f"  {key}: {counts}{leaked}")


def _judge(claim: Any, scores: dict[str, Any]) -> None:
    from smallsteps.cli._console import out
    from smallsteps.stats import gate_holds
    from smallsteps.study.compare import comparisons_of

    result = gate_holds(claim, comparisons_of(scores))
    out.print(f"gate '{claim}': {' '.join(result.sentences)}")
    if not result.holds:
        raise typer.Exit(1)
