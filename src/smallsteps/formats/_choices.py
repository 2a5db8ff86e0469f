"""Questions with choices, in the wording of the Fine-tune-CoT data sets, so that the same question has one identity."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from smallsteps.formats._rows import Row
from smallsteps.questions import question_key
from smallsteps.tasks import get_task

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


def choices_of(row: Row, value: Any, name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The choices of a cell and their labels (letters where it has none of its own); both empty where it is empty.

    A list of texts or of `{label, text}`, `{label: […], text: […]}`, `{A: text, …}`, or a text that holds such JSON or
    a choice a line. Raises FileError for anything else.
    """
    if isinstance(value, str):
        value = _parsed(value)
    if value is None or value == [] or value == "":
        return (), ()
    if isinstance(value, Mapping) and isinstance(value.get("text"), list):
        texts, labels = value["text"], value.get("label")
    elif isinstance(value, Mapping):
        texts, labels = list(value.values()), list(value)
    elif isinstance(value, list) and all(isinstance(one, Mapping) and "text" in one for one in value):
        texts, labels = [one["text"] for one in value], [one.get("label") for one in value]
    else:
        texts, labels = value, None
    if not isinstance(texts, list) or not all(isinstance(one, str | int | float) for one in texts):
        raise row.error("expected a list of choices, {label: […], text: […]} or a choice a line", name)
    told = labels if isinstance(labels, list) and len(labels) == len(texts) and None not in labels else LETTERS
    return tuple(without_letter(str(one)) for one in texts), tuple(map(str, told[: len(texts)]))


def _parsed(text: str) -> Any:
    stripped = text.strip()
    if stripped[:1] in ("[", "{"):
        try:
            return json.loads(stripped)
        except ValueError:
            pass
    return [line for line in stripped.splitlines() if line.strip()]


def asked_with(question: str, choices: Sequence[str]) -> str:
    """The question with its choices behind it, unless it holds them already."""
    key = question_key(question)
    return question if all(question_key(one) in key for one in choices) else with_choices(question, choices)


def gold_of(answer: str | None, choices: Sequence[str], labels: Sequence[str], task: str) -> str | None:
    """The gold answer in the words of its task: the letter of a choice that is spelled out or labelled otherwise, and
    yes or no for true or false. Anything else stays as it is."""
    if answer is None:
        return None
    if choices and _reads(task, "(A)", "A"):
        given = answer.strip()
        if given in labels:
            return LETTERS[labels.index(given)]
        keys = [question_key(one) for one in choices]
        key = question_key(given)
        if key in keys and (len(given) > 1 or given.upper() not in LETTERS[: len(choices)]):
            return LETTERS[keys.index(key)]
    truth = {"true": "yes", "false": "no"}.get(answer.strip().lower())
    return truth if truth and _reads(task, "yes", "yes") and not _reads(task, "true", "true") else answer


@cache
def _reads(task: str, text: str, answer: str) -> bool:
    return get_task(task).extract(text) == answer
