"""Text in plain ASCII: full-width characters, typographic signs and the LaTeX that answers are written in."""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction

_WIDE = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}  # full-width forms of ASCII
_PLAIN = str.maketrans(
    _WIDE | {"−": "-", "⁄": "/", "’": "'", "。": ". ", "\u00a0": " ", "\u2009": "\u202f", "\u2007": "\u202f"}
)
_THIN = re.compile(r"(?<=[0-9])(?:\u202f|\\[,;: ]|~)(?=[0-9]{3}(?![0-9]))|(?<=[0-9])\{,\}(?=[0-9])")
_VULGAR = re.compile("([¼½¾⅐-⅞])")
_SUPERSCRIPT = re.compile("(?<=[0-9])([⁰¹²³⁴-⁹]{1,3})")
_NUMERAL = r"\s*(-?)\s*([0-9][0-9,]*(?:\.[0-9]+)?|\.[0-9]+)\s*"
_FRACTION = re.compile(rf"\\[dtc]?frac\s*(?:\{{{_NUMERAL}\}}\s*\{{{_NUMERAL}\}}|([0-9])\s*([0-9]))")
_WRAPPER = re.compile(
    r"\\(?:boxed|fbox|text(?:bf|it|rm|sf|tt)?|math(?:bf|rm|it|sf|tt)|mbox|operatorname|emph|underline)\s*\{([^{}]*)\}"
)
_DEGREES = re.compile(r"\^\s*(?:\\circ\b|\{\s*\\circ\s*\})")
_SPACING = re.compile(r"\\(?:left|right|displaystyle|quad|qquad)\b|\\!|(?<!\\)\\[()\[\]]")
_MOST_NESTED = 4


def plain(text: str) -> str:
    """`text` with full-width characters, digit groups, fractions and wrappers of LaTeX written in ASCII."""
    if not text.isascii():
        text = _VULGAR.sub(lambda found: _gap(found) + unicodedata.normalize("NFKC", found[1]), text)
        text = _SUPERSCRIPT.sub(lambda found: "^" + unicodedata.normalize("NFKC", found[1]), text)
        text = text.translate(_PLAIN)
    if "\\" in text:
        text = _plain_latex(text)
    return _THIN.sub(",", text)


def _plain_latex(text: str) -> str:
    text = text.replace("\\%", "%").replace("\\!", "")
    text = _FRACTION.sub(_fraction, _DEGREES.sub("°", text))
    for _ in range(_MOST_NESTED):
        text, count = _WRAPPER.subn(r"\1", text)
        if not count:
            break
    return text


def plain_stretch(text: str) -> str:
    """`plain` text without the marks of emphasis and of formulas, for reading what stands beside a candidate."""
    text = _SPACING.sub(" ", plain(text))
    text = re.sub(r"(?<=[0-9])\*\*(?=[0-9(])", "^", text)
    return text.replace("**", "").replace("__", "").replace("`", "")


def _fraction(found: re.Match[str]) -> str:
    if found[5] is not None:
        return f"{_gap(found)}{found[5]}/{found[6]}"
    negative = (found[1] == "-") != (found[3] == "-")
    top, bottom = found[2].replace(",", ""), found[4].replace(",", "")
    sign = "-" if negative else ""
    if top.isdigit() and bottom.isdigit():
        return f"{_gap(found)}{sign}{top}/{bottom}"
    if len(top) + len(bottom) > 60 or not Fraction(bottom):
        return found[0]
    share = Fraction(top) / Fraction(bottom)
    return f"{_gap(found)}{sign}{share.numerator}/{share.denominator}"


def _gap(found: re.Match[str]) -> str:
    """A space where a digit stands before a fraction: `1½` is `1 1/2`."""
    return " " if found.string[max(0, found.start() - 1) : found.start()].isdigit() else ""
