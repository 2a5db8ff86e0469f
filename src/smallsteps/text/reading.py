"""The answer that a rationale states, where its source has no field for it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from smallsteps.text.numbers import canonical_number
from smallsteps.text.expression_tokens import tokens
from smallsteps.text.expressions import parse_right


class Task(Protocol):
    """What reading asks of a task."""

    def candidates(self, text: str) -> list[str]:
        """Every stretch of `text` that could be an answer, in order."""

    def extract(self, text: str) -> str | None:
        """The answer that a text states first."""

    def same(self, a: str, b: str) -> bool:
        """Whether two answers are equal."""


_PHRASE = re.compile(
    r"####|^\s*A:|\banswer:|\b(?:the|our) (?:(?:correct|right|final|best) )?(?:answer|choice|option)(?: choice)? "
    r"(?:is|would be|must be|should be)\b:?",
    re.IGNORECASE | re.MULTILINE,
)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z#*\-\d])|\n+")
_REFUSAL = re.compile(
    r"\b(?:cannot|can not|can't|could not|couldn't|unable to|impossible to|not possible to) (?:accurately )?(?:be )?"
    r"(?:answer|calculate|complete|determine|give|proceed|provide|solve|write)"
    r"|\bnot enough information\b|\bN/A\b|\b(?:answer|date) (?:is|as) \W?(?:unknown|indeterminate)\b",
    re.IGNORECASE,
)
_EXPRESSION = re.compile(r"[(\d.][-+*/×÷−().,\d\s]*[\d)]")
_OPERATED = re.compile(r"\W*\d[\d.,]*\s*(?:[a-z]+\s+){0,3}[-+*/×÷−]\s")
# What a sentence computes, in signs or words; `6 = 2 * 3` and `equals 100 - 40` state no result.
_RESULT = re.compile(
    r"(?:=|≈|\bequals\b|(?:[-+*/×÷−]|\bby\b)\s*[$€£]?\d[\d.,]* is\b|\bgives(?: you| us| her| him| them)?\b"
    r"|\b(?:add|subtract|multiply|divid)\w*\b[^.\n]*?\bto get\b)"
    r"\s*(?=[-−]?[$€£]?\.?\d)(?!-?[$€£\d.,]*\d\s*[-+−×÷*/](?!\w))",
    re.IGNORECASE,
)
_CONCLUSION = re.compile(
    r"\b(?:so|meaning|thus|therefore|hence|or|total is|rounds?|which (?:is|means))\b", re.IGNORECASE
)
# A letter that is chosen, not one that names a person, a pipe or a variable: `(B)`, `Option B`, `so B.`, `= 250 B`.
_CHOSEN = re.compile(
    r"(?<![\w)])[(\[]\s*[A-Za-z]\s*[)\]]|^\W*[A-Za-z](?:\W*$|\))"
    r"|\b(?i:options?|choices?|answer|ans)\b(?i: is| will be)?[\s:=*(-]*[A-Z]\b(?!['’])"
    r"|\b(?i:hence|so|thus|therefore|is|be|choose|pick|select|with)\b[\s:*-]*[A-Z]\b(?=[\s)*.]*$|\s\()"
    r"|\b[A-Z](?= is (?:the )?(?:correct|right|answer|choice|option)\b)|(?<=[\d=>])\s?[A-Z]$"
)


def read_answer(text: str, task: Task) -> str | None:
    """The answer that a rationale states, None where it states none.

    1. In the sentence behind its last answer phrase (`####`, `A:` at the beginning of a line, `answer:`, `the (correct,
       final, …) answer (choice, option) is`) the first candidate, or what the expression there is worth (`(84 / 2)`).
    2. Else, in its last sentence with candidates: what is concluded from the last result computed there (`36 / 10 =
       3.6, so he needs 4 bills`), or that result; else the candidate that repeats the text's last result (`8 x 3 =
       24 … so Joy reads 24 pages in 5 hours`); else the last. A letter counts as a candidate only where it is chosen.
    3. A text that goes on to say that the question cannot be answered states no answer.

    How often this agrees with sources that have a field of their own is tabled in docs/formats.md.
    """
    announced = _announced(text, task)
    return _concluded(text, task) if announced is None else announced


def states_plainly(text: str, task: Task) -> bool:
    """Whether a text states one answer in the task's form and leaves no choice between candidates.

    It does so behind an answer phrase, or where its last sentence holds a single candidate.
    """
    if _announced(text, task) is not None:
        return True
    return len(set(_claims(_SENTENCE_END.split(text.strip())[-1], task))) == 1


def _announced(text: str, task: Task) -> str | None:
    phrases = list(_PHRASE.finditer(text))
    if not phrases:
        return None
    sentence = _SENTENCE_END.split(text[phrases[-1].end() :].lstrip(), maxsplit=1)[0]
    return _worth(sentence, task) or task.extract(sentence)


def _worth(sentence: str, task: Task) -> str | None:
    """The value of an expression that stands where an answer should: `15 gallons * 8 pints = 120 pints`, `(84 / 2)`."""
    before, equals, after = sentence.rpartition("=")
    if equals:
        return task.extract(after) if _OPERATED.match(before) else None
    expression = sentence.strip().rstrip(".")
    side = parse_right(tokens(expression)) if _EXPRESSION.fullmatch(expression) else None
    worth = side.value("share") if side is not None and side.operators else None
    return None if worth is None else task.extract(canonical_number(worth))


def _concluded(text: str, task: Task) -> str | None:
    sentences = _SENTENCE_END.split(text)
    found: list[str] = []
    while sentences and not found:
        sentence = sentences.pop()
        if _REFUSAL.search(sentence) and not task.candidates(sentence):
            return None
        found = _claims(sentence, task)
    if not found:
        return None
    return _computed(sentence, task) or _repeated(text, found, task) or found[-1]


def _claims(sentence: str, task: Task) -> list[str]:
    """The candidates of a sentence that nothing announces."""
    found = task.candidates(sentence)
    if all(len(one) == 1 and one.isalpha() for one in found):
        return [one for chosen in _CHOSEN.finditer(sentence) for one in task.candidates(chosen[0])]
    return found


def _computed(sentence: str, task: Task) -> str | None:
    """What a sentence makes of the last result that it computes; None where it computes none."""
    for sign in reversed(list(_RESULT.finditer(sentence))):
        found = task.candidates(sentence[sign.end() :])
        if found:
            conclusion = _CONCLUSION.search(sentence, sign.end())
            if conclusion is None or any(task.same(one, found[0]) for one in found[1:]):
                return found[0]
            return task.extract(sentence[conclusion.end() :]) or found[0]
    return None


def _repeated(text: str, found: Sequence[str], task: Task) -> str | None:
    """The candidate that repeats the last result behind an equals sign, anywhere in the text."""
    results = (task.extract(stretch) for stretch in reversed(text.split("=")[1:]))
    result = next((result for result in results if result is not None), None)
    return next((one for one in found if result is not None and task.same(one, result)), None)
