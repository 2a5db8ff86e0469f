"""Strings of letters as answers, whole, spelled out or in pieces: `nyay`, `n-y-a-y`, `nya y`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from smallsteps.text.affirmed import Grammar, Same, Verdict, affirmed
from smallsteps.text.candidates import joined_letters, string_mentions
from smallsteps.text.kinds._kind import NOTHING, Choices, Kind, refuses
from smallsteps.text.mentions import Mention

_PIECES = re.compile(r"\W{0,8}([^\W\d_]{1,8}(?: [^\W\d_]{1,8}){1,3})\W{0,8}")
_EQUAL = re.compile(r"=\s*|→\s*|->\s*")
_NAMED = re.compile(
    r"(?:[:=]|\b(?:is|are|be|get|gets|gives?|yields?|makes?|forms?|spells?|becomes?|produces?|results? in|obtain|"
    r"have|into|as)\b)"
    r"\s*[:=]?\s*(?:(?:the|a) (?:string|word|letters|result|sequence|name)\s*[:,]?\s*)?",
    re.IGNORECASE,
)
_SMALL = frozenset(
    ["or", "and", "not", "either", "neither", "nor", "but", "the", "is", "it", "maybe", "would", "be", "string", "word"]
)
_NO_PIECE = frozenset(
    ["a", "i", "the", "is", "are", "it", "of", "to", "in", "and", "or", "not", "be", "so", "as", "by"]
)


class LetterString(Kind):
    """Strings of letters, in lower case."""

    grammar = Grammar(units=0, reach=1)

    def prepare(self, text: str) -> str:
        """The text with strings that are spelled out joined; emphasis counts as quotes and stays."""
        return joined_letters(text)

    def mentions(self, text: str) -> list[Mention]:
        """The strings of a prepared text, quoted ones before all others."""
        return string_mentions(text)

    def whole(self, text: str) -> str | None:
        """The one string that a field holds, in quotes or not."""
        found = string_mentions(joined_letters(text))
        return found[0].value if len(found) == 1 else None

    def stated(self, text: str, same: Same, choices: Choices) -> Verdict:
        """The string behind an answer phrase: behind the last equals sign, joined where it stands in pieces."""
        text = self.prepare(text)
        behind = _EQUAL.split(text)[-1]
        text = behind if behind.strip(" .\"'*") else text
        joined = _in_pieces(text)
        if joined is not None:
            return Verdict(joined, "stated")
        return affirmed(text, _own(self.mentions(text)), same, self.grammar)

    def concluded(self, sentences: Sequence[str], same: Same, choices: Choices) -> Verdict:
        """The string that the last sentence names: behind its last verb or colon, else its last one."""
        for sentence in reversed(sentences):
            if refuses(sentence):
                return NOTHING
            text = self.prepare(sentence)
            behind = _EQUAL.split(text)[-1]
            text = behind if behind.strip(" .\"'*") else text
            mentions = _own(self.mentions(text))
            if not mentions:
                continue
            named = [found.end() for found in _NAMED.finditer(text) if text[found.end() :].strip(" .\"'*")]
            joined = _in_pieces(text[named[-1] :]) if named else None
            if joined is not None:
                return Verdict(joined, "stated")
            return self.last(text, mentions, same)
        return NOTHING


def _own(mentions: list[Mention]) -> list[Mention]:
    """The strings without the small words around them, where any are left."""
    return [one for one in mentions if one.value not in _SMALL] or mentions


def _in_pieces(text: str) -> str | None:
    """A string that stands in pieces, one of them a single letter: `nya y`; None for a phrase of words."""
    found = _PIECES.fullmatch(text)
    if found is None:
        return None
    parts = found[1].lower().split(" ")
    is_string = min(map(len, parts)) == 1 and not _NO_PIECE.intersection(part for part in parts if len(part) > 1)
    return "".join(parts) if is_string and max(map(len, parts)) <= 8 else None
