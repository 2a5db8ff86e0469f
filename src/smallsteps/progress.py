"""How long work tells of itself: the library speaks to a Progress, the command decides how to show it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol, TypeVar

T = TypeVar("T")


class Bar(Protocol):
    """One piece of work under way."""

    def advance(self, count: float = 1, **facts: object) -> None:
        """`count` more units are done; `facts` are shown beside the bar (loss, cost, …)."""


class Progress(Protocol):
    """Where long work is shown."""

    def bar(self, title: str, total: float | None) -> AbstractContextManager[Bar]:
        """A bar of `total` units (None where nobody knows), shown while the context lasts."""

    def note(self, text: str) -> None:
        """A line that stays."""


class _SilentBar:
    def advance(self, count: float = 1, **facts: object) -> None:
        """Nobody looks."""


class _Silent:
    def bar(self, title: str, total: float | None) -> AbstractContextManager[Bar]:
        return nullcontext(_SilentBar())

    def note(self, text: str) -> None:
        """Nobody looks."""


SILENT: Progress = _Silent()


def tracked(items: Iterable[T], progress: Progress, title: str, total: float | None = None) -> Iterator[T]:
    """`items`, one after another, each ticking a bar."""
    with progress.bar(title, total) as bar:
        for item in items:
            yield item
            bar.advance()
