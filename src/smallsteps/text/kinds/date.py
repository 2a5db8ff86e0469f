"""Dates as answers, as MM/DD/YYYY."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from smallsteps.text.affirmed import Grammar, Same, Verdict, affirmed, is_list, sort_out
from smallsteps.text.candidates import date_mentions
from smallsteps.text.kinds._kind import Choices, Kind
from smallsteps.text.mentions import Mention

_GIVEN = re.compile(
    r"\b(?:after|before|from|since|than|until|ago|(?<!date )(?<!from )(?:today|yesterday|given that it|now) (?:is|"
    r"was)|starting(?: on| from)?|following|"
    r"preceding|to)\s+(?:(?!is\b|was\b|will\b|would\b)\w+,?\s+){0,2}\W{0,4}$",
    re.IGNORECASE,
)
_TIGHT = Grammar(units=1)
_EQUAL = re.compile(r"=\s*|→\s*")


class Day(Kind):
    """Dates, as MM/DD/YYYY."""

    grammar = Grammar(units=3, reach=3, behind=True)

    def mentions(self, text: str) -> list[Mention]:
        """The dates of a prepared text."""
        return date_mentions(text)

    def whole(self, text: str) -> str | None:
        """The one date that a field holds."""
        found = self.mentions(self.prepare(text))
        return found[0].value if len({one.value for one in found}) == 1 else None

    def stated(self, text: str, same: Same, choices: Choices) -> Verdict:
        """The date behind an answer phrase: behind the last equals sign, not the one that it is counted from."""
        text = self.prepare(text)
        behind = _EQUAL.split(text)[-1]
        text = behind if self.mentions(behind) else text
        mentions = self.mentions(text)
        own = [one for one in mentions if not _is_given(text, one)]
        return affirmed(text, own, same, self.grammar)

    def last(self, text: str, mentions: Sequence[Mention], same: Same) -> Verdict:
        """The last date of a sentence that it does not count from."""
        live, denied = sort_out(text, mentions, self.grammar)
        own = [one for one in live if not _is_given(text, one)] or live
        if not own:
            return Verdict(None, "denied", denied)
        if text.rstrip(" \"')*").endswith("?"):
            return Verdict(None, "question", denied)
        for before, behind in pairwise(live):
            is_on_a_par = is_list(text[before.end : behind.start], _TIGHT) and before.value != behind.value
            if is_on_a_par and own[-1] in (before, behind):
                return Verdict(None, "hedged", denied)
        return Verdict(own[-1].value, "stated", denied, own[-1].start)


def _is_given(text: str, mention: Mention) -> bool:
    return _GIVEN.search(text[max(0, mention.start - 60) : mention.start]) is not None
