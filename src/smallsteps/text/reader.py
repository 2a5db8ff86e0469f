"""The one room in which a text becomes a reading: the answer that it states, and by which rule that was read.

`import`, `sample` and `score` read here. An answer is announced (an answer phrase, a header, a box, a tag, `####`), or a
free-standing text concludes it, or there is none: no answer is better than a wrong one. A strict reading counts
announced answers alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from smallsteps.text.affirmed import Verdict
from smallsteps.text.endings import before_run_on, first_sentence, is_cut_off, last_sentences
from smallsteps.text.kinds import Kind
from smallsteps.text.phrases import Announcement, announcements, lead
from smallsteps.text.thoughts import split_thoughts

CUT = frozenset({"length", "max_tokens", "max_output_tokens", "content_filter", "error", "safety", "recitation",
                 "incomplete", "cancelled", "model_length"})  # fmt: skip
"""Finish reasons, in small letters, of texts that were cut: they state no answer."""

_BLANK = re.compile(r"[\s.…?*$\\(){}\[\]_-]*")
_UNKNOWN = re.compile(
    r"\W{0,8}(?:(?:it|this|that|still|therefore|simply|just|is|being)\s+){0,3}(?:not (?:clear|known|given|certain|sure|possible|"
    r"determin\w+|enough|specified|defined|available)|un(?:known|clear|certain|determined|defined|specified)|indeterminate|"
    r"ambiguous|inconclusive|debatable|maybe|possibly|perhaps|n/?a\b|none\b|null\b|depend\w*|it depends|impossible|"
    r"insufficient|cannot|can't|can not|no answer|missing|subjective|both\b)",
    re.IGNORECASE,
)
_PROCESS = re.compile(
    r"\W{0,8}(?:(?:then|therefore|simply|just|thus)\s+)?(?:found|obtained|calculated|computed|determined|derived|given|got|reached|"
    r"worked|by|in (?:two|three|\w+) steps?|as follows|below|above|based|simple|easy|straightforward|clear\b|wrong|right|correct|"
    r"incorrect)\b",
    re.IGNORECASE,
)
_DOUBTED = re.compile(
    r"(?:\b(?:if|unless|whether|suppose|assuming|when|in case|otherwise)\b[^.!?\n]*|\bnot (?:the case|true|certain|clear|sure)\b[^.!?\n]*"
    r"|\b(?:first|initially|originally|at first|previously|earlier)\b[^.!?\n]{0,40}\b(?:thought|guess\w*|said|answer\w*|assumed|believed|got|"
    r"wrote|claimed|figured)\b[^.!?\n]*|\b(?:might|may|could|would|some|one|you|people|someone)\b[^.!?\n]{0,20}\b(?:think|thought|say|"
    r"guess|assume|believe|claim|argue|expect)\b[^.!?\n]*|\b(?:doubt|don't think|do not think|don't believe|unlikely|wonder\w*|guess|"
    r"maybe|perhaps|possibly|not sure|find|what|how|which|until|before|pretend|wrong\w*|mistak\w*)\b[^.!?\n]{0,60}|\bis\s+)$",
    re.IGNORECASE,
)
_OPENS_DOUBT = re.compile(r"\b(?:is|was|could|can|might) $", re.IGNORECASE)
_RETRACTED = re.compile(
    r"(?:^|[.!?\n)*]\s{0,3}|,\s|[-–—]\s)[*_(\s]{0,4}(?:but\s+|oh,?\s+|hmm+,?\s+|no,?\s+)?(?:wait\b|hold on\b|oops\b|correction\b|on second thought\b|"
    r"scratch that\b|sorry\b|my mistake\b|i made (?:a|an) (?:mistake|error)\b|i was wrong\b|i (?:forgot|missed|overlooked|miscounted|"
    r"misread)\b|(?:that|this|which) (?:is|was|can't be|cannot be) (?:wrong|incorrect|not (?:right|correct))\b|that's (?:wrong|not (?:right|correct))\b|"
    r"let me (?:re\w+|correct|fix|try again|start over)\b|actually,)",
    re.IGNORECASE,
)
_DENIED_BEHIND = re.compile(
    r"\W{0,8}(?:\w+\W){0,3}?(?:is|was|are|were|fails?|cannot|can't|does(?:n't| not)|did(?:n't| not))\b\s?(?:also |clearly |therefore )?"
    r"(?:(?<=fails )|(?<=fail )|not (?:right|correct|possible|the answer|work|fit|match)|wrong|incorrect|false|be right|be correct|work|fit|match)",
    re.IGNORECASE,
)
_JOINED = re.compile(r"\W{0,12}(?:\b(?:and|or)\b|,)\W{0,12}(?:\\quad\W{0,4})?", re.IGNORECASE)
_STEPS = re.compile(r"[\s*_#>-]{0,8}(?:step\b|first\b|1[.)]\s|we (?:know|have|start)\b|to (?:find|solve|get)\b|let\b|given\b|solution)", re.I)
_OPEN_LETTER = re.compile(r"[(\[]\s?[A-Z]\s*$")
CONCLUSION = "conclusion"
"""The rule by which a text is read that announces nothing."""
_DIRECT_WORDS = 3
_AFTERWORD = 60
_LONGEST_BODY = 6000


class Task(Protocol):
    """What reading asks of a task."""

    @property
    def kind(self) -> Kind:
        """How its answers are mentioned, stated and concluded."""

    def same(self, a: str, b: str) -> bool:
        """Whether two answers are equal."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text states. `rule` names what was read, or why there is no answer.

    `announced`: the answer stands behind an announcement, which begins at `start` of the `reply`; else `start` is the
    reply's length. `thoughts` are a reasoning model's, split off; `reply` is the text behind them, without an invented
    next question.
    """

    answer: str | None
    rule: str
    announced: bool
    start: int
    reply: str
    thoughts: str = ""
    behind: int = field(default=0, compare=False)

    @property
    def rationale(self) -> str:
        """The chain of thought: the thoughts, else the reply without the announcement at its end."""
        if self.thoughts:
            return _without_announcement(self.thoughts)
        before = self.reply[: self.start].rstrip()
        is_ending = self.behind <= max(len(before), 80)
        return before if is_ending and any(map(str.isalnum, before)) else self.reply.strip()


@dataclass(frozen=True, slots=True)
class Reader:
    """How answers are read: any announcement counts, and those of one's own answer format.

    `marker` is the format's answer phrase, closed by `close`. `first`: the first announcement counts, not the last.
    `whole`: the format has no phrase, and an output that announces nothing is the answer, up to `close`.
    """

    marker: str = ""
    close: str = ""
    first: bool = False
    whole: bool = False

    def read(
        self, text: str, task: Task, choices: Sequence[str] = (), finish: str | None = None, thoughts: str = ""
    ) -> Reading:
        """The reading of a text. `choices` are the texts of the question's choices, `finish` is why the writer stopped.

        `thoughts` are those that came in a field of their own; marks of thoughts in the text are read in any case.
        """
        marked, reply = split_thoughts(text)
        thinking = thoughts or marked
        whole, reply = reply, before_run_on(reply)
        cut = (finish or "").lower() in CUT and len(reply) == len(whole)
        if not reply.strip() and thinking:
            return self._thought(thinking, task, choices, cut)
        nothing = Reading(None, "cut off", False, len(reply), reply, thinking)
        if cut and not self._is_closed(reply):
            return nothing
        announced = _announced(reply, task, choices, self)
        if announced is not None and (announced.answer is not None or announced.rule != "retracted"):
            return replace(announced, thoughts=thinking)
        if announced is None and self.whole:
            return self._whole(nothing, task, choices)
        behind = reply if announced is None else reply[announced.start :]
        if is_cut_off(reply) and not _OPEN_LETTER.search(reply[-6:]):
            return nothing
        verdict = task.kind.concluded(last_sentences(behind), task.same, choices)
        return replace(nothing, answer=verdict.value, rule=CONCLUSION if verdict.value is not None else verdict.why)

    def _thought(self, thinking: str, task: Task, choices: Sequence[str], cut: bool) -> Reading:
        """Thoughts without a reply state what they announce at their very end."""
        found = None if cut else _announced(thinking, task, choices, self)
        if found is None or found.answer is None or found.behind > _AFTERWORD:
            return Reading(None, "cut off", False, 0, "", thinking)
        return Reading(found.answer, found.rule, True, 0, "", thinking)

    def _is_closed(self, reply: str) -> bool:
        """Whether a text that was cut had said and closed its answer in the answer format's own words."""
        place = reply.find(self.marker) if self.marker and self.close else -1
        return place >= 0 and self.close in reply[place + len(self.marker) :].lstrip()

    def _whole(self, nothing: Reading, task: Task, choices: Sequence[str]) -> Reading:
        stretch = nothing.reply.partition(self.close)[0] if self.close else nothing.reply
        verdict = task.kind.stated(stretch, task.same, choices)
        return replace(nothing, answer=verdict.value, rule="whole" if verdict.value is not None else verdict.why,
                       announced=verdict.value is not None, start=0)  # fmt: skip


