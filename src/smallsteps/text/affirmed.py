"""What a stretch of text affirms among the answers that it mentions: not what it denies, lists or leaves open."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from smallsteps.text.mentions import Mention

Why = Literal["stated", "nothing", "denied", "hedged", "unreadable", "question"]
Same = Callable[[str, str], bool]

_WINDOW = 160
_DENIAL = re.compile(
    r"(?:\b(?:not(?! (?:only|just|merely|surprisingly))|never|neither|nor|cannot|rather than|instead of|other than|"
    r"except(?:ing)?(?: for)?|anything but|no longer|excluding|eliminat\w*|(?:rule|rules|ruled|ruling|cross|"
    r"crossing) out|"
    r"reject\w*|discard\w*|dismiss\w*|incorrect\w*|wrong\w*)\b|n't\b)(?P<behind>[^.;:!?\n]*)$",
    re.IGNORECASE,
)
_TURN = re.compile(r"\b(?:but|so|thus|therefore|hence|leav\w*|remain\w*|instead it|is rather|only)\b", re.IGNORECASE)
_DENIED_BEHIND = re.compile(
    r"[)\]\"'.:]{0,3}\s?(?:[^\s.;]{1,30} ){0,3}(?:(?:is|are|was|were|can|could|would|do|does|did|should|must)\s?"
    r"(?:all |both |also |clearly |therefore )?(?:not\b|n't\b|be (?:eliminated|ruled|excluded|rejected|discarded)|"
    r"wrong|false|"
    r"incorrect|eliminated|ruled out|excluded|out\b|irrelevant|impossible)|cannot\b|can't\b|fails?\b|makes? no sense)",
    re.IGNORECASE,
)
_CONNECTOR = re.compile(
    r"(?:(?:,|;)?\s*\b(?:and/or|or|and|nor|versus|vs|to|through|as well as|plus)\b|,|;|/|&|\+|[-–—]|\|)"
    r"\s*(?:(?:either|maybe|perhaps|also|possibly|even|both|else)\s+)?[(\[\"'“‘$€£\\]*\s*$",
    re.IGNORECASE,
)
_FILLERS = frozenset(
    [
        "exactly",
        "the",
        "equal",
        "to",
        "a",
        "an",
        "about",
        "just",
        "simply",
        "actually",
        "really",
        "be",
        "choice",
        "option",
        "answer",
    ]
) | {""}
_NO_UNIT = frozenset(
    [
        "because",
        "since",
        "as",
        "which",
        "so",
        "not",
        "than",
        "for",
        "of",
        "in",
        "with",
        "per",
        "from",
        "by",
        "at",
        "on",
        "is",
        "are",
        "was",
        "were",
        "if",
        "when",
        "while",
        "then",
        "that",
        "who",
        "after",
        "before",
        "but",
        "has",
        "have",
        "had",
        "each",
        "every",
        "out",
        "into",
        "therefore",
        "thus",
        "hence",
        "means",
        "meaning",
        "gives",
    ]
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a stretch affirms; `denied` are the values that it denies, `at` is where the affirmed one stands."""

    value: str | None
    why: Why
    denied: tuple[str, ...] = ()
    at: int = 0


@dataclass(frozen=True, slots=True)
class Grammar:
    """How answers of a kind are denied and listed.

    units: how many words may stand between an answer and the `or` of the next one. reach: how many words there may be
    between a `not` and the answer that it denies. behind: whether what follows denies too (`(B) is not right`).
    bare: whether answers with nothing but a space between them are a list (`A C`).
    """

    units: int = 3
    reach: int = 9
    behind: bool = False
    bare: bool = False


PLAIN = Grammar()


def affirmed(text: str, mentions: Sequence[Mention], same: Same, grammar: Grammar = PLAIN) -> Verdict:
    """The first answer that a text affirms; none where others stand beside it on a par, or where all are denied."""
    if not mentions:
        return Verdict(None, "nothing")
    live, denied = sort_out(text, mentions, grammar)
    if not live:
        return Verdict(None, "denied", denied)
    first = live[0]
    if text.rstrip(" \"')*").endswith("?"):
        return Verdict(None, "question", denied)
    for before, behind in pairwise(live):
        if not is_list(text[before.end : behind.start], grammar):
            break
        if first.value is None or behind.value is None or not same(first.value, behind.value):
            return Verdict(None, "hedged", denied)
    return Verdict(first.value, "unreadable" if first.value is None else "stated", denied, first.start)


def sort_out(text: str, mentions: Sequence[Mention], grammar: Grammar = PLAIN) -> tuple[list[Mention], tuple[str, ...]]:
    """The mentions that nothing denies, and the values that the text denies.

    A denial holds for a whole list: `neither (A) nor (B)`, `(A), (B) and (D) can be ruled out`.
    """
    marks = [_is_denied(text, mentions, place, grammar) for place in range(len(mentions))]
    joined = [is_list(text[a.end : b.start], grammar) for a, b in pairwise(mentions)]
    before = [mark[0] for mark in marks]
    behind = [mark[1] for mark in marks]
    for place in range(1, len(mentions)):
        before[place] = before[place] or (before[place - 1] and joined[place - 1])
    for place in range(len(mentions) - 2, -1, -1):
        behind[place] = behind[place] or (behind[place + 1] and joined[place])
    live: list[Mention] = []
    denied: list[str] = []
    for mention, front, back in zip(mentions, before, behind, strict=True):
        if not (front or back):
            live.append(mention)
        elif mention.opposite is not None:
            live.append(replace(mention, value=mention.opposite, opposite=None))
        elif mention.value is not None:
            denied.append(mention.value)
    return live, tuple(denied)


def _is_denied(text: str, mentions: Sequence[Mention], place: int, grammar: Grammar) -> tuple[bool, bool]:
    """Whether what stands before a mention denies it, and whether what stands behind it does."""
    mention = mentions[place]
    start = max(mentions[place - 1].end if place else 0, mention.start - _WINDOW)
    found = _DENIAL.search(text[start : mention.start])
    before = (
        found is not None and not _TURN.search(found["behind"]) and _words_between(found["behind"]) <= grammar.reach
    )
    if not grammar.behind:
        return before, False
    end = mentions[place + 1].start if place + 1 < len(mentions) else len(text)
    behind = _DENIED_BEHIND.match(text[mention.end : min(end, mention.end + _WINDOW)])
    return before, behind is not None


def _words_between(behind: str) -> int:
    return sum(word.strip("()[]\"'$\\").lower() not in _FILLERS for word in behind.split())


def is_list(gap: str, grammar: Grammar) -> bool:
    """Whether the text between two mentions puts them side by side: `or`, `and`, a comma, a slash, a dash."""
    if len(gap) > 80:
        return False
    if not gap.strip(" ()[]{}\"'.*"):
        return grammar.bare and "\n" not in gap
    found = _CONNECTOR.search(gap)
    if found is None:
        return False
    words = re.findall(r"[^\W\d_]+", gap[: found.start()].lower())
    return len(words) <= grammar.units and not _NO_UNIT.intersection(words) and "\n" not in gap.strip()
