"""The stories of the word problems: families of everyday scenes, told in wordings of which some are held out.

Slots: `{N}` who the story is about, `{he}` `{He}` that person again, `{M}` a friend, `{O}` another
person to compare with, `{things}`, `{n}` the new number, `{k}` a small number (groups, times, friends, dollars).
A state says what is true of a number `{x}`. Held-out wordings are whole sentences that training never shows, made of
words that it does show. No sentence needs a singular: every number is at least 2.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Wordings:
    """The ways to tell one turn of a story, and what its result means (None: the state of the story)."""

    seen: tuple[str, ...]
    held: tuple[str, ...]
    result: str | None = None


@dataclass(frozen=True)
class Family:
    """One kind of scene: its things, the state that its events change, and how each turn is told."""

    things: tuple[str, ...]
    state: str
    openings: dict[str, Wordings]
    events: dict[str, Wordings]
    closings: dict[str, Wordings] = field(default_factory=dict)


PEOPLE = tuple((name, "he") for name in ("Tom", "Ben", "Sam", "Leo")) + tuple(
    (name, "she") for name in ("Mia", "Ann", "Lily", "Emma")
)
"""Names with their pronouns."""