ANY = Reader()
"""The reader of texts that were asked for in no format of ours."""


def read_answer(text: str, task: Task, choices: Sequence[str] = ()) -> str | None:
    """The answer that a text states, None where it states none."""
    return ANY.read(text, task, choices).answer


def states_plainly(text: str, task: Task) -> bool:
    """Whether a text announces its answer, or its last sentence mentions a single one."""
    reading = ANY.read(text, task)
    if reading.announced:
        return True
    sentences = last_sentences(reading.reply)
    mentions = task.kind.mentions(task.kind.prepare(sentences[-1])) if sentences else []
    return reading.answer is not None and len({one.value for one in mentions}) == 1


def _announced(text: str, task: Task, choices: Sequence[str], reader: Reader) -> Reading | None:
    """What the last announcement that counts states; None where nothing is announced."""
    found = list(announcements(text, reader.marker))
    order = found if reader.first else found[::-1]
    denied: set[str] = set()
    why = ""
    for one in order:
        if _is_doubted(text, one):
            continue
        body, verdict = _stated(text, one, task, choices, reader.close if one.rule == "marker" else "")
        if verdict.why == "nothing" and (one.rule == "named" or _PROCESS.match(body) or not _is_empty(body)):
            continue
        end = min(one.end, one.body + len(body)) if one.rule != "box" else one.end
        answer = verdict.value
        if not reader.first and one.rule != "marker" and _RETRACTED.search(text, end, min(len(text), end + 4000)):
            place = _RETRACTED.search(text, end)
            assert place is not None, "it was found a line above"
            return Reading(None, "retracted", False, place.start(), text)
        if one.rule == "box":
            answer, why = _box(text, one, found, answer, task, why)
        if verdict.why == "denied" or (answer is not None and answer in denied):
            denied.update(verdict.denied)
            why = "denied"
            continue
        rule = one.rule if answer is not None else why or verdict.why
        return Reading(answer, rule, answer is not None, lead(text, one.start), text, behind=max(0, len(text) - end))
    return Reading(None, why, False, len(text), text) if why else None


