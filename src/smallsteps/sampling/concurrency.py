"""How fast to ask: additive increase, multiplicative decrease, patience and back-off, one pace for each endpoint."""

from __future__ import annotations

from dataclasses import dataclass, field

BACKOFF_SECONDS = 0.5
LONGEST_BACKOFF_SECONDS = 30.0
COOLING_AFTER = 3


def backoff(attempt: int, draw: float, base: float = BACKOFF_SECONDS, most: float = LONGEST_BACKOFF_SECONDS) -> float:
    """Seconds to wait before attempt 1, 2, …: doubled up to `most`, at least half of it by `draw` in [0, 1)."""
    return float(min(most, base * 2 ** min(attempt - 1, 30)) * (0.5 + 0.5 * draw))


@dataclass
class ConcurrencyLimiter:
    """How many requests an endpoint may have in flight, and when it may be asked again.

    Starts at the ceiling. A 429 halves the limit, once for all the requests that were in flight at that moment;
    each reply adds 1/limit, so that a whole round of replies adds one. Three rounds of failures without a reply
    between them let it cool, longer each time; then it is tried one request at a time. Times are seconds of a clock.
    """

    ceiling: int
    cooling_seconds: float = 4 * BACKOFF_SECONDS
    limit: float = field(init=False)
    in_flight: int = 0
    resume_at: float = 0.0
    cut_at: float = float("-inf")
    broke_at: float = float("-inf")
    broken_in_a_row: int = 0
    busy_in_a_row: int = 0
    dead: str = ""
    replies: int = 0

    def __post_init__(self) -> None:
        self.limit = float(self.ceiling)

    def free(self, now: float) -> bool:
        """Whether one more request may go out now."""
        most = 1 if self.broken_in_a_row >= COOLING_AFTER else max(1, int(self.limit))
        return not self.dead and now >= self.resume_at and self.in_flight < most

    @property
    def load(self) -> float:
        """The share of its limit that is in use, with recent trouble counted against it."""
        return self.in_flight / max(1.0, self.limit) + self.broken_in_a_row

    def replied(self) -> None:
        """A reply came."""
        self.replies += 1
        self.broken_in_a_row = self.busy_in_a_row = 0
        self.limit = min(float(self.ceiling), self.limit + 1 / self.limit)

    def busy(self, sent_at: float, now: float, wait_seconds: float | None) -> None:
        """The endpoint asked for patience (429): slow down, and leave it alone for as long as it says."""
        if sent_at > self.cut_at:
            self.busy_in_a_row += 1
            self.limit = max(1.0, self.limit / 2)
            self.cut_at = now
        if wait_seconds is not None:
            self.resume_at = max(self.resume_at, now + wait_seconds)

    def broke(self, sent_at: float, now: float, wait_seconds: float | None) -> None:
        """A failure that may pass."""
        if sent_at > self.broke_at:
            self.broken_in_a_row += 1
            self.broke_at = now
            extra = self.broken_in_a_row - COOLING_AFTER
            if extra >= 0:
                self.resume_at = max(self.resume_at, now + backoff(extra + 1, 0.5, self.cooling_seconds))
        if wait_seconds is not None:
            self.resume_at = max(self.resume_at, now + wait_seconds)


def choose(paces: list[ConcurrencyLimiter], now: float, last: int) -> int | None:
    """The index of the least loaded endpoint that is free, in turn where several are; None where none is."""
    order = [(last + 1 + i) % len(paces) for i in range(len(paces))]
    free = [i for i in order if paces[i].free(now)]
    return min(free, key=lambda i: paces[i].load, default=None)
