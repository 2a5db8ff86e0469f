"""What sampling may spend: prices, caps, and the reservation of every request's worst case before it is sent."""

from __future__ import annotations

from dataclasses import dataclass

from smallsteps.errors import OptionError
from smallsteps.sampling.store import Store


@dataclass(frozen=True)
class Price:
    """What a million tokens cost, prompt and completion, in any one currency."""

    prompt: float
    completion: float

    def of(self, prompt_tokens: float, completion_tokens: float) -> float:
        """What so many tokens cost."""
        return (prompt_tokens * self.prompt + completion_tokens * self.completion) / 1e6


def parse_price(text: str) -> Price:
    """`IN,OUT` per million tokens, as in `0.15,0.60`. Raises OptionError for anything else."""
    parts = text.split(",")
    try:
        price = Price(*(float(part) for part in parts))
    except (TypeError, ValueError):
        price = Price(-1, -1)
    if not (0 <= price.prompt < float("inf") and 0 <= price.completion < float("inf")):
        raise OptionError(f"--price '{text}': expected IN,OUT per million tokens, such as 0.15,0.60")
    return price


@dataclass(frozen=True)
class Caps:
    """The most that a store may ever have cost, over all its runs: money, tokens, both or neither."""

    cost: float | None = None
    tokens: int | None = None
    price: Price | None = None

    def __post_init__(self) -> None:
        if self.cost is not None and self.price is None:
            raise OptionError("--max-cost needs to know what tokens cost; add --price IN,OUT per million tokens")
        if (self.cost is not None and self.cost < 0) or (self.tokens is not None and self.tokens < 0):
            raise OptionError("a cap on cost or tokens cannot be negative")

    def allow(self, prompt_tokens: int, completion_tokens: int) -> bool:
        """Whether so many tokens in all stay within the caps."""
        if self.tokens is not None and prompt_tokens + completion_tokens > self.tokens:
            return False
        return self.cost is None or self.price is None or self.price.of(prompt_tokens, completion_tokens) <= self.cost

    def told(self) -> str:
        """The caps in words."""
        parts = [] if self.cost is None else [f"a cost of {self.cost:g}"]
        parts += [] if self.tokens is None else [f"{self.tokens} tokens"]
        return " and ".join(parts) or "no cap"


class Budget:
    """The store's ledger under caps: nothing is sent unless its worst case still fits."""

    def __init__(self, store: Store, caps: Caps) -> None:
        self._store, self.caps = store, caps
        self._open: dict[int, tuple[int, int]] = {}
        self._reserved = store.reserved()
        self._spent = store.spent()

    @property
    def tokens(self) -> tuple[int, int]:
        """Prompt and completion tokens paid for so far, over all runs of the store."""
        return self._spent.prompt, self._spent.completion

    @property
    def presumed(self) -> int:
        """How many of them are presumed, because a reply was lost."""
        return self._spent.presumed

    def fits(self, prompt: int, completion: int) -> bool:
        """Whether a request of that worst case may be sent now."""
        return self.caps.allow(
            self._spent.prompt + self._reserved[0] + prompt, self._spent.completion + self._reserved[1] + completion
        )

    def reserve(self, prompt: int, completion: int, batch: str | None = None) -> int | None:
        """Enter a request at its worst case, durably; None where it does not fit."""
        if not self.fits(prompt, completion):
            return None
        entry = self._store.reserve([(prompt, completion)], batch)[0]
        self._open[entry] = (prompt, completion)
        self._reserved = (self._reserved[0] + prompt, self._reserved[1] + completion)
        return entry

    def cost(self, entry: int, prompt: int | None, completion: int | None) -> tuple[int, int, int]:
        """What a request cost, `(prompt, completion, presumed)`: where the server does not say, its worst case."""
        worst = self._open[entry]
        paid = (worst[0] if prompt is None else prompt, worst[1] if completion is None else completion)
        presumed = (worst[0] if prompt is None else 0) + (worst[1] if completion is None else 0)
        return (*paid, presumed)

    def lost(self, entry: int, paid: bool) -> None:
        """A request brought no reply: count its worst case if it may have been paid, else nothing."""
        cost = self.cost(entry, None, None) if paid else (0, 0, 0)
        self._store.settle(entry, *cost)
        self.closed(entry)

    def closed(self, entry: int) -> None:
        """The store has closed an entry: take its reservation back and read what is spent."""
        worst = self._open.pop(entry)
        self._reserved = (self._reserved[0] - worst[0], self._reserved[1] - worst[1])
        self._spent = self._store.spent()
