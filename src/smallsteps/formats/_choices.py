"""Questions with choices, in the wording of the Fine-tune-CoT data sets, so that the same question has one identity."""

from __future__ import annotations

import re
from collections.abc import Sequence

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LETTER = re.compile(r"\s*\(?[A-Z]\)\s*")


def with_choices(question: str, choices: Sequence[str]) -> str:
    """`question Answer choices: (A) one, (B) two.`"""
    listed = ", ".join(f"({letter}) {choice}" for letter, choice in zip(LETTERS, choices, strict=False))
    return f"{question.strip()} Answer choices: {listed}."


def without_letter(option: str) -> str:
    """`one` for `A)one`, `(A) one` and `one`."""
    return _LETTER.sub("", option, count=1) if _LETTER.match(option) else option.strip()


def letter_of(answer: str, choices: Sequence[str]) -> str | None:
    """The letter of the choice that an answer spells out, the first where two choices are equal."""
    return LETTERS[choices.index(answer)] if answer in choices else None
