"""A claim that a study must support, for continuous integration: `cot > answer_only`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from smallsteps.errors import OptionError, UnknownNameError
from smallsteps.stats.comparison import Comparison, Level

_CLAIM = re.compile(r"\s*([^<>=\s](?:[^<>=]*[^<>=\s])?)\s*([<>])\s*([^<>=\s](?:[^<>=]*[^<>=\s])?)\s*")


@dataclass(frozen=True, slots=True)
class Claim:
    """The claim that method `better` beats method `worse`."""

    better: str
    worse: str

    def __str__(self) -> str:
        return f"{self.better} > {self.worse}"


@dataclass(frozen=True, slots=True)
class GateResult:
    """Whether a claim holds, and a sentence for each comparison that supports or contradicts it."""

    holds: bool
    sentences: tuple[str, ...]


def parse_gate(text: str) -> Claim:
    """The claim that a text such as `cot > answer_only` makes; `<` is read from right to left.

    Raises OptionError for anything else, and for a method against itself.
    """
    match = _CLAIM.fullmatch(text)
    if match is None:
        raise OptionError(
            f"--gate '{text}' is no claim; expected two methods with > between them, such as 'cot > answer_only'"
        )
    left, relation, right = match.groups()
    if left == right:
        raise OptionError(f"--gate '{text}' compares '{left}' with itself; name two methods")
    return Claim(left, right) if relation == ">" else Claim(right, left)


def gate_holds(claim: Claim, comparisons: Sequence[Comparison], level: Level = "methods") -> GateResult:
    """Whether the comparisons prove a claim at a level: `methods`, or `students` for these trained students only.

    It holds where every comparison of the two methods (each task, student and, at level `students`, seed) finds
    `better` better after the correction; a tie and a comparison that cannot decide both count as not holding. Raises
    UnknownNameError for a method of no comparison and OptionError for two methods never compared with each other.
    """
    known = {method for one in comparisons for method in one.methods}
    for name in (claim.better, claim.worse):
        if name not in known:
            raise UnknownNameError("method", name, known, where=f"--gate '{claim}'")
    wanted = {claim.better, claim.worse}
    found = [one for one in comparisons if one.level == level and set(one.methods) == wanted]
    if not found:
        raise OptionError(
            f"--gate '{claim}': not compared with each other at level '{level}'; make '{claim.worse}' the baseline "
            "or compare all pairs"
        )
    good = [one.verdict == ("better" if one.methods[0] == claim.better else "worse") for one in found]
    return GateResult(all(good), tuple(one.sentence for one in found))
