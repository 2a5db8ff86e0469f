"""The tokens of arithmetic as people write it inside sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["number", "operator", "equals", "open", "close", "word", "unknown", "break"]

_MOST_CHARACTERS = 40
_DECIMAL = r"(?:\d{1,3}(?:,\d{3})+(?![\d,])|\d+)(?:\.\d+)?|\.\d+"
_TOKEN = re.compile(
    rf"""
    (?P<mark><<[^<>\n]*>>)
  | (?P<space>[ \t\u00a0\u202f]+
      |\n(?=\s{{0,8}}(?:=|≈|\\approx))|\\[()\[\],;:! ]|\\(?:left|right|displaystyle|boxed)\b|[{{}}])
  | (?P<break>\n|[=<>!]==?|[<>≠≤≥])
  | (?P<clock>\d+:\d+|(?<![\d.,])0\d+(?![\d.]))
  | (?P<number>(?:\\?[$€£¥₹]\s?)?(?:
        \\[dt]?frac\{{\d+\}}\{{\d+\}} | \d+[ ]\d+/\d+(?![\d/.]) | {_DECIMAL})(?:\s?\\?%|\spercent\b)?)
  | (?P<equals>=|≈|≅|\\approx\b|\bequals\b|\bis\sequal\sto\b)
  | (?P<power>\^|(?<=[\d)])\s?\*\*\s?(?=[\d(]))
  | (?P<bold>\*\*|__)
  | (?P<per>/\s?(?=[A-Za-z])[A-Za-z]+|\\text\{{[^}}]*\}}|\\mathrm\{{[^}}]*\}})
  | (?P<times>\*|×|·|⋅|\\times\b|\\cdot\b|\btimes\b|\bmultiplied\sby\b|(?<![A-Za-z])[xX](?=\s*(?:\\?[$€£¥₹(]|\.?\d)))
  | (?P<over>/|÷|∕|\\div\b|\bdivided\sby\b)
  | (?P<plus>\+|\bplus\b)
  | (?P<minus>-|−|–|\bminus\b)
  | (?P<of>\bof(?=\s+(?:\\?[$€£¥₹(]|\.?\d)))
  | (?P<open>\() | (?P<close>\))
  | (?P<word>[^\W\d_]+(?:['’\-][^\W\d_]+)*)
  | (?P<loose>\\?[$€£¥₹"'“”‘’°#])
  | (?P<other>.)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_OPERATORS = {"power": "^", "times": "*", "of": "*", "over": "/", "plus": "+", "minus": "-"}
_SCALES = frozenset({"hundred", "thousand", "million", "billion", "trillion", "dozen"})


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of text `[start, end)`; `text` is the operator's sign for operators. `glued` to the piece before it."""

    kind: Kind
    text: str
    start: int
    end: int
    glued: bool = False


def tokens(text: str) -> list[Token]:
    """The tokens of a text. What cannot be part of a step is a `break`."""
    return _tokens(text, 0, len(text))


def _tokens(text: str, start: int, end: int) -> list[Token]:
    found: list[Token] = []
    edge = -1
    for match in _TOKEN.finditer(text, start, end):
        name, piece = str(match.lastgroup), match.group()
        if name == "mark":
            found += _mark(text, match.start(), match.end(), found)
        elif name not in ("space", "bold", "loose"):
            found.append(_token(name, piece, match, found, glued=edge == match.start()))
        edge = match.end() if name != "space" else -1
    return found


def _mark(text: str, start: int, end: int, found: Sequence[Token]) -> list[Token]:
    """A calculator mark repeats the step before it (`48/2 = <<48/2=24>>24`), or is the only place that shows it."""
    if found and found[-1].kind == "equals":
        return []
    pause = Token("break", "", start, start)
    return [pause, *_tokens(text, start + 2, end - 2), pause]


def _token(name: str, piece: str, match: re.Match[str], found: Sequence[Token], glued: bool) -> Token:
    kind: Kind = "break"
    if name in ("number", "equals", "open", "close"):
        kind = name  # type: ignore[assignment]
        if name == "number" and len(piece) > _MOST_CHARACTERS:
            kind = "unknown"
    elif name == "of" and not (found and (found[-1].kind == "close" or _is_part(found))):
        kind = "word"
    elif name in _OPERATORS:
        kind, piece = "operator", _OPERATORS[name]
    elif name == "clock":
        kind = "unknown"
    elif name in ("word", "per"):
        single = len(piece.strip("/ ")) == 1 and (glued or piece not in "aI")
        kind = "unknown" if single or piece.lower() in _SCALES else "word"
    return Token(kind, piece.lower() if kind == "equals" else piece, match.start(), match.end(), glued)


def _is_part(found: Sequence[Token]) -> bool:
    """Whether a percentage or a fraction stands at the end: what `of` multiplies."""
    if found[-1].kind != "number":
        return False
    piece = found[-1].text
    return "%" in piece or "percent" in piece or "/" in piece or "frac" in piece or (
        len(found) > 2 and found[-2].text == "/" and found[-3].kind == "number"
    )  # fmt: skip
