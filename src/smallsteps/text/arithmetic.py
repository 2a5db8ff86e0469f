"""The arithmetic steps of a rationale, `a + b = c`, found in its text and checked by evaluating them.

Reads + - × x * · ÷ / ^ `of`, parentheses, fractions, percentages, currency signs, thousands commas, units between
(`5 apples + 3 apples = 8 apples`), calculator marks (`<<48/2=24>>`) and simple LaTeX. Exact: numbers are fractions.
When in doubt a step is left out, not called wrong: unknowns (`2x + 3 = 7`), number words, remainders, scales (million).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from smallsteps.text.expression_tokens import Token, tokens
from smallsteps.text.expressions import PERCENT_READINGS, Side, parse_left, parse_right

_MOST_TOKENS = 400
"""What is longer on one side of an equals sign is no step that a person wrote."""
_NO_REMAINDER = frozenset({"remainder", "rem", "r"})
_CENTS = frozenset({"cent", "cents"})
_LOOSE_THOUSANDS = re.compile(r",? \d{3}(?!\d)")
_APPROXIMATELY = frozenset({"≈", "≅", "\\approx"})


@dataclass(frozen=True, slots=True)
class Step:
    """An arithmetic step: `text[start:end]` states that an expression equals something.

    `value` is what the left side is worth (None where it divides by zero), `stated` what the right side is worth.
    """

    start: int
    end: int
    text: str
    value: float | None
    stated: float | None
    right: bool


def arithmetic_steps(text: str) -> list[Step]:
    """Every readable arithmetic step of a text, in order.

    A right side is taken as rounded where it shows decimals or stands behind ≈; `2 + 3 = 5 + 1 = 6`, wrong as an
    equation, is read as people mean it, one step after another.
    """
    found = []
    for part in _parts(tokens(text)):
        signs = [index for index, token in enumerate(part) if token.kind == "equals"]
        for before, index, behind in zip([-1, *signs], signs, [*signs[1:], len(part)], strict=False):
            token = part[index]
            left = parse_left(part[max(before + 1, index - _MOST_TOKENS) : index])
            right = parse_right(part[index + 1 : min(behind + 1, index + 1 + _MOST_TOKENS)])
            if left is not None and right is not None and _readable(left, right, token.text, text):
                found.append(_step(text, left, right, approximate=token.text in _APPROXIMATELY))
    return found


def wrong_steps(text: str) -> list[Step]:
    """The arithmetic steps of a text that are wrong."""
    return [step for step in arithmetic_steps(text) if not step.right]


def _parts(found: Sequence[Token]) -> list[list[Token]]:
    parts: list[list[Token]] = [[]]
    for token in found:
        if token.kind == "break":
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _readable(left: Side, right: Side, sign: str, text: str) -> bool:
    """Whether the two sides make a step at all; much that has an equals sign does not."""
    if left.operators + right.operators == 0 or right.following in _NO_REMAINDER:
        return False
    if _LOOSE_THOUSANDS.match(text, right.end):
        return False
    if left.operators == 0 and (left.following or sign != "="):  # 4 batches = 2 + 2; 1% is equal to $133/7
        return False
    stated = right.value("share")
    if left.fraction and stated is not None and stated >= 1:  # 1/4 = 15: a quarter of something
        return False
    return not (right.following in _CENTS and left.following not in _CENTS)  # $1 / 2 = 50 cents


def _step(text: str, left: Side, right: Side, approximate: bool) -> Step:
    # 2 + 3 = 5 + 1 = 6: what stands first on the right side may be the result.
    for side in right.beginnings():
        for of_left, of_right in product(PERCENT_READINGS, PERCENT_READINGS):
            if _equal(left, side, of_left, of_right, approximate):
                value, stated = left.value(of_left), side.value(of_right)
                return Step(left.start, right.end, text[left.start : right.end], _float(value), _float(stated), True)
    value, stated = left.value("share"), right.value("share")
    return Step(left.start, right.end, text[left.start : right.end], _float(value), _float(stated), False)


def _equal(left: Side, right: Side, of_left: str, of_right: str, approximate: bool) -> bool:
    a, b = left.value(of_left), right.value(of_right)
    if a is None or b is None:
        return False
    if left.operators == 0:  # 16 = 50 / 3: the single number is the rounded one
        left, right, a, b, of_right = right, left, b, a, of_left
    if a == b:
        return True
    unit = right.last_place(of_right)
    if unit is None or (unit >= 1 and not approximate):
        return False
    rounded = abs(a - b) <= unit / 2
    truncated = left.divides and 0 < abs(a) - abs(b) < unit and a * b >= 0
    return rounded or truncated


def _float(value: Fraction | None) -> float | None:
    try:
        return None if value is None else float(value)
    except OverflowError:
        return None
