"""The kinds of tasks: what tasks whose answers are numbers, letters, yes or no, strings or dates have in common."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import ClassVar

from smallsteps.records import Record
from smallsteps.tasks._task import Task
from smallsteps.text.candidates import dates, letters, same_text, strings, yes_no
from smallsteps.text.kinds.date import Day
from smallsteps.text.kinds.letter import Letter, choices_of
from smallsteps.text.kinds.number import Number
from smallsteps.text.kinds.string import LetterString
from smallsteps.text.kinds.yes_no import YesNo
from smallsteps.text.numbers import numbers, same_number


class NumberTask(Task):
    """A task whose answers are numbers."""

    kind = Number()

    def candidates(self, text: str) -> list[str]:
        """Every number, in plain digits."""
        return numbers(text)

    def same(self, a: str, b: str) -> bool:
        """Within 1e-6 of each other."""
        return same_number(a, b)


class LetterTask(Task):
    """A task whose answers are choice letters, those of `allowed`."""

    allowed: ClassVar[str] = "ABCDE"

    @cached_property
    def kind(self) -> Letter:
        """Letters among those allowed."""
        return Letter(self.allowed)

    def candidates(self, text: str) -> list[str]:
        """Every choice letter, as a capital."""
        return letters(text, self.allowed)

    def same(self, a: str, b: str) -> bool:
        """The same letter."""
        return same_text(a, b)

    def choices(self, record: Record) -> tuple[str, ...]:
        """The record's choices, else those that its question lists."""
        return choices_of(record.question, record.choices)


class YesNoTask(Task):
    """A task whose answers are yes and no; `says` maps patterns of its own words to what they state."""

    says: ClassVar[Mapping[str, str]] = {}

    @cached_property
    def kind(self) -> YesNo:
        """Yes and no, in the task's own words as well."""
        return YesNo(self.says)

    def candidates(self, text: str) -> list[str]:
        """Every plain yes and no, in lower case."""
        return yes_no(text)

    def same(self, a: str, b: str) -> bool:
        """The same word."""
        return same_text(a, b)


class StringTask(Task):
    """A task whose answers are strings of letters."""

    kind = LetterString()

    def candidates(self, text: str) -> list[str]:
        """Every string of letters, in lower case; quoted ones before all others."""
        return strings(text)

    def same(self, a: str, b: str) -> bool:
        """The same string."""
        return same_text(a, b)


class DateTask(Task):
    """A task whose answers are dates MM/DD/YYYY."""

    kind = Day()

    def candidates(self, text: str) -> list[str]:
        """Every date, as MM/DD/YYYY."""
        return dates(text)

    def same(self, a: str, b: str) -> bool:
        """The same date."""
        return same_text(a, b)
