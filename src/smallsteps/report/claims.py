"""Two claims, kept apart: these trained students differ, and these methods differ."""

from __future__ import annotations

from collections.abc import Sequence

from smallsteps.report.arm_table import ArmTable, point_name
from smallsteps.report.content import (
    NOTHING,
    SEED,
    Cell,
    Column,
    Heading,
    Part,
    Prose,
    Section,
    Table,
    Tone,
    number,
    words,
)
from smallsteps.report.identity import PLACE_COLUMNS, N
from smallsteps.stats import VERDICT_WORDS, Comparison, Point

_TONES: dict[str, Tone] = {"better": "good", "worse": "bad", "tie": "unsure", "undecidable": "quiet"}
_LEADS = {
    "students": "For these students, as trained, and questions like these. Another seed may reverse the result.",
    "methods": "For new seeds and questions like these: the claim that a choice of method rests on.",
}


def claims_section(arm_table: ArmTable, baseline: str) -> Section:
    """The comparisons with the baseline at both levels, each with its own heading and table."""
    parts: list[Part] = []
    for level, title in (("methods", "Do the methods differ?"), ("students", "Do these trained students differ?")):
        found = [(point, one) for point, one in arm_table.against_baseline if one.level == level]
        if found:
            parts += [Heading(title), Prose(_LEADS[level]), _table(level, title, found)]
    lead = f"Every method against '{baseline}', Holm-corrected for the number of comparisons in each table."
    return Section("claims", "Which differences are real", lead, tuple(parts))


def _table(level: str, title: str, found: Sequence[tuple[Point, Comparison]]) -> Table:
    unit = "paired seeds" if level == "methods" else "questions"
    seeds = Column("seeds" if level == "methods" else SEED, True, fold=True)
    columns = (
        *PLACE_COLUMNS, Column("against", fold=True), seeds, N,
        Column("difference, points", True), Column("95 % interval", True, "of this comparison alone"),
        Column("p", True), Column("p after Holm", True, "corrected for all comparisons of this table"),
        Column("verdict"), Column("needed", True, f"{unit} in all that would detect this difference with 80 % power"),
    )  # fmt: skip
    reasons = list(dict.fromkeys(one.reason for _, one in found if one.p is None and one.reason))
    tests = list(dict.fromkeys(one.test for _, one in found if one.p is not None))
    note = [f"Test: {', '.join(tests)}."] * bool(tests) + [f"Not tested, because {'; '.join(reasons)}."] * bool(reasons)
    unpaired = [f"{one.methods[0]} {', '.join(map(str, one.unpaired))}" for _, one in found if one.unpaired]
    note += [f"Seeds without a partner left out: {'; '.join(dict.fromkeys(unpaired))}."] * bool(unpaired)
    rows = tuple(_cells(point, one) for point, one in found)
    return Table(f"claims-{level}", title, columns, rows, " ".join(note))


def _cells(point: Point, one: Comparison) -> tuple[Cell, ...]:
    interval = Cell(NOTHING, None, "quiet")
    if one.interval is not None:
        low, high = (100 * end for end in one.interval)
        interval = Cell(f"{signed(low)} to {signed(high)}", low)
    seeds = number(one.seeds[0]) if one.level == "students" else number(len(one.seeds))
    return (
        words(one.task), words(one.student), words(point_name(point)), words(one.methods[0]), words(one.methods[1]),
        seeds, number(one.n), Cell(signed(100 * one.difference), 100 * one.difference), interval, probability(one.p),
        probability(one.p_holm), words(VERDICT_WORDS[one.verdict], _TONES[one.verdict]), number(one.n_needed),
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
