"""The one room in which a text becomes a reading: the answer that it states, and by which rule that was read.

`import`, `sample` and `score` read here. An answer is announced (an answer phrase, a header, a box, a tag, `####`), or
a free-standing text concludes it, or there is none: no answer is better than a wrong one. A strict reading counts
announced answers alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from smallsteps.text.announced import Task, announced
from smallsteps.text.doubts import is_doubted
from smallsteps.text.endings import before_run_on, is_cut_off, last_sentences
from smallsteps.text.phrases import announcements, lead
from smallsteps.text.thoughts import split_thoughts

CUT = frozenset({"length", "max_tokens", "max_output_tokens", "content_filter", "error", "safety", "recitation",
                 "incomplete", "cancelled", "model_length"})  # fmt: skip
"""Finish reasons, in small letters, of texts that were cut: they state no answer."""

_OPEN_LETTER = re.compile(r"[(\[]\s?[A-Z]\s*$")
CONCLUSION = "conclusion"
"""The rule by which a text is read that announces nothing."""
_TAKEN_BACK = frozenset({"retracted", "denied", "doubted"})
"""Why an announcement does not count while what is said elsewhere may."""
_AFTERWORD = 60


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
        found = announced(reply, task, choices, self.marker, self.close, self.first)
        if found is not None and found.rule not in _TAKEN_BACK:
            is_stated = found.answer is not None
            return Reading(found.answer, found.rule, is_stated, found.start, reply, thinking, found.behind)
        if found is None and self.whole:
            return self._whole(nothing, task, choices)
        behind = reply if found is None else found.text[found.start :]
        if is_cut_off(reply) and not _OPEN_LETTER.search(reply[-6:]):
            return nothing
        verdict = task.kind.concluded(last_sentences(behind), task.same, choices)
        if found is not None and verdict.value is None:
            return replace(nothing, rule=found.rule)
        return replace(nothing, answer=verdict.value, rule=CONCLUSION if verdict.value is not None else verdict.why)

    def _thought(self, thinking: str, task: Task, choices: Sequence[str], cut: bool) -> Reading:
        """Thoughts without a reply state what they announce at their very end."""
        found = None if cut else announced(thinking, task, choices, self.marker, self.close, self.first)
        if found is None or found.answer is None or any(map(str.isalnum, thinking[len(thinking) - found.behind :])):
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
    return reading.answer is not None and len(task.kind.written(sentences[-1])) == 1


def _without_announcement(thoughts: str) -> str:
    """Thoughts without an answer phrase that ends them; what stands further above is part of the thinking."""
    found = [one for one in announcements(thoughts) if one.rule in ("phrase", "marker", "box", "hashes", "tag")]
    if not found:
        return thoughts.strip()
    tail = thoughts[found[-1].start :].strip()
    before = thoughts[: lead(thoughts, found[-1].start)].rstrip()
    is_ending = len(tail) <= _AFTERWORD and "\n" not in tail and not is_doubted(thoughts, found[-1])
    return before if is_ending and any(map(str.isalnum, before)) else thoughts.strip()
