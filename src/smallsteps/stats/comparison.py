"""The result of a comparison, as numbers and as a sentence. Claims about students and about methods never mix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from smallsteps.stats.intervals import Interval

Level = Literal["students", "methods"]
Verdict = Literal["better", "worse", "tie", "undecidable"]
Unit = Literal["share", "score"]

VERDICT_WORDS: dict[Verdict, str] = {
    "better": "better", "worse": "worse", "tie": "not significant", "undecidable": "not tested",
}  # fmt: skip
"""The verdicts as tables show them."""


@dataclass(frozen=True)
class Comparison:
    """`a` against `b`: two arms (level `students`: these trained students) or two methods (level `methods`).

    `difference` is a minus b, as a share (0.05 is 5 points) or in the score's own unit. `interval` holds for this
    comparison alone; `p_holm` is corrected for all comparisons of the level, and `verdict` follows it. `n_needed` is
    how many questions (students) or paired seeds (methods) *in all* would resolve a tie with a chance of 80 %, if the
    observed difference were the true one; None where it is resolved or no number would do. `interval`, `p` and `p_holm`
    are None where nothing can be tested, and `reason` says why. `n` questions and `seeds` were compared, `unpaired`
    seeds were left out.
    """

    a: str
    b: str
    level: Level
    difference: float
    interval: Interval | None
    p: float | None
    task: str
    student: str
    methods: tuple[str, str]
    n: int
    seeds: tuple[int, ...]
    unit: Unit
    test: str
    p_holm: float | None = None
    n_needed: int | None = None
    verdict: Verdict = "undecidable"
    unpaired: tuple[int, ...] = ()
    reason: str = ""
    sentence: str = ""


def sentence(found: Comparison, confidence: float) -> str:
    """A comparison in a sentence, and a second one where seeds were left out."""
    facts = ", ".join(filter(None, (_counts(found), _interval(found, confidence), _tested(found))))
    text = f"{_start(found)} ({facts}): {_conclusion(found, confidence)}."
    if found.unpaired:
        text += f" Unpaired seeds left out: {', '.join(map(str, found.unpaired))}."
    return text


def _start(found: Comparison) -> str:
    if found.difference == 0:
        return f"{found.a} and {found.b} have the same {'accuracy' if found.unit == 'share' else 'score'}"
    size = f"{_number(abs(found.difference), found)}{' points' if found.unit == 'share' else ''}"
    above = found.difference > 0
    if found.verdict in ("better", "worse"):
        return f"{found.a} {'beats' if above else 'trails'} {found.b} by {size}"
    return f"{found.a} scores {size} {'above' if above else 'below'} {found.b}"


def _counts(found: Comparison) -> str:
    questions = _count(found.n, "question")
    if found.level == "students":
        return questions
    seeds = {0: "no common seed", 1: "one seed"}.get(len(found.seeds), f"{len(found.seeds)} paired seeds")
    return f"{questions}, {seeds}"


def _interval(found: Comparison, confidence: float) -> str:
    if found.interval is None:
        return ""
    low, high = (_number(end, found) for end in found.interval)
    return f"{100 * confidence:g} % interval {low} to {high}"


def _tested(found: Comparison) -> str:
    if found.p is None:
        return ""
    return f"{found.test} {_p(found.p)}, after Holm {_p(found.p_holm)}"


def _conclusion(found: Comparison, confidence: float) -> str:
    if found.p is None:
        return f"too little to compare methods, because {found.reason}; {_way_out(found)}"
    who = "these two trained students" if found.level == "students" else "the methods"
    if found.verdict in ("better", "worse"):
        return f"{who} differ significantly"
    if found.difference == 0:
        return f"no difference between {who}"
    # Its own p would do and the corrected one does not: say so, or the sentence seems to contradict its interval.
    corrected = " after Holm correction" if found.p < 1 - confidence else ""
    return f"not significant{corrected}; {_needed(found)}"


def _needed(found: Comparison) -> str:
    what, have = ("question", found.n) if found.level == "students" else ("seed", len(found.seeds))
    if found.n_needed is None:
        return "more seeds alone would not detect a difference of this size, more questions might"
    if found.n_needed <= have:
        return f"{_count(found.n_needed, what)} detect a true difference of this size with 80 % power"
    return f"about {_count(found.n_needed - have, f'more {what}')} would detect a difference of this size"


def _way_out(found: Comparison) -> str:
    return "train both with at least 3 common seeds" if len(found.seeds) < 3 else "check that the arms differ by seed"


def _number(value: float, found: Comparison) -> str:
    text = f"{100 * value:.1f}" if found.unit == "share" else f"{value:.4g}"
    return text.removeprefix("-") if float(text) == 0 else text.replace("-", "−")


def _p(p: float | None) -> str:
    assert p is not None, "a tested comparison has a p"
    return "p < 0.0001" if p < 1e-4 else f"p = {p:.2g}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
