"""Reading answers from text: every stretch that could be an answer of a kind, in order, in its canonical form.

Kinds: numbers, choice letters, yes/no, letter strings, dates. Each reader is a pure function from text to a list, so
that a mended reading costs seconds and no model. Canonical forms read back as themselves.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from decimal import MAX_EMAX, MIN_EMIN, Decimal, InvalidOperation, Overflow, localcontext
from fractions import Fraction

TOLERANCE = Decimal("1e-6")
"""Two numbers are the same answer when they lie this close together (absolute)."""

_DECIMALS = 12
_WIDE = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}  # full-width forms of ASCII
_PLAIN = str.maketrans(_WIDE | {"−": "-", "⁄": "/", "’": "'", "。": ". ", "\u00a0": " "})
_THIN = re.compile(r"(?<=[0-9])[\u2009\u202f](?=[0-9]{3})|(?<=[0-9])\{,\}(?=[0-9])|(?<=[0-9])\\,(?=[0-9]{3})")
_VULGAR = re.compile("([¼½¾⅐-⅞])")
_LATEX_FRACTION = re.compile(r"\\[dt]?frac\s*\{\s*([0-9,]+)\s*\}\s*\{\s*([0-9]+)\s*\}")
_LATEX_WRAPPER = re.compile(r"\\(?:boxed|fbox|text|textbf|mathbf|mathrm)\s*\{([^{}]*)\}")
_CURRENCY = r"\\?[$€£¥₹]"
_NUMBER = re.compile(
    rf"""
    (?P<skip> (?<![A-Za-z0-9]) (?: [0-9]+(?:[/.][0-9]+){{2,}}      # dates, versions
                                 | [0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}  # ISO dates
                                 | [0-9]+:[0-9]+                   # times, ratios
                                 | [0-9]+(?:st|nd|rd|th)\b ) )     # ordinals
  | (?P<sign> (?<![A-Za-z0-9)\]}}]) [-–])? (?:{_CURRENCY}\s?)? (?P<inner> (?<=[$€£¥₹]) [-–])?
    (?<![A-Za-z0-9]) (?<![0-9]\.)
    (?: (?:(?P<whole>[0-9]+)[ ]+)? (?P<top>[0-9]+)/(?P<bottom>[0-9]+) (?![0-9/])
      | (?P<digits> (?: [0-9]{{1,3}}(?:,[0-9]{{3}})+(?![0-9]) | [0-9]+ ) (?:\.[0-9]+)? | \.[0-9]+ )
        (?: [eE](?P<power>[+-]?[0-9]{{1,2}})(?![0-9A-Za-z])
          | \s*(?:×|\*|x|\\times|\\cdot)\s*10\s*\^\s*\{{?(?P<tens>-?[0-9]{{1,2}})\}}? )? )
    """,
    re.VERBOSE,
)


def plain(text: str) -> str:
    """`text` with full-width characters, LaTeX digit groups and fractions written in ASCII."""
    text = _VULGAR.sub(lambda found: _gap(found) + unicodedata.normalize("NFKC", found[1]), text)
    text = _THIN.sub(",", text.translate(_PLAIN)).replace("\\%", "%")
    text = _LATEX_FRACTION.sub(lambda found: f"{_gap(found)}{found[1].replace(',', '')}/{found[2]}", text)
    return _LATEX_WRAPPER.sub(r"\1", text)


def _gap(found: re.Match[str]) -> str:
    """A space where a digit stands before a fraction: `1½` is `1 1/2`."""
    return " " if found.string[: found.start()][-1:].isdigit() else ""


def numbers(text: str) -> list[str]:
    """The numbers of a text: `$1,200.50` is `1200.5`, `1/2` is `0.5`, `25%` is `25`; a date or a time is none."""
    return [canonical_number(value) for value in _numbers(plain(text))]


def same_number(a: str, b: str) -> bool:
    """Whether two canonical numbers lie within 1e-6 of each other; what is no finite number is the same as itself."""
    try:
        first, second = Decimal(a), Decimal(b)
    except InvalidOperation:
        return a == b
    if not (first.is_finite() and second.is_finite()):
        return a == b
    with localcontext() as context:
        context.prec = max(len(a), len(b)) + _DECIMALS
        context.Emax, context.Emin, context.traps[Overflow] = MAX_EMAX, MIN_EMIN, False
        return abs(first - second) <= TOLERANCE


def canonical_number(value: Decimal | Fraction) -> str:
    """A number in plain digits, at most twelve of them after the point: `29`, `0.5`, `-3`."""
    if isinstance(value, Fraction):
        with localcontext() as context:
            context.prec = len(str(value.numerator)) + 2 * _DECIMALS
            value = Decimal(value.numerator) / Decimal(value.denominator)
    exponent = value.as_tuple().exponent
    text = format(value, f".{_DECIMALS}f" if isinstance(exponent, int) and -exponent > _DECIMALS else "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def _numbers(text: str) -> Iterator[Decimal | Fraction]:
    for found in _NUMBER.finditer(text):
        if not found["skip"]:
            yield from _values(found, "-" if _is_negative(found) else "")


def _is_negative(found: re.Match[str]) -> bool:
    if not found["sign"]:
        return found["inner"] is not None
    before = found.string[: found.start()].rstrip()[-1:]
    return not (before.isdigit() or before == ")")  # "16 -3" takes 3 away


def _values(found: re.Match[str], sign: str) -> Iterator[Decimal | Fraction]:
    if found["digits"]:
        power = found["power"] or found["tens"] or "0"
        yield Decimal(f"{sign}{found['digits'].replace(',', '')}e{power}")
        return
    whole, top, bottom = found["whole"], found["top"], found["bottom"]
    if max(map(len, (whole or "", top, bottom))) > 30 or int(bottom) == 0:
        return
    if whole and int(top) >= int(bottom):  # "4 12/3" is two numbers, "1 1/2" is one
        yield Decimal(sign + whole)
        whole, sign = None, ""
    yield (-1 if sign else 1) * (int(whole or 0) + Fraction(int(top), int(bottom)))


_LETTER = re.compile(
    r"""[(\[]\s*(?P<closed>[A-Za-z])\s*[)\]]                                # (B), [b]
      | (?<![\w.'-]) (?P<capital>[A-Z]) (?![\w'-])                          # B, B), B.
      | (?:^|(?<=[\s:])) (?P<small>[a-z]) (?=\)|\.\s*$|\s*$)              # b) or all by itself at the end
    """,
    re.VERBOSE,
)
_NOT_AN_ARTICLE = re.compile(r"\s*(?:$|[^\w\s]|(?:is|are|because|since|as|and|or)\b|\n)")


def letters(text: str, allowed: str) -> list[str]:
    """The choice letters of a text among `allowed` (`ABCDE`): `(B)`, `B.`, `b)`; not the article `A`, not `I think`."""
    found = (_letter(match) for match in _LETTER.finditer(plain(text).replace("_", " ")))
    return [letter for letter in found if letter and letter in allowed]


def _letter(found: re.Match[str]) -> str | None:
    bare = found["capital"] or (found["small"] if found.string[found.end() :].lstrip()[:1] != ")" else None)
    if bare in ("A", "I") and not _NOT_AN_ARTICLE.match(found.string, found.end()):
        return None
    if found["small"] and bare and found.string[: found.start()].strip():
        return None  # a small letter without a bracket counts only where it is the whole text
    return (found["closed"] or found["capital"] or found["small"]).upper()


_YES_NO = re.compile(r"(?<![\w-])(yes|no)(?![\w-]|'\w)", re.IGNORECASE)
_CLAUSE_OPENERS = "because|since|as|and|or|but|it|he|she|they|the|this|that|there|you|we|i"
_DETERMINER = re.compile(rf"\.?\s*[0-9]|[ ]+(?!(?:{_CLAUSE_OPENERS})\b)[a-z]", re.IGNORECASE)


def yes_no(text: str) -> list[str]:
    """The plain answers `yes` and `no` of a text; not `no` before a noun (`no one`, `no evidence`), not `No. 5`."""
    text = plain(text).replace("_", " ")
    found = _YES_NO.finditer(text)
    return [m[1].lower() for m in found if m[1].lower() == "yes" or not _DETERMINER.match(text, m.end())]


_SPELLED = re.compile(r"(?<![^\W_])[^\W\d_](?:(?P<gap>[\s,.;-]{1,2}|\s?-\s?)[^\W\d_])(?:(?P=gap)[^\W\d_])*(?![^\W_])")
_QUOTED = re.compile(r"(?<![^\W_])[\"“‘'`*{]+([^\W\d_]{2,}|[^\W\d_]+(?:[ '][^\W\d_]+)+)[.,]?[\"”’'`*}]+(?![^\W_])")
_WORD = re.compile(r"(?<![\w'])[^\W\d_]+(?![\w]|'\w)")


def strings(text: str) -> list[str]:
    """The letters-only strings of a text, in lower case; where longer ones stand in quotes or bold, only those.

    A string spelled out (`a-n-a-o`, `a n a o`) is one string.
    """
    text = plain(text).translate({ord("_"): " "})
    text = _SPELLED.sub(lambda found: "".join(filter(str.isalpha, found[0])), text)
    quoted = [_joined(m[1]) for m in _QUOTED.finditer(text)]
    return [word.lower() for word in [word for word in quoted if word] or _WORD.findall(text)]


def _joined(quoted: str) -> str:
    """A quoted string without the gaps that slip in between letters (`aao y`); nothing for a phrase of words."""
    parts = re.split("[ ']", quoted)
    return "".join(parts) if len(parts) == 1 or min(map(len, parts)) == 1 else ""


_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
           "december")  # fmt: skip
_MONTH = "(" + "|".join(f"{month[:3]}(?:{month[3:]})?" for month in _MONTHS).replace("sep(", "sept?(") + r")\.?"
_DATE = re.compile(
    rf"""(?<![0-9/.-]) (?:
        (?P<m>[0-9]{{1,2}}) (?P<by>[/-]) (?P<d>[0-9]{{1,2}}) (?P=by) (?P<y>[0-9]{{4}})
      | (?P<iso>[0-9]{{4}})-(?P<iso_m>[0-9]{{2}})-(?P<iso_d>[0-9]{{2}}) ) (?! [0-9/-] | \.[0-9])
      | \b(?P<name>{_MONTH})\s+(?P<name_d>[0-9]{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<name_y>[0-9]{{4}})(?![0-9])
      | (?<![0-9])(?P<first_d>[0-9]{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<then>{_MONTH}),?\s+
        (?P<then_y>[0-9]{{4}})(?![0-9])
    """,
    re.VERBOSE | re.IGNORECASE,
)


def dates(text: str) -> list[str]:
    """The dates of a text as `MM/DD/YYYY`; day and month the American way, impossible days are none."""
    found = (_date(match) for match in _DATE.finditer(plain(text).replace("**", "")))
    return [f"{day:%m/%d/}{day.year:04d}" for day in found if day]


def _date(found: re.Match[str]) -> date | None:
    month = found["m"] or found["iso_m"] or _month_number(found["name"] or found["then"])
    day = found["d"] or found["iso_d"] or found["name_d"] or found["first_d"]
    year = found["y"] or found["iso"] or found["name_y"] or found["then_y"]
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _month_number(name: str) -> int:
    return next(i for i, month in enumerate(_MONTHS, start=1) if month.startswith(name.lower()[:3]))


def same_text(a: str, b: str) -> bool:
    """Whether two canonical answers are the same letters, whatever their case."""
    return a.casefold() == b.casefold()
