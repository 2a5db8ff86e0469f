"""Results of a review as rows: for the console, a CSV file and the report."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import get_args

from smallsteps.records import atomic_writer
from smallsteps.review.judgements import Judgement, JudgementStore, RaterKind
from smallsteps.review.results import Results, agreement_between, results

COLUMNS = ("raters", "pairs", "N", "wins", "ties", "losses", "wins % of decided", "95 %", "p")
KINDS = {"person": "people", "judge": "judge models"}
FOLDER = "reviews"
"""Where a run folder keeps its reviews."""


def all_results(store: JudgementStore) -> list[Results]:
    """The results of people and of judge models, each where there is a judgement."""
    pairs, said = store.pairs(), store.judgements()
    found = [results(pairs, said, kind) for kind in get_args(RaterKind)]
    return [one for one in found if one.raters]


def result_rows(found: Sequence[Results]) -> list[tuple[str, ...]]:
    """One row for each kind of rater and subset of pairs; wins and losses are side A's."""
    rows: list[tuple[str, ...]] = []
    for one in found:
        for name, test in one.tests.items():
            share = "–" if test.share is None else f"{100 * test.share:.1f}"
            interval = "–" if test.low is None or test.high is None else f"{100 * test.low:.1f}–{100 * test.high:.1f}"
            p = "–" if test.p is None else f"{test.p:.3f}" if test.p >= 0.001 else "<0.001"
            counts = (str(test.pairs), str(test.wins), str(test.ties), str(test.losses))
            rows.append((f"{KINDS[one.kind]} ({len(one.raters)})", name, *counts, share, interval, p))
    return rows


def notes(found: Sequence[Results], said: Sequence[Judgement]) -> list[str]:
    """What must be known beside the table: agreement, places, skipped pairs."""
    lines = []
    for one in found:
        who = KINDS[one.kind]
        if one.alpha is not None:
            lines.append(f"{who}: Krippendorff's alpha {one.alpha:.2f} between {len(one.raters)} raters.")
        if one.bias.decided:
            p = "p < 0.001" if (one.bias.p or 0) < 0.001 else f"p = {one.bias.p:.3f}"
            warning = "; POSITION BIAS" if one.bias.p is not None and one.bias.p < 0.05 else ""
            lines.append(f"{who}: the first rationale won {one.bias.first} of {one.bias.decided} decided verdicts "
                         f"({100 * (one.bias.share or 0):.0f} %, {p}{warning}).")  # fmt: skip
        if one.bias.both:
            lines.append(f"{who}: {one.bias.consistent} of {one.bias.both} pairs got the same verdict in both orders; "
                         "the others count as ties.")  # fmt: skip
        if one.skipped:
            lines.append(f"{who}: {one.skipped} skipped.")
    between = agreement_between([j for j in said if j.kind == "person"], [j for j in said if j.kind == "judge"])
    if between is not None:
        share, alpha, count = between
        beyond = "" if alpha is None else f", alpha {alpha:.2f}"
        lines.append(f"Judge and people agree on {100 * share:.0f} % of the {count} pairs that both judged{beyond}.")
    return lines


def write_csv(path: Path, store: JudgementStore, facts: Mapping[str, object]) -> int:
    """Every judgement as a row of a CSV file; returns their number."""
    pairs = {pair.id: pair for pair in store.pairs()}
    said = store.judgements()
    with atomic_writer(path) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(
            ("pair", "record", "task", "a", "b", "rater", "kind", "winner", "first", "seconds", "a_right", "b_right")
        )
        for one in said:
            pair = pairs[one.pair]
            about = (one.pair, pair.record_id, pair.task, facts.get("a"), facts.get("b"))
            said_of = (_plain(one.rater), one.kind, one.winner, one.first, f"{one.seconds:.2f}")
            writer.writerow((*about, *said_of, pair.a_right, pair.b_right))
    return len(said)


def _plain(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return "'" + cell if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
