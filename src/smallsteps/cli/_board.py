"""The live table of a study: every arm, what it is doing, and what it reached."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.live import Live
from rich.table import Table
from rich.text import Text

from smallsteps.cli._console import errors, table
from smallsteps.study.arms import Arm
from smallsteps.study.compare import Run
from smallsteps.study.results import MEAN_GRADE
from smallsteps.study.status import read_status
from smallsteps.tasks import get_task

COLUMNS = ("arm", "status", "accuracy", "tokens/answer", "train s")


class Board:
    """Keeps the scores that came in and draws them beside what the other arms are doing."""

    def __init__(self, run: Run) -> None:
        self.run, self.live = run, False
        self.scores: dict[str, dict[str, Any]] = {}

    def finished(self, arm: Arm, scores: dict[str, Any]) -> None:
        """Take in one finished arm; without a live table, say so in a line."""
        self.scores[arm.name] = scores
        if not self.live:
            done = f"[{len(self.scores)}/{len(self.run.arms)}] {arm.name}: {_accuracy(scores)}"
            errors.print(Text(f"{done}, trained {scores['train_seconds']:.0f} s"))

    def draw(self) -> Table:
        """The table as it stands."""
        rows = [self._row(arm) for arm in self.run.arms]
        return table("", COLUMNS, rows, left=2)

    def _row(self, arm: Arm) -> tuple[Text, ...]:
        name = Text(arm.name + (" (needed)" if arm.auxiliary else ""))
        scores = self.scores.get(arm.name)
        if scores is None:
            status = read_status(self.run.folder_of(arm))
            return name, Text(status or "waiting", style="yellow" if status else "dim"), Text(), Text(), Text()
        numbers = (_accuracy(scores), f"{scores['generated_tokens']:.1f}", f"{scores['train_seconds']:.0f}")
        return name, Text("done", style="green"), *map(Text, numbers)


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
