"""Where a text announces its answer: answer phrases, headers, boxes, tags and `####`."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Rule = Literal["marker", "phrase", "header", "box", "tag", "hashes", "named", "correct"]

_SORT = (
    r"(?:(?:very|own|most|short|single|only|correct|right|final|best|better|exact|numerical|numeric|"
    r"likely|appropriate|suitable|overall)\s+){0,3}"
)
_ASKED = (
    r"(?:\s+(?:to|for|of|in)\s+(?:[^\s.,;:!?=]{1,30}\s+){1,12}?(?=is\b|would\b|must\b|should\b|will\b|was\b|equals\b))?"
)
_ASIDE = r"(?:\s*\([^()\n]{0,60}\))?"
_HENCE = r"(?:,?\s*(?:then|therefore|thus|hence|so|finally|indeed|now|clearly|simply|just),?)?"
_VERB = (
    r"(?:(?:is|would be|must be|should be|will be|was|equals|has to be|comes? out (?:to be|as|at)|turns out to be|"
    r"came out to be)"
    r"\b(?:\s+(?:then|therefore|thus|hence|simply|just|indeed|clearly|going to be|also|actually|approximately|about|"
    r"probably|"
    r"most likely|still)\b,?)?|(?:is|would|was)(?=n['’]t\b))"
)
_LINE = r"^[ \t]*(?:[#>*_~•-]{1,6}[ \t]*){0,3}"
_ANNOUNCED = re.compile(
    rf"""
    (?P<hashes> \#\#\#\# (?!\#) [ \t]* (?! [ \t]*(?:\**\s*)?(?:final|answer|step|solution|explanation|part)\b) )
  | (?P<tag> <answer> | \[answer\] | <final_answer> )
  | (?P<box> \\(?:boxed|fbox) \s? \{{ )
  | (?P<header> {_LINE} (?:\d{{1,2}}[.)]\s?)? (?:(?:the|my|our|so|and)\s+)? {_SORT} (?:final\s+)?
        (?: (?:answer|ans|a|solution\s+answer|final\s+result|choice|option|conclusion|result)
            (?:\s+choice)? {_ASIDE} (?: [*_]{{0,3}}[ ]?[:：] | \.\s?(?=[A-Z(]\b) (?<=ans\.) ) [*_]{{0,3}}
          | (?:final\s+)? answer [*_:]{{0,4}} [ \t]* $ ) )
  | (?P<choice> {_LINE} {_SORT} (?:answer|ans|choice|option) (?:\s+is)? \s+
        (?=[(\[*]{{0,3}}[A-J][)\]*.]{{0,4}}[ \t]*$) )
  | (?P<phrase> \b (?<!first\s) (?<!second\s) (?<!third\s)
        (?<!previous\s) (?<!other\s) (?<!wrong\s) (?<!initial\s) (?<!of\s)
        (?<!next\s) (?<!each\s) (?<!every\s) (?:
        (?: (?:the|our|my|your|this|an?|her|his|their|so|and|then|therefore|thus|hence|,)\s+ )?
            {_SORT} answer(?:\s+choice|\s+option)? {_ASKED} {_ASIDE} {_HENCE} \s*
            (?: {_VERB} \s*[:：]? | [*_]{{0,2}}\s?[:：=] )
      | (?:the|our|my|your)\s+ {_SORT} (?:choice|option|letter|alternative) (?:\s+(?:choice|letter))?
            {_ASKED} {_ASIDE} {_HENCE}
            \s* (?: {_VERB} \s*[:：]? | [*_]{{0,2}}\s?[:：] )
      ) [*_]{{0,3}} )
  | (?P<named> \b(?:is|are|would\sbe|must\sbe|seems|be) (?=n['’]t\b|\b)(?:\s?n['’]t|\s+not)? \s+
        (?: (?:the|our|my)\s+ {_SORT} answer\b(?!\s*(?:{_VERB}|[:=]))
          | (?:the|our|my)\s+ (?:correct|right|best|most\s\w{{3,14}})\s+(?:choice|option|one)\b
          | correct\b | the\sone\b(?=\s*\.) ) )
    """,
    re.VERBOSE | re.IGNORECASE | re.MULTILINE,
)
_CLOSING = {"<answer>": "</answer>", "[answer]": "[/answer]", "<final_answer>": "</final_answer>"}
_LEAD = re.compile(
    r"(?:[*_#>\-\s(\[\\$]|\b(?:so|thus|hence|therefore|then|and|finally|in conclusion|in summary|as a result|now|"
    r"we get|"
    r"which means|this means|consequently|that)\b,?){1,40}$",
    re.IGNORECASE,
)
_LETTER_BEFORE = re.compile(r"(?:[(\[][A-Za-z][)\]]|\b[A-J])[)\]*_\"']{0,4}(?:[^.\n]{0,60})?\s$")
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_SENTENCE_START = re.compile(r"(?<=[.!?;])\s|\n")
_LONGEST_LEAD = 60
_LONGEST_TAG = 6000


@dataclass(frozen=True, slots=True)
class Announcement:
    """`text[start:end]` announces an answer that `text[body:end]` states; `rule` says by what.

    `denies`: the words say that the answer is not this one.
    """

    rule: Rule
    start: int
    body: int
    end: int
    denies: bool = False


def announcements(text: str, marker: str = "") -> Iterator[Announcement]:
    """Every place where a text announces an answer, in order; `marker` is one more answer phrase."""
    own = re.escape(marker.strip())
    places = deque(found.start() for found in re.finditer(own, text)) if own else deque()
    closings = _closings(text) if "\\boxed" in text or "\\fbox" in text else {}
    at = 0
    for found in _ANNOUNCED.finditer(text):
        while places and places[0] < found.end():
            place = places.popleft()
            yield Announcement("marker", place, place + len(marker.strip()), len(text))
            at = place + len(marker.strip())
        if found.start() >= at and (one := _announcement(text, found, closings)):
            yield one
    for place in places:
        yield Announcement("marker", place, place + len(marker.strip()), len(text))


def _announcement(text: str, found: re.Match[str], closings: dict[int, int]) -> Announcement | None:
    start, end = found.span()
    if found["box"]:
        return Announcement("box", start, end, closings.get(end, len(text)))
    if found["tag"]:
        closing = text.find(_CLOSING[found["tag"].lower()], end, end + _LONGEST_TAG)
        return Announcement("tag", start, end, len(text) if closing < 0 else closing)
    if found["hashes"]:
        return Announcement("hashes", start, end, len(text))
    if found["header"] or found["choice"]:
        return Announcement("header", start, end, len(text))
    if found["named"]:
        return _named(text, start, end)
    return Announcement("phrase", start, end, len(text))


def _closings(text: str) -> dict[int, int]:
    """Where each brace that is opened is closed again."""
    found: dict[int, int] = {}
    open_braces: list[int] = []
    for brace in _BRACE.finditer(text):
        if brace[0] == "{":
            open_braces.append(brace.end())
        elif brace[0] == "}" and open_braces:
            found[open_braces.pop()] = brace.start()
    return found


def _named(text: str, start: int, end: int) -> Announcement | None:
    """`(B) is the correct answer`: what is announced stands before the words."""
    before = text[max(0, start - 200) : start]
    is_answer = "answer" in text[start:end].lower()
    if not is_answer and not _LETTER_BEFORE.search(before):
        return None
    cut = max((found.end() for found in _SENTENCE_START.finditer(before)), default=0)
    opening = start - len(before) + cut
    words = text[start:end].lower().replace("’", "'")
    return Announcement(
        "named" if is_answer else "correct", opening, opening, start, "n't" in words or " not " in words
    )


def lead(text: str, start: int) -> int:
    """Where an announcement begins with the words and marks that lead up to it: `**Therefore, `."""
    found = _LEAD.search(text[max(0, start - _LONGEST_LEAD) : start])
    return start if found is None else start - len(found[0])
