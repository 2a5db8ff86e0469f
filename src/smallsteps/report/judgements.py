"""What people and judge models said of two sides' rationales, where a run was reviewed."""

from __future__ import annotations

from pathlib import Path

from smallsteps.report.content import Cell, Column, Part, Prose, Section, Table, words
from smallsteps.review.judgements import JudgementStore
from smallsteps.review.tables import FOLDER, all_results, notes, result_rows

_COLUMNS = (
    Column("sides", head=True), Column("raters", hint="people and judge models are kept apart"), Column("pairs"),
    Column("N", True, "judged pairs; a pair that several raters judged counts once"),
    Column("wins", True, "for the first side"), Column("ties", True), Column("losses", True),
    Column("wins % of decided", True, "wins among the pairs that one side won"),
    Column("95 %", False, "exact interval of that share"), Column("p", True, "two-sided sign test; ties left out"),
)  # fmt: skip


def judgements_section(run_folder: Path) -> Section | None:
    """The results of every review in a run folder; None without one."""
    rows: list[tuple[Cell, ...]] = []
    said: list[Part] = []
    for path in sorted((run_folder / FOLDER).glob("*.sqlite")):
        if path.name.endswith(".replies.sqlite"):
            continue
        with JudgementStore(path, read_only=True) as store:
            found, facts = all_results(store), store.facts()
            sides = f"{facts.get('a')} against {facts.get('b')}"
            rows += [(words(sides), *map(words, row)) for row in result_rows(found)]
            said += [Prose(f"{sides}. {line}") for line in notes(found, store.judgements())]
    if not rows:
        return None
    lead = "Rationales judged in pairs, with the final answers hidden and the sides shuffled."
    table = Table("judgements", "Wins, ties and losses", _COLUMNS, tuple(rows))
    return Section("judgements", "Which rationales are better", lead, (table, *said))