def _box(
    text: str, one: Announcement, found: Sequence[Announcement], answer: str | None, task: Task, why: str
) -> tuple[str | None, str]:
    """A box's answer, unless another box stands beside it on a par."""
    boxes = [other for other in found if other.rule == "box"]
    place = boxes.index(one)
    for before, behind in ((place - 1, place), (place, place + 1)):
        if 0 <= before and behind < len(boxes) and _JOINED.fullmatch(text[boxes[before].end + 1 : boxes[behind].start]):
            other = boxes[before if before != place else behind]
            value = task.kind.stated(text[other.body : other.end], task.same, ()).value
            if value is None or answer is None or not task.same(value, answer):
                return None, "hedged"
    return answer, why


def _is_doubted(text: str, one: Announcement) -> bool:
    """Whether the sentence around an announcement takes it back: a condition, a first guess, a question, a denial."""
    before = re.split(r"[.!?:]\s|\n", text[max(0, one.start - 200) : one.start])[-1]
    if one.rule == "box":
        if _DENIED_BEHIND.match(text, one.end + 1) or re.search(r"\bnot\s*\W{0,3}$", before):
            return True
        return re.search(r"\b(?:first|initial) (?:guess|thought|attempt|try)\W{0,4}$|\bif\b", before, re.IGNORECASE) is not None
    if one.rule in ("phrase", "named", "marker") and _DOUBTED.search(before):
        return True
    return False


