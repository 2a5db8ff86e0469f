"""Numbers that make up an expression, read as the one number that it comes to: `9 - 4 = 5` is 5, `(84 / 2)` is 42."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from smallsteps.text.expression_tokens import tokens
from smallsteps.text.expressions import parse_right
from smallsteps.text.mentions import Mention
from smallsteps.text.numbers import canonical_number

_UNITS = r"(?:\s?(?:%|°|[^\W\d_]+(?:['’-][^\W\d_]+)*)){0,4}?"
_EQUALS = re.compile(
    rf"{_UNITS}[)\]}}]*\s*(?:=|≈|\\approx\b|\bequals\b|\bis equal to\b)\s*(?:\\?[$€£(\[{{]|[^\W\d_]+\s?){{0,3}}\s*",
)
_OPERATOR = re.compile(
    rf"{_UNITS}[)\]}}]*[ ]*(?P<sign>[-+*/×÷·−–^]|\\times\b|\\cdot\b|\\div\b|\bx\b|\b(?:plus|minus|times|divided by|"
    rf"multiplied by)\b)"
    r"[ ]*[(\[{$€£\\]*[ ]*"
)
_SHARE = re.compile(r"\s?(?:%|percent)\s+of\s+(?:the\s+)?[$€£\\]{0,2}")
_FOLLOWED = re.compile(r"[)\]}]*\s*")
_MOST_GAP = 60


def whole_expressions(text: str, mentions: Sequence[Mention]) -> list[Mention]:
    """The mentions with each expression as one mention: worth what stands behind its last equals sign.

    An expression without an equals sign is worked out; a range (`5-9`) and what cannot be worked out has no value.
    """
    found: list[Mention] = []
    chain: list[Mention] = []
    signs: list[str] = []
    for mention in mentions:
        sign = _sign(text[chain[-1].end : mention.start]) if chain else None
        if chain and sign is None:
            found.append(_worth(text, chain, signs))
            chain, signs = [], []
        elif sign is not None:
            signs.append(sign)
        chain.append(mention)
    return [*found, _worth(text, chain, signs)] if chain else found


def _sign(gap: str) -> str | None:
    """The sign between two numbers of an expression: `=`, or an operator as it stands there."""
    if len(gap) > _MOST_GAP:
        return None
    if _EQUALS.fullmatch(gap):
        return "="
    if _SHARE.fullmatch(gap):
        return "of"
    found = _OPERATOR.fullmatch(gap)
    if found is None:
        return None
    is_tight = not (gap[: found.start("sign")].endswith(" ") or gap[found.end("sign") :].startswith(" "))
    return "range" if found["sign"] in "-–" and is_tight else found["sign"]


def _worth(text: str, chain: Sequence[Mention], signs: Sequence[str]) -> Mention:
    if len(chain) == 1:
        return chain[0]
    start, end = chain[0].start, chain[-1].end
    cuts = [place for place, sign in enumerate(signs) if sign == "="]
    if cuts:
        last = chain[cuts[-1] + 1 :]
        if len(last) == 1:
            return Mention(last[0].value, start, end)
        if cuts[0] == 0:  # 5 = 9 - 4
            return Mention(chain[0].value, start, end)
        start = last[0].start
    elif "range" in signs or (set(signs) <= {"-", "–"} and _ascends(chain)):
        return Mention(None, start, end)
    opening = start
    while opening and text[opening - 1] in "($[ " and start - opening < 8:
        opening -= 1
    closing = _FOLLOWED.match(text, end)
    expression = text[opening : closing.end() if closing else end].strip().strip("[]")
    side = parse_right(tokens(_balanced(expression)))
    worth = side.value("share") if side is not None and side.operators else None
    return Mention(None if worth is None else canonical_number(worth), chain[0].start, end)


def _ascends(chain: Sequence[Mention]) -> bool:
    values = [Decimal(mention.value) for mention in chain if mention.value is not None]
    return len(values) == len(chain) and values == sorted(values)


def _balanced(expression: str) -> str:
    """An expression without the brackets at its ends that have no partner: `84 / 2)`."""
    excess = expression.count(")") - expression.count("(")
    while excess > 0 and expression.endswith(")"):
        expression, excess = expression[:-1].rstrip(), excess - 1
    while excess < 0 and expression.startswith("("):
        expression, excess = expression[1:].lstrip(), excess + 1
    return expression
