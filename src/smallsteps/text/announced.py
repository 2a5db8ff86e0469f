"""What a text's announcements state: the last one that counts, whatever stands behind it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from smallsteps.text.affirmed import Verdict
from smallsteps.text.doubts import is_doubted, is_empty, is_process, is_unknown, retraction
from smallsteps.text.endings import first_sentence, last_sentences
from smallsteps.text.kinds import Kind
from smallsteps.text.phrases import Announcement, announcements, lead

_JOINED = re.compile(r"\W{0,12}(?:\b(?:and|or)\b|,)\W{0,12}(?:\\quad\W{0,4})?", re.IGNORECASE)
_STEPS = re.compile(
    r"[\s*_#>-]{0,8}(?:step\b|first\b|1[.)]\s|we (?:know|have|start)\b|to (?:find|solve|get)\b|let\b|given\b|solution)",
    re.I,
)
_FEW = re.compile(
    r"(?:\W|\b(?:about|approximately|is|around|exactly|option|choice|letter|it|the|answer|a total of|only|just)\b)*",
    re.IGNORECASE,
)
_HENCE = re.compile(
    r"[\s*_]{0,6}(?:so|thus|therefore|hence|in total|finally|altogether|in conclusion|as a result)\b", re.IGNORECASE
)
_LONGEST_BODY = 6000
_MOST = 40
"""Announcements: what a text announced before its last forty does not count any more."""


class Task(Protocol):
    """What reading asks of a task."""

    @property
    def kind(self) -> Kind:
        """How its answers are mentioned, stated and concluded."""

    def same(self, a: str, b: str) -> bool:
        """Whether two answers are equal."""


@dataclass(frozen=True, slots=True)
class Announced:
    """What a text announces: `rule` says by what, or why the announcement does not count.

    `text[start:]` is the announcement and what follows; where it does not count, what is still to be read. `behind`
    counts the characters behind what is announced.
    """

    answer: str | None
    rule: str
    start: int
    text: str
    behind: int = 0


def announced(
    text: str, task: Task, choices: Sequence[str], marker: str = "", close: str = "", first: bool = False
) -> Announced | None:
    """What the last announcement that counts states; None where nothing is announced."""
    found = list(announcements(text, marker))
    found = found[:_MOST] if first else found[-_MOST:]
    order = found if first else found[::-1]
    denied: set[str] = set()
    doubted: list[tuple[int, int]] = []
    why, place = "", 0
    for one in order:
        if one.rule == "correct" and not task.kind.grammar.bare:
            continue  # an assumption may be correct too
        if is_doubted(text, one):
            doubted.append(_sentence(text, one))
            continue
        body, verdict = _stated(text, one, task, choices, close if one.rule == "marker" else "")
        if verdict.why == "nothing" and (one.rule in ("named", "correct") or is_process(body) or not is_empty(body)):
            continue
        end = min(one.end, one.body + len(body)) if one.rule != "box" else one.end
        answer = verdict.value
        taken_back = None if first else retraction(text, max(one.body, end - 1))
        if taken_back is not None:
            return Announced(None, "retracted", taken_back, text)
        if one.rule == "box":
            answer, why = _box(text, one, found, answer, task, why)
        if verdict.why == "denied" or (answer is not None and answer in denied):
            denied.update(verdict.denied)
            why, place = "denied", place or end
            continue
        rule = one.rule if answer is not None else why or verdict.why
        return Announced(answer, rule, lead(text, one.start), text, max(0, len(text) - end))
    if why:
        return Announced(None, why, place, text)
    return Announced(None, "doubted", 0, _without(text, doubted)) if doubted else None


def _box(
    text: str, one: Announcement, found: Sequence[Announcement], answer: str | None, task: Task, why: str
) -> tuple[str | None, str]:
    """A box's answer, unless another box stands beside it on a par."""
    boxes = [other for other in found if other.rule == "box"]
    place = boxes.index(one)
    for before, behind in ((place - 1, place), (place, place + 1)):
        if before >= 0 and behind < len(boxes) and _JOINED.fullmatch(text[boxes[before].end + 1 : boxes[behind].start]):
            other = boxes[before if before != place else behind]
            value = task.kind.stated(text[other.body : other.end], task.same, ()).value
            if value is None or answer is None or not task.same(value, answer):
                return None, "hedged"
    return answer, why


def _sentence(text: str, one: Announcement) -> tuple[int, int]:
    """Where the sentence around an announcement begins and ends."""
    before = [found.end() for found in re.finditer(r"[.!?]\s|\n", text[max(0, one.start - 400) : one.start])]
    start = max(0, one.start - 400) + (before[-1] if before else 0)
    behind = re.compile(r"[.!?](?=\s|$)|\n|$").search(text, one.body)
    return start, behind.end() if behind else len(text)


def _without(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """A text without some stretches of it."""
    pieces, at = [], 0
    for start, end in sorted(spans):
        pieces.append(text[at : max(at, start)])
        at = max(at, end)
    return "".join([*pieces, text[at:]])


def _stated(text: str, one: Announcement, task: Task, choices: Sequence[str], close: str) -> tuple[str, Verdict]:
    """The stretch that an announcement announces, and what it states."""
    body = text[one.body : min(one.end, one.body + _LONGEST_BODY)]
    if one.rule in ("box", "tag"):
        return body, task.kind.stated(body, task.same, choices)
    if one.rule in ("named", "correct"):
        told = f"not {body}" if one.denies else body
        verdict = task.kind.concluded([told], task.same, choices)
        return body, verdict if verdict.why != "nothing" else task.kind.stated(told, task.same, choices)
    if close and close in body.lstrip():
        opened = body[: len(body) - len(body.lstrip())]
        stretch = (
            opened + body.lstrip().partition(close)[0]
            if not body.partition(close)[0].strip()
            else body.partition(close)[0]
        )
        return stretch, task.kind.stated(stretch, task.same, choices)
    stretch = first_sentence(body)
    verdict = task.kind.stated(stretch, task.same, choices)
    if one.rule == "phrase" and is_process(body):
        return body, task.kind.concluded([stretch], task.same, choices)
    if text[one.start : one.body].strip(" *_#>").lower() == "a:" and _block(body, stretch, verdict) is not None:
        verdict = task.kind.stated("", task.same, choices)  # the letter A with a label, or steps
        return stretch, verdict
    if one.rule in ("header", "hashes") or not body.split("\n", 1)[0].strip():
        block = _block(body, stretch, verdict)
        if block is not None and not is_unknown(stretch):
            return block, task.kind.concluded(last_sentences(block), task.same, choices)
    skipped = len(body) - len(body.lstrip())
    return body[: skipped + len(stretch)], Verdict(None, "hedged") if is_unknown(stretch) else verdict


def _block(body: str, stretch: str, verdict: Verdict) -> str | None:
    """What stands under a header that opens with no answer at once: steps to the end of the text, or its paragraph."""
    opening = re.match(r"[\s*_$\\(\[{\"'-]*", stretch)
    ahead = stretch[opening.end() if opening else 0 : verdict.at] if verdict.value is not None else stretch
    if verdict.why == "stated" and not _STEPS.match(stretch) and _FEW.fullmatch(ahead):
        return None
    if verdict.why in ("hedged", "denied", "question", "unreadable") and verdict.at == 0 and len(stretch) < 60:
        return None
    paragraphs = [one for one in re.split(r"\n[ \t]*\n", body) if one.strip()]
    if not paragraphs:
        return None
    whole = _STEPS.match(paragraphs[0]) or verdict.why == "nothing" or _HENCE.match(paragraphs[-1])
    return body if whole else paragraphs[0]
