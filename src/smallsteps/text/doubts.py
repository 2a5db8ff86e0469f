"""What takes an announced answer back: conditions, first guesses, questions, denials, second thoughts."""

from __future__ import annotations

import re

from smallsteps.text.phrases import Announcement

_FARTHEST = 4000
_BLANK = re.compile(r"[\s.…?*$\\(){}\[\]_-]*")
_UNKNOWN = re.compile(
    r"\W{0,8}(?:(?:it|this|that|still|therefore|simply|just|is|being)\s+){0,3}(?:not (?:clear|known|given|certain|"
    r"sure|possible|"
    r"determin\w+|enough|specified|defined|available)|un(?:known|clear|certain|determined|defined|specified)|"
    r"indeterminate|"
    r"ambiguous|inconclusive|debatable|maybe|possibly|perhaps|n/?a\b|none\b|null\b|depend\w*|it depends|impossible|"
    r"insufficient|cannot|can't|can not|no answer|missing|subjective|both\b)",
    re.IGNORECASE,
)
_PROCESS = re.compile(
    r"\W{0,8}(?:(?:then|therefore|simply|just|thus)\s+)?(?:found|obtained|calculated|computed|determined|derived|"
    r"given|got|reached|"
    r"worked|by|in (?:two|three|\w+) steps?|as follows|below|above|based|simple|easy|straightforward|clear\b|wrong|"
    r"right|correct|"
    r"incorrect)\b",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"\b(?:if|unless|whether|suppose|assuming|when|in case|otherwise)\b[^.!?\n]*$|\bnot (?:the case|true|certain|"
    r"clear|sure)\b[^.!?\n]*$"
    r"|\b(?:what|how|which|find|until|before|is|was|get|give|know)\s*$",
    re.IGNORECASE,
)
_DOUBTED = re.compile(
    r"\b(?:first|initially|originally|previously|earlier)\b[^.!?\n]{0,40}\b(?:thought|guess\w*|said|answer\w*|"
    r"assumed|believed|got|wrote|"
    r"claimed|figured)\b(?P<a>[^.!?\n]*)$"
    r"|\b(?:might|may|could|would|some|one|you|people|someone)\b[^.!?\n]{0,20}\b(?:think|thought|say|guess|assume|"
    r"believe|claim|argue|"
    r"expect)\b(?P<b>[^.!?\n]*)$"
    r"|\b(?:doubt|don't think|do not think|don't believe|unlikely|wonder\w*|guess|maybe|perhaps|possibly|pretend|"
    r"wrong\w*|mistak\w*)\b"
    r"(?P<c>[^.!?\n]{0,60})$",
    re.IGNORECASE,
)
_TURNED = re.compile(r"\b(?:but|however|so|now|actually|in fact|therefore|thus|hence)\b", re.IGNORECASE)
_RETRACTED = re.compile(
    r"(?:^|[.!?\n)*]\s{0,3}|,\s|[-–—]\s)[*_(\s]{0,4}(?:but\s+|oh,?\s+|hmm+,?\s+|no,?\s+)?(?:wait\b|hold on\b|oops\b|"
    r"correction\b|on second thought\b|"
    r"scratch that\b|sorry\b|my mistake\b|i made (?:a|an) (?:mistake|error)\b|i was wrong\b|i (?:forgot|missed|"
    r"overlooked|miscounted|"
    r"misread)\b|(?:that|this|which) (?:is|was|can't be|cannot be) (?:wrong|incorrect|not (?:right|correct))\b|"
    r"that's (?:wrong|not (?:right|correct))\b|"
    r"let me (?:re\w+|correct|fix|try again|start over)\b|actually,)",
    re.IGNORECASE,
)
_DENIED_BEHIND = re.compile(
    r"\W{0,8}(?:\w+\W){0,3}?(?:is|was|are|were|fails?|cannot|can't|does(?:n't| not)|did(?:n't| not))\b\s?(?:also |"
    r"clearly |therefore )?"
    r"(?:(?<=fails )|(?<=fail )|not (?:right|correct|possible|the answer|work|fit|match)|wrong|incorrect|false|"
    r"be right|be correct|work|fit|match)",
    re.IGNORECASE,
)


def is_doubted(text: str, one: Announcement) -> bool:
    """Whether the sentence around an announcement takes it back: a condition, a first guess, a question, a denial."""
    before = re.split(r"[.!?:]\s|\n", text[max(0, one.start - 200) : one.start])[-1]
    if one.rule == "box":
        if _DENIED_BEHIND.match(text, one.end + 1) or re.search(r"\bnot\s*\W{0,3}$", before):
            return True
        return (
            re.search(r"\b(?:first|initial) (?:guess|thought|attempt|try)\W{0,4}$|\bif\b", before, re.IGNORECASE)
            is not None
        )
    if one.rule not in ("phrase", "named", "correct", "marker"):
        return False
    found = _DOUBTED.search(before)
    return _CONDITION.search(before) is not None or (
        found is not None and not _TURNED.search(found["a"] or found["b"] or found["c"] or "")
    )


def retraction(text: str, start: int) -> int | None:
    """Where a writer takes back what was announced up to `start`: `Wait, I forgot the tax.`; None where nobody does."""
    found = _RETRACTED.search(text, start, min(len(text), start + _FARTHEST))
    return None if found is None else found.start()


def is_unknown(stretch: str) -> bool:
    """Whether a stretch behind an answer phrase says that the answer is not known."""
    return _UNKNOWN.match(stretch) is not None


def is_process(stretch: str) -> bool:
    """Whether a stretch behind an answer phrase says how the answer comes about: `found by multiplying`."""
    return _PROCESS.match(stretch) is not None


def is_empty(body: str) -> bool:
    """Whether an announcement announces nothing: a blank to fill in, or that the answer is not known."""
    return _BLANK.fullmatch(body) is not None or _UNKNOWN.match(body) is not None
