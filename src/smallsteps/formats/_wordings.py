"""How questions are put that their publishers left without a wording [ours]: the same for files and data set ids."""

from __future__ import annotations

import re
from collections.abc import Sequence

from smallsteps.formats._rows import Row

SENTIMENTS = ("negative", "positive")
INFERENCES = ("entailment", "neutral", "contradiction")
_BREAK = re.compile(r"\s*(?:<br\s*/?>\s*)+")
_CHOICE = re.compile(r"\(([AB])\)\s*(.*?)\s*(?=\([AB]\)|\Z)", re.DOTALL)


def about_review(review: str) -> str:
    """A film review with what is asked about it; `<br />` becomes a line break."""
    return f"{_BREAK.sub(chr(10), review).strip()}\nIs this review positive or negative?"


def about_sentence(sentence: str) -> str:
    """A sentence with what is asked about it."""
    return f"{sentence.strip()}\nIs this sentence positive or negative?"


def about_premise(premise: str, hypothesis: str) -> str:
    """Premise and hypothesis with what is asked about them."""
    return (f"Premise: {premise.strip()}\nHypothesis: {hypothesis.strip()}\n"
            "Is the relation of premise to hypothesis entailment, neutral or contradiction?")  # fmt: skip


def named(row: Row, field: str, names: Sequence[str]) -> str:
    """The name that a number stands for, counted from 0. Raises FileError where it stands for none."""
    number = row.scalar(field)
    if number not in map(str, range(len(names))):
        raise row.error(f"expected a number from 0 to {len(names) - 1}, found {number}", field)
    return names[int(number)]


def choices_in(question: str) -> tuple[str, ...]:
    """The choices that a QuaRel question holds itself, `(A) snow (B) ice`; none where it has not exactly two."""
    found = _CHOICE.findall(question)
    return tuple(text for _, text in found) if [letter for letter, _ in found] == ["A", "B"] else ()
