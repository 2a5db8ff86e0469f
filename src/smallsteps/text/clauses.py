"""Clauses: a text cut at sentence ends, line breaks and commas, without losing a character.

A decimal, a digit group, a date and an abbreviation are not cut; a clause that is too short stays with a neighbour;
full-width punctuation and that of other scripts counts as well. White space belongs to the clause that it opens.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

SHORTEST = 4
"""Words: a clause with fewer of them is no clause of its own (the released code of AS-ES drops such clauses)."""

Span = tuple[int, int]

_CLOSERS = "\"'”’»)\\]}*」』）】〉》"
_BREAK = re.compile(
    rf"""
    (?P<line> \n+ )
  | (?P<wide> [。！？；｡؟؛।॥։።፧]+ [{_CLOSERS}]* )
  | (?P<end> [.!?…;]+ [{_CLOSERS}]* ) (?=\s|$)
  | (?P<comma> (?<![0-9]), | ,(?!\s?[0-9]) | [，،፣] ) [{_CLOSERS}]*
    """,
    re.VERBOSE,
)
_NEVER_AN_END = re.compile(
    r"(?:^|[\s(\"'])(?:Mr|Mrs|Ms|Dr|Prof|St|Mt|vs|e\.g|i\.e|cf|approx|No|Fig|Eq|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|"
    r"Oct|Nov|"
    r"Dec|[A-Z])$"
)
_END_BEFORE_A_CAPITAL = re.compile(
    r"(?:^|[\s(\d])(?:a\.m|p\.m|etc|al|Inc|Ltd|Co|Jr|Sr|U\.S|U\.K|oz|lbs?|ft|in|hrs?|mins?|secs?)$", re.IGNORECASE
)
_SPACELESS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_SPACELESS}]|[^\s{_SPACELESS}]+")


def split_clauses(text: str, shortest: int = SHORTEST) -> list[Span]:
    """The clauses of a text as spans that tile it: joining `text[start:end]` gives the text back exactly.

    A clause of fewer than `shortest` words is joined to the clause that follows in its sentence, else to the one
    before, else to the next sentence; a text that is short as a whole is one clause. An empty text has none.
    """
    clauses: list[Span] = []
    for sentence in _sentences(text):
        joined = _joined(text, sentence, shortest)
        if clauses and _is_short(text, clauses[-1], shortest):  # a short sentence opens the next one
            joined[0] = (clauses.pop()[0], joined[0][1])
        clauses += joined
    if len(clauses) > 1 and _is_short(text, clauses[-1], shortest):
        last = clauses.pop()
        clauses[-1] = (clauses[-1][0], last[1])
    return clauses


def count_words(text: str) -> int:
    """The words of a text; in a script that is written without spaces every character counts as one."""
    return sum(any(map(str.isalnum, word)) for word in _WORD.findall(text))


def _sentences(text: str) -> list[list[Span]]:
    """The sentences of a text, each a list of the spans between its commas."""
    sentences: list[list[Span]] = [[]]
    start = 0
    for end, closes in _cuts(text):
        sentences[-1].append((start, end))
        start = end
        if closes:
            sentences.append([])
    if start < len(text):
        if text[start:].strip() or not (sentences[-1] or len(sentences) > 1):
            sentences[-1].append((start, len(text)))
        else:  # white space behind everything belongs to what it closes
            last = sentences[-1] or sentences[-2]
            last[-1] = (last[-1][0], len(text))
    return [sentence for sentence in sentences if sentence]


def _cuts(text: str) -> Iterator[tuple[int, bool]]:
    """Where clauses end, and whether a sentence ends there too. Nothing is cut before the first word."""
    checked, is_word_before = 0, False
    for found in _BREAK.finditer(text):
        is_word_before = is_word_before or any(map(str.isalnum, text[checked : found.start()]))
        checked = found.end()
        if not is_word_before or (found["end"] and not _ends_sentence(text, found)):
            continue
        end = found.start() if found["line"] else found.end()  # a line break opens the next clause
        is_word_before = False
        yield end, not found["comma"]


def _ends_sentence(text: str, found: re.Match[str]) -> bool:
    if found["end"][0] != "." or found["end"].startswith(".."):
        return True
    before, behind = text[max(0, found.start() - 12) : found.start()], text[found.end() : found.end() + 40].lstrip()
    if _NEVER_AN_END.search(before):
        return False
    return not (_END_BEFORE_A_CAPITAL.search(before) and behind[:1].islower())


def _joined(text: str, clauses: list[Span], shortest: int) -> list[Span]:
    """The clauses of one sentence, the short ones joined to the next one, the last one to the one before."""
    joined: list[Span] = []
    for start, end in clauses:
        if joined and _is_short(text, joined[-1], shortest):
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    if len(joined) > 1 and _is_short(text, joined[-1], shortest):
        last = joined.pop()
        joined[-1] = (joined[-1][0], last[1])
    return joined


def _is_short(text: str, span: Span, shortest: int) -> bool:
    return count_words(text[span[0] : span[1]]) < shortest
