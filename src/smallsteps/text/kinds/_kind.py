"""What a kind of answer is: how it is mentioned, what a stretch of text states, what a text concludes."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

from smallsteps.text.affirmed import Grammar, Same, Verdict, affirmed, is_list, sort_out
from smallsteps.text.mentions import Mention, located
from smallsteps.text.plain import plain_stretch

Choices = Sequence[str]
NOTHING = Verdict(None, "nothing")
_REFUSAL = re.compile(
    r"\b(?:cannot|can not|can't|could not|couldn't|unable to|impossible to|not possible to) (?:accurately )?(?:be )?"
    r"(?:answer|calculate|complete|determine|give|proceed|provide|solve|write)"
    r"|\bnot enough information\b|\bN/A\b|\b(?:answer|date) (?:is|as) \W?(?:unknown|indeterminate)\b",
    re.IGNORECASE,
)


class Kind(ABC):
    """How answers of a kind are read. Pure functions of a text, linear in it."""

    grammar = Grammar()
    """How its answers are denied and listed."""

    def prepare(self, text: str) -> str:
        """The text as `mentions` reads it."""
        return plain_stretch(text)

    @abstractmethod
    def mentions(self, text: str) -> list[Mention]:
        """The answers that a prepared text mentions, in order."""

    def written(self, text: str) -> set[str]:
        """The different answers that a text mentions, as they are written."""
        return {one.value for one in self.mentions(self.prepare(text)) if one.value is not None}

    def whole(self, text: str) -> str | None:
        """What a field says that holds an answer and nothing else, such as a gold one; None where it says more."""
        verdict = self.stated(text, str.__eq__, ())
        return verdict.value

    def stated(self, text: str, same: Same, choices: Choices) -> Verdict:
        """What the stretch behind an answer phrase states."""
        text = self.prepare(text)
        return affirmed(text, self.mentions(text), same, self.grammar)

    def concluded(self, sentences: Sequence[str], same: Same, choices: Choices) -> Verdict:
        """What a text concludes that announces nothing, from its last sentences."""
        for sentence in reversed(sentences):
            text = self.prepare(sentence)
            mentions = self.mentions(text)
            if not mentions and _REFUSAL.search(sentence):
                return NOTHING
            if mentions:
                return self.last(text, mentions, same)
        return NOTHING

    def last(self, text: str, mentions: Sequence[Mention], same: Same) -> Verdict:
        """The last mention that a sentence affirms, unless another stands beside it on a par."""
        live, denied = sort_out(text, mentions, self.grammar)
        if not live:
            return Verdict(None, "denied", denied)
        if text.rstrip(" \"')*").endswith("?"):
            return Verdict(None, "question", denied)
        last = live[-1]
        if (
            len(live) > 1
            and is_list(text[live[-2].end : last.start], self.grammar)
            and not _agree(live[-2], last, same)
        ):
            return Verdict(None, "hedged", denied)
        return Verdict(last.value, "unreadable" if last.value is None else "stated", denied, last.start)


def refuses(sentence: str) -> bool:
    """Whether a sentence says that the question cannot be answered."""
    return _REFUSAL.search(sentence) is not None


def _agree(a: Mention, b: Mention, same: Same) -> bool:
    return a.value is not None and b.value is not None and same(a.value, b.value)


class Verbatim(Kind):
    """Answers that are texts: what stands where an answer should is the answer."""

    def __init__(self, candidates: Callable[[str], list[str]]) -> None:
        self._candidates = candidates

    def mentions(self, text: str) -> list[Mention]:
        """The text itself."""
        return [Mention(value, 0, len(text)) for value in self._candidates(text)]

    def whole(self, text: str) -> str | None:
        """The text itself."""
        return next(iter(self._candidates(text)), None)

    def stated(self, text: str, same: Same, choices: Choices) -> Verdict:
        """The text itself."""
        found = self.whole(text)
        return NOTHING if found is None else Verdict(found, "stated")

    def concluded(self, sentences: Sequence[str], same: Same, choices: Choices) -> Verdict:
        """Nothing: no sentence of a text is told from the others as its answer."""
        return NOTHING


class Named(Kind):
    """Answers that a function finds as candidates: names of classes, and whatever a task of one's own reads."""

    def __init__(self, candidates: Callable[[str], list[str]]) -> None:
        self._candidates = candidates

    def prepare(self, text: str) -> str:
        """The text as it stands: the function knows how to read it."""
        return text

    def mentions(self, text: str) -> list[Mention]:
        """The candidates, where they stand literally."""
        return located(text, self._candidates(text))
