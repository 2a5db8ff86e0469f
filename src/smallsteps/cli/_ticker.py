"""What a study is doing, in plain lines now and then, where nobody watches a terminal (`make demo > log`, CI)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from rich.text import Text

from smallsteps.cli._board import Board, live
from smallsteps.cli._console import errors
from smallsteps.study.status import about

EVERY_SECONDS = 15.0


def watched(board: Board, jobs: int) -> AbstractContextManager[None]:
    """Show what the arms of a study do while it runs: the live board, or lines; a single arm has its own bar."""
    if jobs == 1:
        return nullcontext()
    return live(board) if errors.is_terminal else ticking(board)


@contextmanager
def ticking(board: Board, every_seconds: float = EVERY_SECONDS) -> Iterator[None]:
    """Print what is under way, when the next arm is due, and how long the rest takes, every so many seconds."""
    ended = threading.Event()

    def tick() -> None:
        while not ended.wait(every_seconds):
            line = status_line(board)
            if line:
                errors.print(Text(line), soft_wrap=True)

    thread = threading.Thread(target=tick, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def status_line(board: Board) -> str:
    """One line on the arms under way; empty while none has said what it does."""
    doing = []
    due = []
    for arm in board.run.arms:
        status = None if arm.name in board.scores else board.status(arm)
        if status is None:
            continue
        share = "" if status.share is None else f" {100 * status.share:.0f} %"
        doing.append(f"{board.short(arm)} {status.stage}{share}")
        due += [status.seconds_left] if status.seconds_left is not None else []
    if not doing:
        return ""
    next_due = f"next arm due in about {about(min(due))}" if due else ""
    return "; ".join(filter(None, (", ".join(doing), next_due, board.time_left())))
