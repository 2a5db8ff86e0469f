"""The key of a question: what is left of it when case, spacing and punctuation are gone and its meaning is not."""

from __future__ import annotations

import re
import unicodedata

_DASHES = "‐‑‒–—―−﹣－"
_SAME = {"×": "*", "·": "*", "⋅": "*", "∗": "*", "∙": "*", "÷": "/", "∕": "/", "⁄": "/", "∶": ":"} | dict.fromkeys(
    _DASHES, "-"
)
_BULLETS = frozenset("●■◆►▶▪◦❖✦➢")
_PRINT = frozenset("©®™")

_LETTER = r"[^\W\d_]"
_END = rf"(?:(?<=[\d)%!²³⁰-⁹∞°])|(?<=[\d)%!²³⁰-⁹∞°] )|(?<=\b{_LETTER})|(?<=\b{_LETTER} ))"
_START = rf"(?= ?[-+~]? ?[$€£¥₹]?(?:\.?\d|[(√∞]|{_LETTER}\b))"
_KEPT = re.compile(
    r"[a-z]+|[^\x00-\x7f]+"
    r"|\d+(?:\.\d+)*"
    r"|[+=^]+"
    rf"|{_END}(?:\*+|[-/<>]=?){_START}"  # an operator, where something stands on both sides of it
    r"|(?<=\d):(?=\d)"
    rf"|(?<![\w.,;:!?'\")\]}}])-(?= ?[$€£¥₹]?\.?[\d(]|{_LETTER}\b)"  # a sign
    r"|(?<=\d)%|(?<=\d )%"
    r"|(?<=[\d)])!(?= ?[-+*/=)?^!<>])"  # a factorial, not the end of an exclamation
    r"|\|(?=[-\w(])|(?<=[\w)])\|"
    r"|[()]"
)
_BULLET = re.compile(r"(?<=\n)[ \t]*+[-*][ \t]")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_NAKED_POINT = re.compile(r"(?<![\w.])\.(?=\d)")
_TIMES = re.compile(r"(?<=\d) ?x ?(?=\d)")
_OPENING, _CLOSING = str.maketrans("[{", "(("), str.maketrans("]}", "))")
_LOOSE = re.compile(r"(?<!\d) | (?!\d)")
_OPERATOR = re.compile(r"[-+*/^=<>≤≥≠]")


def question_key(text: str) -> str:
    """The identity of a question: its letters, digits and signs, without case, spacing and punctuation.

    Kept is what changes the meaning: decimal points, operators, signs, per cent, brackets around an operation, marks
    on letters, and the gap between two numbers. Typographic variants of a sign are one sign (`−`, `×`, `÷`), and
    separators of thousands are nothing. Time is linear in the text's length.
    """
    text = text.lower()
    if not text.isascii():
        text = unicodedata.normalize("NFC", text).translate(_PLAIN)
    text = " ".join((_BULLET.sub("", text) if "\n" in text else text).split())
    if any(character in text for character in "0123456789"):
        text = _TIMES.sub("*", _NAKED_POINT.sub("0.", _THOUSANDS.sub("", text)))
    kept = _KEPT.findall(text.translate(_OPENING).translate(_CLOSING))
    if "(" in kept or ")" in kept:
        kept = _without_idle_brackets(kept)
    return _LOOSE.sub("", " ".join(kept)).replace("**", "^")


def _without_idle_brackets(kept: list[str]) -> list[str]:
    """Brackets that enclose an operation stay; those around a remark, a letter or nothing go."""
    idle = set()
    opened: list[int] = []
    busy: list[bool] = []
    for place, token in enumerate(kept):
        if token == "(":
            opened.append(place)
            busy.append(False)
        elif token == ")":
            if not opened:
                idle.add(place)
            elif busy.pop():
                opened.pop()
                if busy:
                    busy[-1] = True
            else:
                idle |= {place, opened.pop()}
        elif busy and _OPERATOR.match(token):
            busy[-1] = True
    idle.update(opened)
    return [token for place, token in enumerate(kept) if place not in idle]


class _Plain(dict[int, str]):
    """What a character outside ASCII stands for; filled as characters are met."""

    def __missing__(self, code: int) -> str:
        self[code] = found = _plain(chr(code))
        return found


def _plain(character: str) -> str:
    if character.isascii():
        return character
    if character in _SAME:
        return _SAME[character]
    if "！" <= character <= "～":  # full-width forms of ASCII
        return chr(ord(character) - 0xFEE0).lower()
    kind = unicodedata.category(character)
    if kind == "Nd":
        return str(unicodedata.decimal(character))
    if kind == "Sc":
        return character
    if kind == "So":
        return " " if character in _BULLETS or character in _PRINT else character
    is_kept = kind[0] in "LN" or kind == "Sm" or (kind[0] == "M" and not "\ufe00" <= character <= "\ufe0f")
    return character if is_kept else "" if kind == "Cf" or kind[0] == "M" else " "


_PLAIN = _Plain()
