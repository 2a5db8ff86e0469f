"""Consoles, tables and progress bars of the commands."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from rich.console import Console, ConsoleOptions, RenderResult
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress
from rich.table import Table
from rich.text import Text

from smallsteps.progress import Bar, Progress
from smallsteps.text.tables import GAP, TableColumn, fit_table

WIDE = 160  # columns where the output is no terminal
out = Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)
errors = Console(stderr=True, highlight=False, width=None if sys.stderr.isatty() else WIDE)


@dataclass(frozen=True)
class FittedDrawing:
    """A table that takes the shape of the console it is printed on: title, table, caption."""

    title: str
    columns: tuple[TableColumn, ...]
    rows: tuple[tuple[object, ...], ...]
    caption: str = ""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        fitted = fit_table(self.columns, self.rows, options.max_width)
        drawn = Table(header_style="bold", pad_edge=False, box=None, padding=(0, GAP, 0, 0), width=fitted.width)
        for column, header, width in zip(fitted.columns, fitted.headers, fitted.widths, strict=True):
            justify: Literal["left", "right"] = "right" if column.number else "left"
            drawn.add_column(header, justify=justify, width=width, no_wrap=not column.wrap, overflow="fold")
        for row in fitted.rows:
            drawn.add_row(*(cell if isinstance(cell, Text) else Text(str(cell)) for cell in row))
        if self.title:
            yield Text(self.title, "italic")
        yield drawn
        caption = "; ".join(filter(None, (fitted.caption, self.caption)))
        if caption:
            yield Text(caption, "dim")


def table(
    title: str,
    columns: Sequence[str | TableColumn],
    rows: Iterable[Sequence[object]],
    *,
    left: int = 1,
    caption: str = "",
) -> FittedDrawing:
    """A table that fits the console. Of plain titles, the first `left` are texts and the others numbers."""
    made = (
        TableColumn(column, number=index >= left, wrap=index < left) if isinstance(column, str) else column
        for index, column in enumerate(columns)
    )
    return FittedDrawing(title, tuple(made), tuple(map(tuple, rows)), caption)


class _TerminalProgress:
    def __init__(self) -> None:
        self._live: RichProgress | None = None
        self._depth = 0

    @contextmanager
    def bar(self, title: str, total: float | None) -> Iterator[Bar]:
        live = self._enter()
        task = live.add_task(title, total=total, facts="")
        try:
            yield _TerminalBar(live, task)
        finally:
            live.remove_task(task)
            self._leave()

    def note(self, text: str) -> None:
        (self._live.console if self._live else errors).print(Text(text))

    def _enter(self) -> RichProgress:
        if self._live is None:
            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
                       TextColumn("left"), TimeRemainingColumn(), TextColumn("{task.fields[facts]}"))  # fmt: skip
            self._live = RichProgress(*columns, console=errors, transient=True)
            self._live.start()
        self._depth += 1
        return self._live

    def _leave(self) -> None:
        self._depth -= 1
        if self._depth == 0 and self._live is not None:
            self._live.stop()
            self._live = None


class _TerminalBar:
    def __init__(self, live: RichProgress, task: object) -> None:
        self._live, self._task = live, task

    def advance(self, count: float = 1, **facts: object) -> None:
        self._live.update(self._task, advance=count, facts=_facts(facts))  # type: ignore[arg-type]


class _PlainProgress:
    """Lines instead of bars where nobody watches a terminal: one at most every `every_seconds`."""

    every_seconds = 15.0

    @contextmanager
    def bar(self, title: str, total: float | None) -> Iterator[Bar]:
        yield _PlainBar(title, total, self.every_seconds)

    def note(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)


class _PlainBar:
    def __init__(self, title: str, total: float | None, every_seconds: float) -> None:
        self.title, self.total, self.every_seconds = title, total, every_seconds
        self.done, self.start = 0.0, time.monotonic()
        self.last = self.start

    def advance(self, count: float = 1, **facts: object) -> None:
        self.done += count
        now = time.monotonic()
        if now - self.last < self.every_seconds:
            return
        self.last = now
        of = f"/{self.total:g}" if self.total else ""
        left = f", {(self.total - self.done) * (now - self.start) / self.done:.0f} s left" if self.total else ""
        tail = _facts(facts)
        print(f"{self.title}: {self.done:g}{of}{left}{', ' + tail if tail else ''}", file=sys.stderr, flush=True)


def _facts(facts: dict[str, object]) -> str:
    return "  ".join(f"{name} {value}" for name, value in facts.items())


def progress() -> Progress:
    """Bars on a terminal, a plain line now and then elsewhere."""
    return _TerminalProgress() if errors.is_terminal else _PlainProgress()
