"""What an arm is doing right now, in a file, so that another process can show it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from smallsteps.progress import Bar

STATUS = "status.json"


class StatusProgress:
    """A Progress that keeps `status.json` in an arm's folder fresh, at most twice a second."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def bar(self, title: str, total: float | None) -> Iterator[Bar]:
        """A bar whose state is written down."""
        yield _StatusBar(self.folder, title, total)

    def note(self, text: str) -> None:
        """Kept in `notes.txt` of the arm."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "notes.txt").open("a", encoding="utf-8") as file:
            file.write(text + "\n")


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
        left = (self.total - self.done) * (now - self.start) / self.done if self.total and self.done else None
        state = {"title": self.title, "done": self.done, "total": self.total, "seconds_left": left,
                 "facts": {name: str(value) for name, value in facts.items()}}  # fmt: skip
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_suffix(".part")
        part.write_text(json.dumps(state), encoding="utf-8")
        part.replace(self.path)


def read_status(folder: Path) -> str:
    """One short line on what an arm is doing: `training 40 % loss 1.2, 30 s left`; empty where it does nothing."""
    try:
        state = json.loads((folder / STATUS).read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return ""
    share = f" {100 * state['done'] / state['total']:.0f} %" if state["total"] else ""
    facts = "".join(f" {name} {value}" for name, value in state["facts"].items() if value)
    left = f", {state['seconds_left']:.0f} s left" if state["seconds_left"] else ""
    return f"{state['title']}{share}{facts}{left}"
