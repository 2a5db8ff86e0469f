"""Arithmetic expressions as people write them inside sentences: the two sides of an equals sign."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from smallsteps.text.expression_tokens import Token

# What 20 % can mean: a share (a fifth), just twenty, or, behind + and -, a share of what stands before.
PERCENT_READINGS = ("share", "plain", "relative")
_MOST_UNIT_WORDS = 4
_MOST_EXPONENT = 20
_MOST_OPERATORS = 100
_MOST_DEPTH = 12
_NO_UNITS = frozenset(
    {"is", "are", "was", "were", "gives", "makes", "leaves", "means", "so", "then", "and", "because", "if", "which"}
    | {"he", "she", "they", "it", "we"}
)


@dataclass(frozen=True, slots=True)
class Number:
    """A number as written: its worth, whether a percentage, and the worth of its last place (None for a fraction)."""

    worth: Fraction
    percent: bool
    last_place: Fraction | None


Node = Number | tuple[str, "Node", "Node"]


@dataclass(frozen=True, slots=True)
class Side:
    """One side of an equals sign, `[start, end)` in the text; `following` is the word behind its last number."""

    node: Node
    start: int
    end: int
    operators: int
    following: str = ""

    @property
    def divides(self) -> bool:
        """Whether the side holds a division."""
        return _holds(self.node, "/")

    def value(self, reading: str) -> Fraction | None:
        """What the side is worth, with percentages read in one of PERCENT_READINGS; None where it has no worth."""
        return _worth(self.node, reading)

    @property
    def fraction(self) -> bool:
        """Whether the side is nothing but a proper fraction, such as 1/4."""
        worth = self.value("share")
        return self.operators == 1 and self.divides and worth is not None and 0 < worth < 1

    def beginnings(self) -> list[Side]:
        """The side itself and what it begins with: `5 + 1`, then `5`."""
        found, node = [self], self.node
        while isinstance(node, tuple):
            node = node[1]
            found.append(Side(node, self.start, self.end, 0 if isinstance(node, Number) else 1))
        return found

    def last_place(self, reading: str) -> Fraction | None:
        """The worth of the last written place of a single number; None for an expression and for a fraction."""
        if not isinstance(self.node, Number) or self.node.last_place is None:
            return None
        return self.node.last_place / 100 if self.node.percent and reading == "share" else self.node.last_place


def parse_left(found: Sequence[Token]) -> Side | None:
    """The longest expression that ends where `found` ends: the left side of an equals sign. None where unreadable."""
    last = max((i for i, token in enumerate(found) if token.kind == "equals"), default=-1)
    found = found[last + 1 :]
    for begin, token in enumerate(found):
        if token.kind not in ("number", "open") and not _is_sign(found, begin):
            continue
        before = found[begin - 1].kind if begin else "break"
        if before in ("operator", "unknown", "number") and not _is_bullet(found, begin - 1):
            continue
        parser = _Parser(found, begin)
        node = parser.sum()
        if node is not None and parser.at == len(found):
            return Side(node, token.start, found[-1].end, parser.operators, parser.following)
    return None


def parse_right(found: Sequence[Token]) -> Side | None:
    """The longest expression that begins where `found` begins: the right side of an equals sign. None if unreadable."""
    parser = _Parser(found, 0)
    node = parser.sum()
    if node is None:
        return None
    rest = found[parser.at :]
    if rest and rest[0].kind in ("operator", "unknown"):
        dash = rest[0].text == "-" and (len(rest) == 1 or rest[1].kind == "word")
        if not dash:
            return None
    return Side(node, found[0].start, parser.end, parser.operators, parser.following)


def _is_unit(token: Token) -> bool:
    return token.kind == "word" and token.text.lower() not in _NO_UNITS


def _is_sign(found: Sequence[Token], index: int) -> bool:
    """Whether a minus stands directly before a number, with no space as in a bulleted list."""
    following = found[index + 1] if index + 1 < len(found) else None
    return (
        found[index].text == "-" and following is not None and following.kind in ("number", "open") and following.glued
    )


def _is_bullet(found: Sequence[Token], index: int) -> bool:
    """Whether a sign opens a line and stands apart, as in a bulleted list."""
    return index == 0 and found[0].text in ("-", "+", "*") and not found[1].glued


class _Parser:
    """Recursive descent over tokens; a method returns None where the tokens are no expression."""

    def __init__(self, found: Sequence[Token], at: int) -> None:
        self.found, self.at, self.operators = found, at, 0
        self.end, self.following, self.depth = 0, "", 0

    def sum(self) -> Node | None:
        return self._chain(("+", "-"), self.product)

    def product(self) -> Node | None:
        return self._chain(("*", "/"), self.power)

    def power(self) -> Node | None:
        return self._chain(("^",), self.atom)

    def _chain(self, signs: Sequence[str], part: object) -> Node | None:
        assert callable(part), "a grammar rule"
        node: Node | None = part()
        while node is not None and (sign := self._sign(signs)) is not None:
            at, operators, end, following = self.at, self.operators, self.end, self.following
            self.at += 0 if sign == "" else 1
            self.operators += 1
            right: Node | None = self._fraction() if sign == "/" else None
            right = part() if right is None else right
            if right is None:  # a dash, or an unknown: the caller sees what stands here
                self.at, self.operators, self.end, self.following = at, operators, end, following
                break
            if self.operators > _MOST_OPERATORS or (sign == "^" and not _is_small_exponent(right)):
                return None
            node = (sign or "*", node, right)
        return node

    def _fraction(self) -> Node | None:
        """`1/4` behind a division that stands apart: 2 / 1/4 is 8."""
        three = self.found[self.at : self.at + 3]
        if [token.kind for token in three] != ["number", "operator", "number"] or three[1].text != "/":
            return None
        if three[0].glued or not (three[1].glued and three[2].glued):
            return None
        self.at += 3
        self.operators += 1
        over, under = read_number(three[0].text), read_number(three[2].text)
        return self._with_unit(("/", over, under), three[2])

    def _sign(self, signs: Sequence[str]) -> str | None:
        if self.at >= len(self.found):
            return None
        token = self.found[self.at]
        if token.kind == "operator" and token.text in signs:
            return token.text
        # 2(3 + 4) and (2)(3): written without a sign between
        return "" if "*" in signs and token.kind == "open" and token.glued else None

    def atom(self) -> Node | None:
        if self.at >= len(self.found):
            return None
        token = self.found[self.at]
        if _is_sign(self.found, self.at):
            self.at += 1
            inner = self.atom()
            return None if inner is None else _negative(inner)
        if token.kind == "number":
            self.at += 1
            return self._with_unit(read_number(token.text), token)
        if token.kind != "open" or self.depth == _MOST_DEPTH:
            return None
        self.at += 1
        self.depth += 1
        inner = self.sum()
        self.depth -= 1
        if inner is None or self.at >= len(self.found) or self.found[self.at].kind != "close":
            return None
        self.at += 1
        return self._with_unit(inner, self.found[self.at - 1])

    def _with_unit(self, node: Node, last: Token) -> Node | None:
        self.end, self.following = last.end, ""
        words = 0
        while self.at < len(self.found) and words < _MOST_UNIT_WORDS and _is_unit(self.found[self.at]):
            self.following = self.following or self.found[self.at].text.lower()
            self.at, words = self.at + 1, words + 1
        unknown = self.at < len(self.found) and self.found[self.at].kind == "unknown" and words == 0
        return None if unknown else node


def read_number(text: str) -> Number:
    """A number as a token holds it: `$1,200.50`, `20 %`, `3 1/2`, `\\frac{1}{2}`."""
    percent = "%" in text or "percent" in text
    plain = re.sub(r"[^\d./{} ]", "", text).strip(" ")
    if "{" in plain:
        over, under = re.findall(r"\d+", plain)
        return Number(_divided(int(over), int(under)), percent, None)
    if "/" in plain:
        whole, over, under = re.findall(r"\d+", plain)
        return Number(int(whole) + _divided(int(over), int(under)), percent, None)
    places = len(plain.partition(".")[2])
    return Number(Fraction("0" + plain if plain.startswith(".") else plain), percent, Fraction(1, 10**places))


def _divided(over: int, under: int) -> Fraction:
    return Fraction(over, under) if under else Fraction(0)


def _negative(node: Node) -> Node:
    if isinstance(node, Number):
        return Number(-node.worth, node.percent, node.last_place)
    return ("*", Number(Fraction(-1), False, None), node)


def _is_small_exponent(node: Node) -> bool:
    return isinstance(node, Number) and node.worth.denominator == 1 and 0 <= node.worth <= _MOST_EXPONENT


def _holds(node: Node, sign: str) -> bool:
    return isinstance(node, tuple) and (node[0] == sign or _holds(node[1], sign) or _holds(node[2], sign))


def _worth(node: Node, reading: str) -> Fraction | None:
    if isinstance(node, Number):
        return node.worth / 100 if node.percent and reading != "plain" else node.worth
    sign, left, right = node
    a, b = _worth(left, reading), _worth(right, reading)
    if a is None or b is None:
        return None
    if reading == "relative" and sign in "+-" and isinstance(right, Number) and right.percent:
        b = a * b
    if sign == "^":
        return a ** int(b) if abs(a) < 10**9 else None
    if sign == "/":
        return a / b if b else None
    return a + b if sign == "+" else a - b if sign == "-" else a * b
