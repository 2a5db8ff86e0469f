"""What a step of a program can do, and how a careless worker would get it wrong.

Each operation is a pair of pure functions: `apply(*inputs)` and `slips(result, inputs)`, the plausible wrong results.
Values are JSON: whole numbers, strings, lists, mappings.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import combinations
from string import ascii_uppercase
from typing import Any

from smallsteps.text.dates import read_date, shift_date, write_date


@dataclass(frozen=True)
class Operation:
    """A pure function, and the wrong results that one slip would give."""

    apply: Callable[..., Any]
    slips: Callable[[Any, Sequence[Any]], list[Any]]


def _numeric_slips(result: int, inputs: Sequence[int]) -> list[int]:
    """Off by one, two or ten, or the wrong operation; never negative."""
    a, b = inputs[0], inputs[-1]
    found = {result - 1, result + 1, result - 2, result + 2, result - 10, result + 10, a + b, abs(a - b)}
    return sorted(value for value in found if value > 1 and value != result)


def _subtract(a: int, b: int) -> int:
    if b > a:
        raise ValueError(f"{a} - {b} is negative")
    return a - b


def _divide(a: int, b: int) -> int:
    if a % b:
        raise ValueError(f"{a} / {b} is no whole number")
    return a // b


def _last_letter(word: str) -> str:
    return word[-1]


def _other_letters(result: str, inputs: Sequence[str]) -> list[str]:
    return sorted(set(inputs[0].lower()) - {result.lower()})


def _join(*parts: str) -> str:
    return "".join(parts)


def _misjoined(result: str, inputs: Sequence[str]) -> list[str]:
    """A letter left out, or two neighbours changed over."""
    dropped = {result[:i] + result[i + 1 :] for i in range(len(result)) if len(result) > 1}
    swapped = {result[:i] + result[i + 1] + result[i] + result[i + 2 :] for i in range(len(result) - 1)}
    return sorted((dropped | swapped) - {result})


def _reverse(side: str) -> str:
    return {"heads up": "tails up", "tails up": "heads up"}[side]


def _turned(result: str, inputs: Sequence[str]) -> list[str]:
    return [_reverse(result)]


def _equals(a: str, b: str) -> str:
    return "yes" if a == b else "no"


def _swap(held: Mapping[str, str], a: str, b: str) -> dict[str, str]:
    return {**held, a: held[b], b: held[a]}


def _misswapped(result: Mapping[str, str], inputs: Sequence[Any]) -> list[dict[str, str]]:
    """The swap forgotten, or made between another pair."""
    held = dict(inputs[0])
    return [held, *(_swap(held, a, b) for a, b in combinations(held, 2) if _swap(held, a, b) != result)]


def _item(held: Mapping[str, str], who: str) -> str:
    return held[who]


def _other_items(result: str, inputs: Sequence[Any]) -> list[str]:
    return [value for value in inputs[0].values() if value != result]


def _letter(choices: Sequence[str], value: str) -> str:
    return ascii_uppercase[list(choices).index(value)]


def _shift_date(day: str, amount: int, unit: str) -> str:
    return write_date(shift_date(read_date(day), amount, unit))


def _misshifted(result: str, inputs: Sequence[Any]) -> list[str]:
    """A day too many or too few, or the wrong direction."""
    off = [_shift_date(result, 1, "days"), _shift_date(result, -1, "days")]
    with suppress(ValueError):  # there may be no such day in that direction
        off.append(_shift_date(inputs[0], -inputs[1], inputs[2]))
    return [day for day in off if day != result]


def _uptake(value: float, grades: Sequence[str], bounds: Sequence[float]) -> str:
    """The grade of an uptake: as many grades up as bounds are reached."""
    return grades[sum(value >= bound for bound in bounds)]


def _other_grades(result: str, inputs: Sequence[Any]) -> list[str]:
    return [grade for grade in inputs[1] if grade != result]


def _conclude(worst: str, conclusions: Sequence[str], *grades: str) -> str:
    """A conclusion by how many lesions have the worst grade: none, one, several."""
    return conclusions[min(list(grades).count(worst), len(conclusions) - 1)]


def _none(result: Any, inputs: Sequence[Any]) -> list[Any]:
    """Nobody gets this wrong."""
    return []


OPERATIONS: dict[str, Operation] = {
    "add": Operation(lambda *numbers: sum(numbers), _numeric_slips),
    "subtract": Operation(_subtract, _numeric_slips),
    "multiply": Operation(lambda *numbers: math.prod(numbers), _numeric_slips),
    "divide": Operation(_divide, _numeric_slips),
    "last_letter": Operation(_last_letter, _other_letters),
    "join": Operation(_join, _misjoined),
    "keep": Operation(lambda side: side, _turned),
    "reverse": Operation(_reverse, _turned),
    "equals": Operation(_equals, _none),
    "swap": Operation(_swap, _misswapped),
    "item": Operation(_item, _other_items),
    "letter": Operation(_letter, _none),
    "shift_date": Operation(_shift_date, _misshifted),
    "uptake": Operation(_uptake, _other_grades),
    "conclude": Operation(_conclude, _other_grades),
    "compose": Operation(_join, _none),
}
