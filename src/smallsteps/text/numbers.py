"""Numbers in text, each read whole or not at all: `1.234,50`, `12'500`, `1,00,000`, `2.5 million`, `minus 5`, `2^5`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import MAX_EMAX, MIN_EMIN, Decimal, InvalidOperation, Overflow, localcontext
from fractions import Fraction

from smallsteps.text.mentions import Mention
from smallsteps.text.plain import plain

TOLERANCE = Decimal("1e-6")
"""Two numbers are the same answer when they lie this close together (absolute)."""

_DECIMALS = 12
_LONGEST = 30
_MOST_POWER = 400
_CURRENCY = r"\\?[$€£¥₹]"
_SCALES = {
    "hundred": 2, "thousand": 3, "k": 3, "million": 6, "m": 6, "mn": 6, "billion": 9, "b": 9, "bn": 9, "trillion": 12,
    "lakh": 5, "lakhs": 5, "crore": 7, "crores": 7,
}  # fmt: skip
_NUMBER = re.compile(
    rf"""
    (?P<skip> (?<![A-Za-z0-9]) (?: (?!(?:[1-9][0-9]{{0,2}}(?:\.[0-9]{{3}}){{2,}}(?:,[0-9]+)?(?![0-9./])))
                                   [0-9]+(?:[/.][0-9]+){{2,}}           # dates, versions; not 1.234.567
                                 | [0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}  # ISO dates
                                 | [0-9]+:[0-9]+                   # times, ratios
                                 | [0-9]+(?:st|nd|rd|th)\b ) )     # ordinals
  | (?P<root> (?: (?<![A-Za-z0-9.,]) [0-9.,]{{1,20}}\s?)? 
      (?: \\sqrt\s*(?:\[[0-9]\])? | √ | \bsqrt\s?(?=[({{])) [{{(]?\s*[0-9.]* )
  | (?P<word> \b(?:[Mm]inus|[Nn]egative)\s )?
    (?P<sign> (?<![A-Za-z0-9)\]}}]) [-–]\s?(?=[0-9.$€£¥₹\\])(?<![-–]\s) )? (?P<money> {_CURRENCY}\s?)?
    (?P<inner> (?<=[$€£¥₹]) [-–])?
    (?<![A-Za-z0-9]) (?<![0-9]\.) (?<!\^) (?<!\^\{{) (?<![A-Za-z]_) (?<!_\{{)
    (?: (?:(?P<whole>[0-9]+)[ ]{{1,3}})? (?P<top>[0-9]+)/(?P<bottom>[0-9]+) (?![0-9/])
      | (?: (?P<european> [0-9]{{1,3}}(?:\.[0-9]{{3}})+,[0-9]{{1,6}} | [1-9][0-9]{{0,2}}(?:\.[0-9]{{3}}){{2,}} )
            (?![0-9]|[.,][0-9])
          | (?P<comma> [0-9]+,[0-9]{{1,2}} | 0,[0-9]+ ) (?![0-9]|,[0-9]) (?<![0-9],)
          | (?P<digits> (?: [0-9]{{1,3}}(?:,[0-9]{{3}})+(?![0-9])
                          | [0-9]{{1,2}}(?:,[0-9]{{2}})+,[0-9]{{3}}(?![0-9])
                          | [0-9]{{1,3}}(?:'[0-9]{{3}})+(?![0-9])
                          | (?<![0-9][ ])[1-9][0-9]{{0,2}}(?:[ \u202f][0-9]{{3}})+(?![0-9]|[-/:]|[ ][0-9])
                          | [0-9]+ ) (?:\.[0-9]+)? | \.[0-9]+ ) )
        (?: [eE](?P<power>[+-]?[0-9]{{1,2}})(?![0-9A-Za-z])
          | \s?(?:×|\*|x|\\times|\\cdot)\s?10\s?\^\s?\{{?(?P<tens>-?[0-9]{{1,2}})\}}?
          | \s?\^\s?(?:\{{\s?(?P<braced>-?[0-9]{{1,3}})\s?\}}|(?P<raised>-?[0-9]{{1,3}}))
          | (?P<odd> \s?\^\s?(?=[\\{{(A-Za-z]))
          | (?P<scale> (?:[ ]|[ ]?\\text\{{\s?)(?i:hundred|thousand|million|billion|trillion|lakhs?|crores?)\b
                     | (?:(?<=[0-9])(?i:k)|(?<=[0-9])(?:M|B|mn|bn))(?![A-Za-z0-9]) ) )? )
    (?P<surd> \s?(?:\\sqrt|√|\\pi\b|π) )?
    """,
    re.VERBOSE,
)
_SIGNED_BEFORE = re.compile(
    r"(?:^|[=:(,;]|\b(?:is|are|be|was|of|to|at|equals|by|gives|about|got|get))\s*$", re.IGNORECASE
)


def numbers(text: str) -> list[str]:
    """The numbers of a text: `$1,200.50` is `1200.5`, `1/2` is `0.5`, `25%` is `25`; a date or a time is none."""
    return [mention.value for mention in number_mentions(plain(text)) if mention.value is not None]


def number_mentions(text: str) -> list[Mention]:
    """The numbers of a `plain` text and where they stand; one that cannot be read whole (`3√2`) has no value."""
    found: list[Mention] = []
    for match in _NUMBER.finditer(text):
        if match["skip"]:
            continue
        if match["root"] or match["surd"] or match["odd"]:
            if match["root"] is None or any(map(str.isdigit, match["root"])):
                found.append(Mention(None, match.start(), match.end()))
            continue
        negative = _is_negative(match)
        start = match.start() if negative else _unsigned_start(match)
        for value, end in _values(match, "-" if negative else ""):
            found.append(Mention(canonical_number(value), start, end))
            start = end
    return found


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


def _is_negative(found: re.Match[str]) -> bool:
    before = found.string[max(0, found.start() - 24) : found.start()]
    if found["word"]:
        return found["word"][0] in "Nn" or bool(_SIGNED_BEFORE.search(before))
    if not found["sign"]:
        return found["inner"] is not None
    last = before.rstrip()[-1:]
    if found["sign"][-1:].isspace():  # "- 5" opens a line of a list, or takes 5 away
        return False
    return not (last.isdigit() or last in (")", "%"))  # "16 -3" takes 3 away


def _unsigned_start(found: re.Match[str]) -> int:
    """Where a number begins behind a sign or a word that is an operator: `20 minus 17`."""
    return max(found.start(), found.end("word"), found.end("sign"))


def _values(found: re.Match[str], sign: str) -> Iterator[tuple[Decimal | Fraction, int]]:
    """What a match is worth, and where each number ends: `4 12/3` is two numbers, `1 1/2` is one."""
    digits = _digits(found)
    if digits:
        yield from _scaled(found, sign, digits)
        return
    whole, top, bottom = found["whole"], found["top"], found["bottom"]
    if max(map(len, (whole or "", top, bottom))) > _LONGEST or int(bottom) == 0:
        return
    if whole and int(top) >= int(bottom):
        yield Decimal(sign + whole), found.end("whole")
        whole, sign = None, ""
    yield (-1 if sign else 1) * (int(whole or 0) + Fraction(int(top), int(bottom))), found.end()


def _digits(found: re.Match[str]) -> str | None:
    """The digits of a match with a point before its decimals, whatever the locale."""
    if found["european"]:
        return str(found["european"].replace(".", "").replace(",", "."))
    if found["comma"]:
        return str(found["comma"].replace(",", "."))
    return None if found["digits"] is None else re.sub(r"[,' \u202f]", "", found["digits"])


def _scaled(found: re.Match[str], sign: str, digits: str) -> Iterator[tuple[Decimal | Fraction, int]]:
    power = found["power"] or found["tens"] or "0"
    raised = found["braced"] or found["raised"]
    scale = (found["scale"] or "").replace("\\text{", "").strip().lower()
    if raised is not None:
        if len(digits) * abs(int(raised)) <= _MOST_POWER and (float(digits) or int(raised) >= 0):
            yield (-1 if sign else 1) * Fraction(digits) ** int(raised), found.end()
        return
    if scale in ("m", "b", "mn", "bn") and not found["money"]:
        scale = ""
    yield Decimal(f"{sign}{digits}e{int(power) + _SCALES.get(scale, 0)}"), found.end()
