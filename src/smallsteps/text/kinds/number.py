"""Numbers as answers: equations are read at their end, and what a sentence concludes is told from what it is given."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from smallsteps.text.affirmed import Grammar, Same, Verdict, affirmed, is_list, sort_out
from smallsteps.text.equations import whole_expressions
from smallsteps.text.kinds._kind import NOTHING, Choices, Kind, refuses
from smallsteps.text.mentions import Mention
from smallsteps.text.numbers import number_mentions, numbers

# What a sentence computes, in signs or words; `6 = 2 * 3` and `equals 100 - 40` state no result.
_RESULT = re.compile(
    r"(?:=|≈|\bequals\b|(?:[-+*/×÷−]|\bby\b)\s{0,3}[$€£]?\d[\d.,]{0,30} is\b|\b(?:gives|leaves|(?<=, )(?:giving|"
    r"leaving|making|totaling|totalling))(?: you| us| her| him| them)?\b"
    r"|\b(?:add|subtract|multiply|divid)\w{0,6}\b[^.\n]{0,120}?\bto get\b)"
    r"\s{0,3}(?=[-−]?[$€£]?\.?\d)(?!-?[$€£\d.,]{0,30}\d\s{0,3}[-+−×÷*/](?!\w))",
    re.IGNORECASE,
)
_CONCLUSION = re.compile(
    r"\b(?:so|meaning|thus|therefore|hence|or|total is|rounds?|which (?:is|means))\b", re.IGNORECASE
)
_LABEL = re.compile(r"\s*(?:[*_#>-]{0,3}\s*)(?:step\s*\d{1,2}|\d{1,2}(?=[.)]\s))\s*[:.)]\s*", re.IGNORECASE)
_NAMED = re.compile(r"^(?:[A-Za-z][\w' ]{0,40}|\\?[A-Za-z]+)\s*=\s*(?=\S)")
# Words that make a number one that was given: `all 20 pens`, `the 9 pens`, `in 5 hours`, `to pack 20 pens`.
_GIVEN = re.compile(
    r"(?:\b(?:all|both|the|these|those|his|her|its|their|my|our|your|each|every|original|initial|first|other|per|"
    r"than|after|"
    r"before|from|in|within|during|for|at|with|by|on|into|among|between|across|out of|if|since|because)\s+(?:of\s+)?"
    r"(?:(?:the|a|his|her|their|these|those|all|each|other|same)\s+)?[$€£\\]{0,2}"
    r"|\b(?:after|before|by|from|without)\s+\w+ing\s+(?:\w+\s)?[$€£\\]{0,2}"
    r"|\bto\s+(?!get|make|be\b|have|give|earn|find|reach|total|obtain|yield|a\b)[a-z]{2,15}\s+(?:(?:all|up|the|his|"
    r"her|their|a|an|of|for)\s+){0,2}[$€£\\]{0,2})$",
    re.IGNORECASE,
)
_OF_A_NUMBER = re.compile(
    r"^\s?(?:[\w'’%-]+\s){0,3}?(?<!total\s)(?<!sum\s)(?<!average\s)(?<!mean\s)(?<!profit\s)(?<!amount\s)(?<!balance\s)"
    r"(?<!cost\s)(?<!difference\s)(?<!remainder\s)of(?:\s+(?:the|his|her|their|these|those|all))?\s+[$€£\\]{0,2}$",
    re.IGNORECASE,
)
_LEFT_OVER = re.compile(
    r"^\s?(?:[\w'-]+\s){0,3}(?:left|remain\w*|over|more|extra|in total|altogether)\b", re.IGNORECASE
)
_LEFT_WITH = re.compile(
    r"\b(?:left|up|remains?|remained|finish\w*|ends?|ended|go\w* home|now) with\s+(?:\w+\s)?[$€£\\]{0,2}$",
    re.IGNORECASE,
)
_LEADING = re.compile(
    r"^\W*(?:if|when|since|because|as|after|before|for|with|in|on|at|by|given|out of|of|while|from|once|although|"
    r"having|"
    r"to)\b[^,\n]{3,160},\s",
    re.IGNORECASE,
)
_TRAILING = re.compile(
    r",?\s+(?:(?:because|since|where|(?<=, )as)\b(?! well).*|,?\s?which (?:is|are) \W?[\d.,]+ (?:\w+ ){0,3}(?:more|"
    r"less|fewer|greater|smaller) "
    r"than\b.*)$",
    re.IGNORECASE | re.DOTALL,
)
_REASON = re.compile(r"\((?=[^()]{0,200}(?:=|\b(?:because|since|check|as)\b))[^()]{0,200}\)", re.IGNORECASE)
_FEW_WORDS = 4
_MOST = 24
"""Numbers of a sentence: what it is about stands among its last ones."""
_TIGHT = Grammar(units=1)


class Number(Kind):
    """Numbers, in plain digits."""

    grammar = Grammar(units=3, reach=0)

    def mentions(self, text: str) -> list[Mention]:
        """The numbers of a prepared text, each expression as one."""
        return whole_expressions(text, number_mentions(text))

    def written(self, text: str) -> set[str]:
        """The different numbers of a text, those of an expression one by one."""
        return set(numbers(text))

    def whole(self, text: str) -> str | None:
        """The number that a field holds, with a unit at most; None for two numbers, a formula, or a clause."""
        return whole_number(self.prepare(text))

    def stated(self, text: str, same: Same, choices: Choices) -> Verdict:
        """The number behind an answer phrase; far behind it, what the sentence concludes."""
        text = _unlabelled(self.prepare(text))
        mentions = self.mentions(text)
        verdict = affirmed(text, mentions, same, self.grammar)
        if verdict.why == "stated" and len(mentions) > 1:
            ahead = _NAMED.sub("", text[: verdict.at])
            if _LEADING.match(text) or len(re.findall(r"[^\W\d_]{2,}", ahead)) > _FEW_WORDS:
                return self.concluded([text], same, choices)
        return verdict

    def concluded(self, sentences: Sequence[str], same: Same, choices: Choices) -> Verdict:
        """What the last sentence with numbers computes or repeats, else the number that it is about."""
        prepared = [self.prepare(sentence) for sentence in sentences]
        for place in range(len(prepared) - 1, -1, -1):
            text = _unlabelled(prepared[place])
            text = _without_reasons(text) if "(" in text else text
            mentions = self.mentions(text)
            if not mentions and refuses(text):
                return NOTHING
            if mentions:
                return self._chosen(text, mentions, prepared, same)
        return NOTHING

    def _chosen(self, text: str, mentions: list[Mention], sentences: Sequence[str], same: Same) -> Verdict:
        live, denied = sort_out(text, mentions, self.grammar)
        if not live:
            return Verdict(None, "denied", denied)
        if text.rstrip(" \"')*").endswith("?") and "=" not in text:
            return Verdict(None, "question", denied)
        alone = _apart(text, live)
        if alone is None:
            return Verdict(None, "hedged", denied)
        computed = _computed(text, same)
        if computed is not None:
            return Verdict(computed, "stated", denied)
        repeated = _repeated(sentences, live, same)
        if repeated is not None:
            return Verdict(repeated, "stated", denied)
        return Verdict(alone.value, "unreadable" if alone.value is None else "stated", denied)


def _without_reasons(text: str) -> str:
    """A sentence without reasons and checks in brackets, where a number stands outside: `7 (because 7 + 5 = 12)`."""
    bare = _REASON.sub(" ", text)
    return bare if bare != text and number_mentions(bare) else text


def _unlabelled(text: str) -> str:
    return _LABEL.sub("", text, count=1) if _LABEL.match(text) else text


def _apart(text: str, live: Sequence[Mention]) -> Mention | None:
    """The mention that a sentence is about; None where it leaves two on a par: `24 or 26`."""
    live = kept = list(live)[-_MOST:]
    trailing = _TRAILING.search(text)
    ends = trailing.start() if trailing else len(text)
    leading = _LEADING.match(text)
    begins = leading.end() if leading else 0
    inner = [one for one in kept if begins <= one.start < ends]
    kept = inner or kept
    own = [one for place, one in enumerate(kept) if not _is_given(text, kept, place)]
    chosen = (
        own[-1] if own else next((one for place, one in enumerate(kept) if not _is_part(text, kept, place)), kept[-1])
    )
    for before, behind in pairwise(live):
        if chosen in (before, behind) and before.value != behind.value:
            gap = text[before.end : behind.start]
            is_computed = "=" in text[behind.start : behind.end] or "equals" in text[behind.start : behind.end]
            if is_list(gap, _TIGHT) and not is_computed and _is_choice(gap, text, before):
                return None
    return chosen


def _is_choice(gap: str, text: str, before: Mention) -> bool:
    """Whether two numbers side by side are a choice or a range, and not a list of what was found on the way."""
    if any(sign in text[before.start : before.end] for sign in ("=", " equals", " is ")):
        return False
    return re.fullmatch(r"\s*(?:,?\s*\b(?:or|and|to)\b|/|&|[-–—])\s*[$€£\\]{0,2}", gap) is not None


def _is_part(text: str, kept: Sequence[Mention], place: int) -> bool:
    """Whether a number says what another one is a part of: `5 of her 9 pens`."""
    return place > 0 and _OF_A_NUMBER.match(text[kept[place - 1].end : kept[place].start]) is not None


def _is_given(text: str, kept: Sequence[Mention], place: int) -> bool:
    """Whether words make a number one that the question gave, beside another one that they do not."""
    mention = kept[place]
    before = text[max(0, mention.start - 60) : mention.start]
    if _LEFT_OVER.match(text[mention.end : mention.end + 60]) or _LEFT_WITH.search(before):
        return False
    if _GIVEN.search(before):
        return True
    if not place:
        return False
    gap = text[kept[place - 1].end : mention.start]
    if _is_part(text, kept, place):
        return True
    return is_list(gap, _TIGHT) and _is_given(text, kept, place - 1)


def _computed(text: str, same: Same) -> str | None:
    """What a sentence makes of the last result that it computes; None where it computes none."""
    for sign in reversed(list(_RESULT.finditer(text))):
        found = numbers(text[sign.end() :])
        if found:
            conclusion = _CONCLUSION.search(text, sign.end())
            if conclusion is None or any(same(one, found[0]) for one in found[1:]):
                return found[0]
            behind = numbers(text[conclusion.end() :])
            return behind[0] if behind else found[0]
    return None


def _repeated(sentences: Sequence[str], live: Sequence[Mention], same: Same) -> str | None:
    """The number that repeats the last result behind an equals sign, anywhere in the text."""
    for sentence in reversed(sentences):
        for stretch in reversed(sentence.split("=")[1:]):
            found = numbers(stretch[:200])
            if found:
                return next((one.value for one in live if one.value is not None and same(one.value, found[0])), None)
    return None


_WHOLE = re.compile(
    r"\W{0,6}(?:[A-Za-z]\w{0,20}\s*=\s*)?(?:(?:about|approximately|around|exactly|answer|is|a total of)\W\s*){0,3}$",
    re.IGNORECASE,
)
_UNIT = re.compile(r"[\s\])}$.,;:%°\"'*_€£¥₹!-]*(?:[^\W\d_][^\d=+*/;:?]{0,60})?[\s\])}.\"'*_$!]*")
_ACCOUNTING = re.compile(r"\s*\(\s*(\\?[$€£]?\s*[0-9][0-9.,' ]*)\)\s*")
_SPREAD = re.compile(r"\b(?:and|or|to|not|of|than|for|per)\b|[?]", re.IGNORECASE)


def whole_number(text: str) -> str | None:
    """The number that a prepared field holds alone, with a unit at most: `12,5`, `1.234,50 €`, `(350)`, `24 pens`."""
    bracket = _ACCOUNTING.fullmatch(text)
    if bracket:
        inner = whole_number(bracket[1])
        return None if inner is None or inner == "0" else f"-{inner}"
    mentions = whole_expressions(text, number_mentions(text))
    if len(mentions) != 1 or mentions[0].value is None:
        return None
    before, behind = text[: mentions[0].start], text[mentions[0].end :]
    if not _WHOLE.fullmatch(before) or not _UNIT.fullmatch(behind):
        return None
    return None if _SPREAD.search(behind.partition("(")[0]) else mentions[0].value
