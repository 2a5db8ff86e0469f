"""Two claims, kept apart: these trained students differ, and these methods differ."""

from __future__ import annotations

from collections.abc import Sequence

from smallsteps.report.arm_table import ArmTable, ComparisonGroup, point_name
from smallsteps.report.content import (
    NOTHING,
    Cell,
    Column,
    Heading,
    Listing,
    Part,
    Prose,
    Section,
    Table,
    Tone,
    number,
    words,
)
from smallsteps.stats import Comparison, Point

_TONES: dict[str, Tone] = {"better": "good", "worse": "bad", "tie": "unsure", "undecidable": "quiet"}
_WORDS = {"better": "better", "worse": "worse", "tie": "not shown to differ", "undecidable": "cannot be decided"}
_LEADS = {
    "students": "These students, as trained, on questions like these: students are fixed, questions are random. "
    "Another seed may turn the result round.",
    "methods": "These methods, for new seeds and questions like these: seeds are random and paired. "
    "This is the claim that a choice of method rests on.",
}


def claims_section(arm_table: ArmTable, baseline: str) -> Section:
    """The comparisons with the baseline at both levels, each with its own heading and table."""
    parts: list[Part] = []
    for level, title in (("methods", "Do the methods differ?"), ("students", "Do these trained students differ?")):
        found = [(point, one) for point, one in arm_table.against_baseline if one.level == level]
        if found:
            parts += [Heading(title), Prose(_LEADS[level]), _table(level, title, found)]
            several = len(arm_table.groups) > 1
            decided = tuple(_told(point, one, several) for point, one in found if one.p is not None)
            parts += [Listing(decided)] if level == "methods" and decided else []
    lead = (
        f"Every method against the baseline '{baseline}', corrected (Holm) for the number of comparisons at each level."
    )
    return Section("claims", "Two claims, kept apart", lead, tuple(parts))


def _told(point: Point, one: Comparison, several: bool) -> str:
    """A comparison's sentence, behind the name of its group where there are several."""
    return f"{ComparisonGroup(one.task, one.student, point).name}: {one.sentence}" if several else one.sentence


def _table(level: str, title: str, found: Sequence[tuple[Point, Comparison]]) -> Table:
    swept = any(point for point, _ in found)
    needed = (
        f"{'paired seeds' if level == 'methods' else 'questions'} in all that would resolve a tie, at a chance of 80 %"
    )
    columns = (
        Column("method"), Column("against"), Column("difference, points", True),
        Column("95 % interval", True, "for this comparison alone"), Column("p", True),
        Column("p after Holm", True, "corrected for all comparisons of the level"), Column("verdict"),
        Column("needed", True, needed), Column("seeds" if level == "methods" else "seed", True), Column("N", True),
        Column("student"), Column("task"), *((Column("setting"),) if swept else ()),
    )  # fmt: skip
    rows = [(*_cells(one), *((words(point_name(point)),) if swept else ())) for point, one in found]
    reasons = list(dict.fromkeys(one.reason for _, one in found if one.p is None and one.reason))
    note = f"Cannot be decided: {'; '.join(reasons)}." if reasons else ""
    tests = list(dict.fromkeys(one.test for _, one in found))
    note = " ".join(filter(None, (f"Test: {', '.join(tests)}.", note)))
    return Table(f"claims-{level}", title, columns, tuple(rows), note)


def _cells(one: Comparison) -> tuple[Cell, ...]:
    interval = Cell(NOTHING, None, "quiet")
    if one.interval is not None:
        low, high = (100 * end for end in one.interval)
        interval = Cell(f"{signed(low)} to {signed(high)}", low)
    seeds = Cell(str(one.seeds[0])) if one.level == "students" else number(len(one.seeds))
    return (
        words(one.methods[0]), words(one.methods[1]), Cell(signed(100 * one.difference), 100 * one.difference),
        interval, probability(one.p), probability(one.p_holm), words(_WORDS[one.verdict], _TONES[one.verdict]),
        number(one.n_needed), seeds, number(one.n), words(one.student), words(one.task),
    )  # fmt: skip


def signed(value: float, digits: int = 1) -> str:
    """A number with its sign, a true minus for a negative one: `+3.2`, `−0.5`, `0.0`."""
    text = f"{value:+.{digits}f}"
    return f"{0:.{digits}f}" if float(text) == 0 else text.replace("-", "−")


def probability(p: float | None) -> Cell:
    """A p value as a cell."""
    if p is None:
        return Cell(NOTHING, None, "quiet")
    return Cell("<0.0001" if p < 1e-4 else f"{p:.2g}", p)
