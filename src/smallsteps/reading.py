"""The answer that a rationale states, where its source has no field for it."""

from __future__ import annotations

import re

from smallsteps.task import Task

_PHRASE = re.compile(
    r"####|^\s*A:|\banswer:|\b(?:the|our) (?:(?:correct|right|final|best) )?(?:answer|choice|option)(?: choice)? "
    r"(?:is|would be|must be|should be)\b:?",
    re.IGNORECASE | re.MULTILINE,
)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z#*\-\d])|\n+")


def read_answer(text: str, task: Task) -> str | None:
    """The answer that a rationale states, None where it states none.

    1. The first candidate behind its last answer phrase: `####`, `A:` at the beginning of a line, `answer:`, `the
       (correct, final, …) answer (choice, option) is`.
    2. Without a phrase, of the last sentence that holds candidates: the one that repeats the last result computed
       (`8 x 3 = 24 … so Joy reads 24 pages in 5 hours`), else the last.

    How often this agrees with sources that have a field of their own is tabled in docs/formats.md.
    """
    behind = _behind_phrase(text, task)
    if behind is not None:
        return behind
    candidates = _last_candidates(text, task)
    if not candidates:
        return None
    result = _last_result(text, task) if "=" in text else None
    repeated = (one for one in candidates if result is not None and task.same(one, result))
    return next(repeated, candidates[-1])


def _behind_phrase(text: str, task: Task) -> str | None:
    phrases = list(_PHRASE.finditer(text))
    return task.extract(text[phrases[-1].end() :]) if phrases else None


def _last_candidates(text: str, task: Task) -> list[str]:
    sentences = reversed(_SENTENCE_END.split(text))
    return next((found for found in map(task.candidates, sentences) if found), [])


def _last_result(text: str, task: Task) -> str | None:
    results = (task.extract(stretch) for stretch in reversed(text.split("=")[1:]))
    return next((result for result in results if result is not None), None)
