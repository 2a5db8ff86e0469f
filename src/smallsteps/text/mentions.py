"""Mentions: the places where a text names something that could be an answer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mention:
    """`text[start:end]` names `value`, a canonical answer; None where it is of the kind and cannot be read whole.

    `flips`: the words are the task's own, and denying them states the opposite (`not heads up`); `value` is then what
    they state undenied and `opposite` what they state denied.
    """

    value: str | None
    start: int
    end: int
    opposite: str | None = None


def located(text: str, values: list[str]) -> list[Mention]:
    """Where the candidates of a text stand, as far as they stand there literally; the others lie at its end."""
    found, at, lowered = [], 0, text.lower()
    for value in values:
        place = lowered.find(value.lower(), at)
        start = len(text) if place < 0 else place
        at = at if place < 0 else place + len(value)
        found.append(Mention(value, start, min(len(text), start + len(value))))
    return found
