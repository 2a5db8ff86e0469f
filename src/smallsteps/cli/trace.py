"""`smallsteps trace RUN`: what every step of the students' rationales adds to the gold answer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smallsteps.progress import Progress
    from smallsteps.scoring.information_gain import Gains
    from smallsteps.study.arms import Arm
    from smallsteps.study.compare import Run

DEVICE = "Where the students run: cpu, cuda, cuda:N, mps; auto takes the accelerator where there is one."
COLUMNS = ("arm", "questions", "steps", "log-probability before", "after", "a step costs %")


def trace(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder that compare or demo wrote.")],
    questions: Annotated[int | None, typer.Option(min=1, help="Only the first N test questions of each arm.")] = None,
    data: Annotated[str | None, typer.Option(help="The folder that {data} stands for in the study's paths.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Trace again what was traced before.")] = False,
    device: Annotated[str, typer.Option(help=DEVICE)] = "auto",
) -> None:
    """Measure the information gain of each step: into gains.jsonl beside the answers, which the report reads."""
    from smallsteps.cli._console import out, progress, table
    from smallsteps.scoring.information_gain import GAINS, read_gains
    from smallsteps.study.open_run import finished_arms, open_run

    opened, shown = open_run(run, data), progress()
    rows = []
    for arm in finished_arms(opened):
        path = opened.folder_of(arm) / GAINS
        if (replace or not path.exists()) and not _trace_arm(opened, arm, questions, shown, device):
            continue
        rows.append((arm.name, *_summary(list(read_gains(path)))))
    out.print(table("", COLUMNS, rows))


def _trace_arm(run: Run, arm: Arm, questions: int | None, progress: Progress, device: str) -> bool:
    """Trace one arm and write its file; False, with a line that says why, where it cannot be traced."""
    from smallsteps.decoding.answering import load_trained
    from smallsteps.decoding.trace import trace_answers, why_untraceable
    from smallsteps.scoring.answers import read_answers
    from smallsteps.scoring.information_gain import GAINS, write_gains

    folder = run.folder_of(arm)
    reason = why_untraceable(arm.build())
    if reason is not None:
        progress.note(f"{arm.name}: not traced, because {reason}")
        return False
    method, students, _ = load_trained(folder, device)
    records = {record.id: record for record in run.parts_of(arm).test}
    answers = [answer for answer in read_answers(folder / "answers.jsonl") if answer.sample == 0][:questions]
    gains = trace_answers(method, students[method.path_names[0]], records, answers, progress)
    write_gains(folder / GAINS, gains)
    return True


def _summary(gains: Sequence[Gains]) -> tuple[str, ...]:
    steps = [step for one in gains for step in one.steps]
    with_steps = [one for one in gains if one.steps]
    count = len(with_steps)
    if not count:
        return str(len(gains)), "0", "–", "–", "–"
    return (
        str(len(gains)),
        str(len(steps)),
        f"{sum(one.base for one in with_steps) / count:.2f}",
        f"{sum(one.final for one in with_steps) / count:.2f}",
        f"{100 * sum(one.worst is not None for one in with_steps) / count:.0f}",
    )
