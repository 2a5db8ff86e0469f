"""Progress reporting: the library reports to a Progress, and the command decides how to show it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol, TypeVar

T = TypeVar("T")


class Bar(Protocol):
    """The progress of one task."""

    def advance(self, count: float = 1, **facts: object) -> None:
        """Advance by `count` units; `facts` (loss, cost, …) are shown next to the bar."""


class Progress(Protocol):
    """Where progress is shown."""

    def bar(self, title: str, total: float | None) -> AbstractContextManager[Bar]:
        """A bar of `total` units (None if unknown), shown while the context is open."""

    def note(self, text: str) -> None:
        """Print a line that stays."""


class _SilentBar:
    def advance(self, count: float = 1, **facts: object) -> None:
        """Do nothing."""


class _Silent:
    def bar(self, title: str, total: float | None) -> AbstractContextManager[Bar]:
        return nullcontext(_SilentBar())

    def note(self, text: str) -> None:
        """Do nothing."""


SILENT: Progress = _Silent()


def tracked(items: Iterable[T], progress: Progress, title: str, total: float | None = None) -> Iterator[T]:
    """The items, advancing a bar by one for each."""
    with progress.bar(title, total) as bar:
        for item in items:
            yield item
            bar.advance()
