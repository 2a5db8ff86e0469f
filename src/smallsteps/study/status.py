"""What an arm is doing right now, in a file that another process can show, and how long the whole study will take."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from smallsteps.progress import Bar

STATUS, NOTES = "status.json", "notes.txt"


class StatusProgress:
    """Progress that is written to `status.json` in an arm's folder, at most twice a second."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def bar(self, title: str, total: float | None) -> Iterator[Bar]:
        """A bar whose state is written to the file."""
        yield _StatusBar(self.folder, title, total)

    def note(self, text: str) -> None:
        """Append a line to `notes.txt` in the arm's folder."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / NOTES).open("a", encoding="utf-8") as file:
            file.write(text + "\n")


@dataclass(frozen=True)
class ArmStatus:
    """What an arm is doing: the stage, the share of it that is done (None: unknown), and seconds so far and to go."""

    stage: str
    share: float | None
    seconds: float
    seconds_left: float | None
    facts: Mapping[str, str]

    def __str__(self) -> str:
        share = "" if self.share is None else f" {100 * self.share:.0f} %"
        facts = "".join(f" {name} {value}" for name, value in self.facts.items() if value)
        left = "" if self.seconds_left is None else f", {self.seconds_left:.0f} s left"
        return f"{self.stage}{share}{facts}{left}"


class _StatusBar:
    def __init__(self, folder: Path, title: str, total: float | None) -> None:
        self.path, self.title, self.total = folder / STATUS, title, total
        self.done, self.start, self.last = 0.0, time.monotonic(), 0.0

    def advance(self, count: float = 1, **facts: object) -> None:
        self.done += count
        now = time.monotonic()
        if now - self.last < 0.5:
            return
        self.last = now
        seconds = now - self.start
        left = (self.total - self.done) * seconds / self.done if self.total and self.done else None
        state = {"title": self.title, "done": self.done, "total": self.total, "seconds": seconds, "seconds_left": left,
                 "facts": {name: str(value) for name, value in facts.items()}}  # fmt: skip
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_suffix(".part")
        part.write_text(json.dumps(state), encoding="utf-8")
        part.replace(self.path)


def read_status(folder: Path) -> ArmStatus | None:
    """What an arm is doing; None where nothing was written."""
    try:
        state = json.loads((folder / STATUS).read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    share = state["done"] / state["total"] if state["total"] else None
    return ArmStatus(state["title"], share, state.get("seconds", 0.0), state["seconds_left"], state["facts"])


def seconds_left(
    finished: Mapping[str, Sequence[float]],
    waiting: Sequence[str],
    running: Sequence[tuple[str, float, float | None]],
    jobs: int,
) -> float | None:
    """About how long a study still takes, in seconds; None while nothing is known.

    `finished` holds the seconds of each method's finished arms, `waiting` the methods of the arms to come, `running`
    method, seconds so far and seconds left of the stage of each arm under way. An arm is expected to take as long as
    others of its method, else as the mean of all arms, else as what runs now.
    """
    means = {method: fmean(some) for method, some in finished.items() if some}
    known = [second for some in finished.values() for second in some]
    known = known or [so_far + left for _, so_far, left in running if left is not None]
    if not known:
        return None
    usual = fmean(known)
    ahead = sum(means.get(method, usual) for method in waiting)
    under_way = [max(left or 0.0, means.get(method, usual) - so_far) for method, so_far, left in running]
    return max((ahead + sum(under_way)) / jobs, max(under_way, default=0.0))


def about(seconds: float) -> str:
    """A duration for people: `40 s`, `3 min`, `2 h 10 min`."""
    if seconds < 90:
        return f"{max(seconds, 0):.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
