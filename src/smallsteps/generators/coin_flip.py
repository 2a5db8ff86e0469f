"""Coin Flip in its published wording."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from smallsteps.generators import Generator, Part
from smallsteps.generators._names import NAMES
from smallsteps.generators._ranges import check_range
from smallsteps.records import Record

_NOTE = 'Is the coin still heads up? Note that "flip" here means "reverse".'
_START = "heads up"


@dataclass(frozen=True)
class CoinFlip(Generator):
    """Whether a coin is still heads up after some people flip it and others do not."""

    people: tuple[int, int] = (4, 4)
    """Fewest and most people, who flip the coin or do not; four in the published data."""

    def __post_init__(self) -> None:
        check_range("people", self.people, 1, 20)

    def question(self, draw: random.Random, part: Part) -> Record | None:
        """People who flip the coin or do not, each with probability 1/2; the answer is yes or no."""
        names = draw.sample(NAMES, draw.randint(*self.people))
        turns = [(name, draw.random() < 0.5) for name in names]
        told = " ".join(f"{name} {'flips' if flips else 'does not flip'} the coin." for name, flips in turns)
        return Record(
            id="",
            task="coin_flip",
            question=f"A coin is {_START}. {told} {_NOTE}",
            answer="no" if sum(flips for _, flips in turns) % 2 else "yes",
            meta={"template": "published", "group": "seen", "steps": _steps(turns)},
        )


def _steps(turns: list[tuple[str, bool]]) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = []
    for index, (name, flips) in enumerate(turns):
        before: Any = {"step": index - 1} if index else _START
        steps.append({"op": "reverse" if flips else "keep", "args": [before], "say": _sayings(name, flips)})
    asked = {
        "op": "equals",
        "args": [{"step": len(turns) - 1}, _START],
        "say": ["In the end the coin is {0}.", "So the coin ends {0}.", "After all of them the coin is {0}."],
    }
    return [*steps, asked]


def _sayings(name: str, flips: bool) -> list[str]:
    if flips:
        return [f"{name} flips the coin, so it is {{y}}.", f"{name} turns the coin over, and then it is {{y}}.",
                f"It was {{0}}, {name} flips it, and now it is {{y}}."]  # fmt: skip
    return [f"{name} does not flip the coin, so it stays {{y}}.", f"{name} leaves it {{y}}.",
            f"It was {{0}}, and {name} does not flip it, so it is still {{y}}."]  # fmt: skip