def _stated(
    text: str, one: Announcement, task: Task, choices: Sequence[str], close: str
) -> tuple[str, Verdict]:
    """The stretch that an announcement announces, and what it states."""
    body = text[one.body : min(one.end, one.body + _LONGEST_BODY)]
    if one.rule in ("box", "tag"):
        return body, task.kind.stated(body, task.same, choices)
    if one.rule == "named":
        told = f"not {body}" if one.denies else body
        verdict = task.kind.concluded([told], task.same, choices)
        return body, verdict if verdict.why != "nothing" else task.kind.stated(told, task.same, choices)
    if close and close in body.lstrip():
        opened = body[: len(body) - len(body.lstrip())]
        stretch = opened + body.lstrip().partition(close)[0] if not body.partition(close)[0].strip() else body.partition(close)[0]
        return stretch, task.kind.stated(stretch, task.same, choices)
    stretch = first_sentence(body)
    verdict = task.kind.stated(stretch, task.same, choices)
    if text[one.start : one.body].strip(" *_#>").lower() == "a:" and _block(body, stretch, verdict) is not None:
        verdict = task.kind.stated("", task.same, choices)  # the letter A with a label, or steps
        return stretch, verdict
    if one.rule in ("header", "hashes") or not body.split("\n", 1)[0].strip():
        block = _block(body, stretch, verdict)
        if block is not None and not _UNKNOWN.match(stretch):
            return block, task.kind.concluded(last_sentences(block), task.same, choices)
    skipped = len(body) - len(body.lstrip())
    return body[: skipped + len(stretch)], Verdict(None, "hedged") if _UNKNOWN.match(stretch) else verdict


def _block(body: str, stretch: str, verdict: Verdict) -> str | None:
    """What stands under a header that opens with no answer at once: steps to the end of the text, or its paragraph."""
    opening = re.match(r"[\s*_$\\(\[{\"'-]*", stretch)
    ahead = stretch[opening.end() if opening else 0 : verdict.at] if verdict.value is not None else stretch
    if verdict.why == "stated" and len(re.findall(r"[^\W\d_]+", ahead)) < _DIRECT_WORDS and not _STEPS.match(stretch):
        return None
    if verdict.why in ("hedged", "denied", "question", "unreadable") and verdict.at == 0 and len(stretch) < 60:
        return None
    paragraphs = [one for one in re.split(r"\n[ \t]*\n", body) if one.strip()]
    if not paragraphs:
        return None
    whole = _STEPS.match(paragraphs[0]) or verdict.why == "nothing"
    return body if whole else paragraphs[0]


def _is_empty(body: str) -> bool:
    """Whether an announcement announces nothing: a blank to fill in, or that the answer is not known."""
    return _BLANK.fullmatch(body) is not None or _UNKNOWN.match(body) is not None


def _without_announcement(thoughts: str) -> str:
    """Thoughts without an answer phrase that ends them; what stands further above is part of the thinking."""
    found = [one for one in announcements(thoughts) if one.rule in ("phrase", "marker", "box", "hashes", "tag")]
    if not found:
        return thoughts.strip()
    tail = thoughts[found[-1].start :].strip()
    before = thoughts[: lead(thoughts, found[-1].start)].rstrip()
    is_ending = len(tail) <= 60 and "\n" not in tail and not _DOUBTED.search(before)
    return before if is_ending and any(map(str.isalnum, before)) else thoughts.strip()
