"""The live table of a study: every arm, what it is doing, what it reached, and how long the rest takes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.live import Live
from rich.text import Text

from smallsteps.cli._console import FittedDrawing, errors, table
from smallsteps.records import read_json
from smallsteps.study.arms import Arm
from smallsteps.study.compare import Run
from smallsteps.study.results import MEAN_GRADE
from smallsteps.study.run import SCORES
from smallsteps.study.status import STATUS, ArmStatus, about, read_status, seconds_left
from smallsteps.tasks import get_task
from smallsteps.text.tables import TableColumn

COLUMNS = (
    TableColumn("arm", number=False), TableColumn("status", number=False, wrap=True), TableColumn("accuracy"),
    TableColumn("tokens/answer", priority=1), TableColumn("train s", priority=2),
)  # fmt: skip

_METHOD = 1
"""The place of the method in an arm's name."""

_FRAME = 4
"""Lines of the window that hold no arm."""


class Board:
    """Arms that are done with what they reached, arms under way, and how long the rest will take.

    Arms that an earlier run of the study has finished are done from the beginning.
    """

    def __init__(self, run: Run, jobs: int = 1) -> None:
        self.run, self.jobs, self.live = run, jobs, False
        self.scores: dict[str, dict[str, Any]] = {}
        for arm in run.arms:
            if (run.folder_of(arm) / SCORES).exists():
                self.scores[arm.name] = dict(read_json(run.folder_of(arm) / SCORES))
        self.resumed = frozenset(self.scores)
        self.since = time.time()
        self.started: dict[str, float] = {}
        self.reported = 0

    def finished(self, arm: Arm, scores: dict[str, Any]) -> None:
        """Take in a finished arm; without a live table, print a line with what is left to do."""
        self.scores[arm.name] = scores
        self.reported += 1
        if self.live:
            return
        done = f"[{self.reported}/{len(self.run.arms)}] {arm.name}: {_accuracy(scores)}"
        how = "finished before" if arm.name in self.resumed else f"trained {scores['train_seconds']:.0f} s"
        errors.print(Text(", ".join(filter(None, (f"{done}, {how}", self.time_left())))), soft_wrap=True)

    def draw(self) -> FittedDrawing:
        """The table as it stands, no longer than the window: what is left to do stands in its title."""
        done = sum(arm.name in self.scores for arm in self.run.arms)
        title = ", ".join(filter(None, (f"{done} of {len(self.run.arms)} arms done", self.time_left())))
        return table(title, COLUMNS, [self._row(arm) for arm in self._shown(errors.size.height - _FRAME)])

    def _shown(self, room: int) -> list[Arm]:
        """The arms under way, then the next ones and the latest that are done, in the order of the study."""
        done = [arm for arm in self.run.arms if arm.name in self.scores]
        under_way = [arm for arm in self.run.arms if arm not in done and self.status(arm) is not None]
        waiting = [arm for arm in self.run.arms if arm not in done and arm not in under_way]
        chosen = [*under_way, *waiting[: max(room // 2, room - len(done))], *reversed(done)][: max(room, 1)]
        return [arm for arm in self.run.arms if arm in chosen]

    def time_left(self) -> str:
        """How long the arms that are not done will take, in words; empty where nobody knows or all are done."""
        finished: dict[str, list[float]] = {}
        waiting: list[str] = []
        running: list[tuple[str, float, float | None]] = []
        for arm in self.run.arms:
            scores, status = self.scores.get(arm.name), self.status(arm)
            if scores is not None:
                seconds = float(scores["train_seconds"]) + float(scores.get("answer_seconds", 0.0))
                finished.setdefault(arm.label, []).append(seconds)
            elif status is None:
                waiting.append(arm.label)
            else:
                start = self.started.setdefault(arm.name, time.monotonic() - status.seconds)
                running.append((arm.label, time.monotonic() - start, status.seconds_left))
        if not waiting and not running:
            return ""
        left = seconds_left(finished, waiting, running, self.jobs)
        return "" if left is None else f"about {about(left)} left"

    def short(self, arm: Arm) -> str:
        """An arm's name without what all arms of the run have in common; the method always stays."""
        parts = [one.name.split("/") for one in self.run.arms]
        return "/".join(
            part for place, part in enumerate(arm.name.split("/"))
            if place == _METHOD or len({one[place] for one in parts}) > 1
        )  # fmt: skip

    def status(self, arm: Arm) -> ArmStatus | None:
        """What an arm of this run is doing; a status that an interrupted run left behind does not count."""
        status = read_status(self.run.folder_of(arm))
        path = self.run.folder_of(arm) / STATUS
        return status if status is not None and path.stat().st_mtime >= self.since else None

    def _row(self, arm: Arm) -> tuple[Text, ...]:
        name = Text(self.short(arm) + (" (needed)" if arm.auxiliary else ""))
        scores = self.scores.get(arm.name)
        if scores is None:
            status = self.status(arm)
            shown = Text(str(status or "waiting"), style="yellow" if status else "dim")
            return name, shown, Text(), Text(), Text()
        numbers = (_accuracy(scores), f"{scores['generated_tokens']:.1f}", f"{scores['train_seconds']:.0f}")
        state = "done before" if arm.name in self.resumed else "done"
        return name, Text(state, style="green"), *map(Text, numbers)


@contextmanager
def live(board: Board) -> Iterator[None]:
    """Show the board while the study runs, on a terminal only."""
    if not errors.is_terminal:
        yield
        return
    board.live = True
    with Live(get_renderable=board.draw, console=errors, refresh_per_second=2, transient=True):
        yield


def _accuracy(scores: dict[str, Any]) -> str:
    if get_task(scores["task"]).graded:
        return f"{100 * scores['grade']:.1f} % {MEAN_GRADE}"
    low, high = scores["interval"]
    return f"{100 * scores['accuracy']:.1f} % ({100 * low:.1f}–{100 * high:.1f})"
