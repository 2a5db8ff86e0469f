"""Which task the answers of a corpus look like, where nobody has said it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from smallsteps.tasks import TASKS, get_task

ENOUGH = 0.98  # share of the answers that must look alike: real files have a few odd ones


@dataclass(frozen=True)
class _Kind:
    noun: str
    pattern: re.Pattern[str]
    tasks: tuple[str, ...]


_KINDS = (
    _Kind("yes or no", re.compile(r"(?i)yes|no"), ("yes_no", "strategy_qa")),
    _Kind("choice letters", re.compile(r"\(?[A-J]\)?[.:]?"), ("choice", "commonsense_qa")),
    _Kind("dates", re.compile(r"\d{1,2}/\d{1,2}/\d{4}|\d{4}-\d{2}-\d{2}"), ("date", "date_free")),
    _Kind("numbers", re.compile(r"[$€£]?\s*[-+−]?[\d.,]*\d\s*(?:%|[^\W\d]{0,12})"), ("number", "gsm8k")),
    _Kind("short texts", re.compile(r".+"), ("text", "last_letter_concatenation")),
)


@dataclass(frozen=True)
class TaskGuess:
    """A task, and what the answers look like: `numbers`, `choice letters`, …."""

    task: str
    looks: str


def guess_task(answers: Sequence[str]) -> TaskGuess:
    """The first kind of answers, from the narrowest to the widest, that nearly all answers are."""
    found = [answer.strip() for answer in answers if answer.strip()]
    for kind in _KINDS:
        alike = sum(kind.pattern.fullmatch(answer) is not None for answer in found)
        if found and alike >= ENOUGH * len(found):
            return TaskGuess(next(name for name in kind.tasks if name in TASKS.names()), kind.noun)
    last = _KINDS[-1]
    return TaskGuess(next(name for name in last.tasks if name in TASKS.names()), last.noun)


def unread_answers(task: str, answers: Sequence[str]) -> int:
    """How many gold answers a task cannot read."""
    reader = get_task(task)
    return sum(reader.extract(answer) is None for answer in answers)
