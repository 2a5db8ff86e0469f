"""What a comparison found, in numbers and in a sentence, with its claim kept apart from the other one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from smallsteps.stats.intervals import Interval

Level = Literal["students", "methods"]
Verdict = Literal["better", "worse", "tie", "undecidable"]
Unit = Literal["share", "score"]


@dataclass(frozen=True)
class Comparison:
    """`a` against `b`: two arms (level `students`: these trained students) or two methods (level `methods`).

    `difference` is a minus b, as a share (0.05 is 5 points) or in the score's own unit. `interval` holds at the asked
    confidence for this comparison alone; `p_holm` is corrected for all comparisons of the level, and `verdict` follows
    it. `n_needed` is how many questions (students) or paired seeds (methods) *in all* would resolve a tie with a chance
    of 80 %, were the observed difference the true one; None where it is resolved or no number would. `interval`, `p`
    and `p_holm` are None where nothing can be decided, and `reason` says why. `n` questions and `seeds` were compared,
    `unpaired` seeds were left out.
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
    text = f"{_start(found)}{_facts(found, confidence)}: {_conclusion(found, confidence)}."
    if found.p is None:
        text = f"{_start(found)}, but whether the methods differ cannot be decided: {found.reason}; {_way_out(found)}."
    if found.unpaired:
        seeds = ", ".join(map(str, found.unpaired))
        text += f" Left out for want of a partner: seed{'s' if len(found.unpaired) > 1 else ''} {seeds}."
    return text


def _start(found: Comparison) -> str:
    seeds = "" if found.level == "students" else f"{_count(len(found.seeds), 'paired seed')} and "
    where = f"Over {seeds}{_count(found.n, 'question')}"
    what = "accuracy" if found.unit == "share" else "score"
    if found.difference == 0:
        return f"{where} {found.a} and {found.b} have the same {what}"
    size = f"{_number(abs(found.difference), found)}{' points' if found.unit == 'share' else ''}"
    return f"{where} {found.a} has {size} {'more' if found.difference > 0 else 'less'} {what} than {found.b}"


def _facts(found: Comparison, confidence: float) -> str:
    if found.interval is None:
        return ""
    low, high = (_number(end, found) for end in found.interval)
    interval = f"{100 * confidence:g} % interval of the difference {low} to {high}"
    return f" ({interval}; {found.test} {_p(found.p)}, after Holm {_p(found.p_holm)})"


def _conclusion(found: Comparison, confidence: float) -> str:
    who = "these two trained students" if found.level == "students" else "these methods"
    if found.verdict in ("better", "worse"):
        return f"{who} differ"
    if found.difference == 0:
        return f"nothing tells {who} apart"
    # Its own p would do, the corrected one does not: say so, or the sentence seems to contradict its interval.
    count_of = " once all comparisons are count_of" if found.p is not None and found.p < 1 - confidence else ""
    return f"{who} are not shown to differ{count_of}; {_needed(found)}"


def _needed(found: Comparison) -> str:
    what, have = ("question", found.n) if found.level == "students" else ("seed", len(found.seeds))
    if found.n_needed is None:
        return "more seeds alone would not resolve a difference of this size, more questions may"
    if found.n_needed <= have:
        return f"{_count(found.n_needed, what)} find a true difference of this size with a chance of 80 %"
    return f"about {_count(found.n_needed - have, f'more {what}')} would resolve a difference of this size"


def _way_out(found: Comparison) -> str:
    return "train both with at least 3 common seeds" if len(found.seeds) < 3 else "check that the arms differ by seed"


def _number(value: float, found: Comparison) -> str:
    text = f"{100 * value:.1f}" if found.unit == "share" else f"{value:.4g}"
    return text.removeprefix("-") if float(text) == 0 else text


def _p(p: float | None) -> str:
    assert p is not None, "a tested comparison has a p"
    return "p < 0.0001" if p < 1e-4 else f"p = {p:.2g}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
