"""What judgements say, against published and scipy's reference values."""

from __future__ import annotations

from itertools import zip_longest
from pathlib import Path

import pytest
from scipy import stats

from report_runs import make_run
from smallsteps.report.build import build_report
from smallsteps.report.content import Table
from smallsteps.report.load import load_run
from smallsteps.review.judge import verdict
from smallsteps.review.judgements import Judgement, JudgementStore
from smallsteps.review.pairs import Pair
from smallsteps.review.results import (
    ALL,
    BOTH_RIGHT,
    agreement_between,
    consensus,
    position_bias,
    results,
    sign_test,
)
from smallsteps.review.tables import FOLDER
from smallsteps.stats.agreement import krippendorff_alpha

# Krippendorff, Computing Krippendorff's Alpha-Reliability (2011): sections A and B, nominal.
PUBLISHED = [
    (["0100000010", "1110010000"], 0.095),
    (["aabbdcccedda", "babbbccceddd"], 0.692),
]


def units(raters: list[str]) -> list[dict[str, str]]:
    columns = zip_longest(*raters, fillvalue=".")
    return [{str(who): value for who, value in enumerate(column) if value != "."} for column in columns]


@pytest.mark.parametrize(("raters", "alpha"), PUBLISHED)
def test_alpha_of_published_examples(raters: list[str], alpha: float) -> None:
    assert krippendorff_alpha(units(raters)) == pytest.approx(alpha, abs=5e-4)


def test_alpha_with_missing_verdicts() -> None:
    """Section C: four observers, twelve units, some unseen."""
    table = ["1 2 3 3 2 1 4 1 2 . . .", "1 2 3 3 2 2 4 1 2 5 . 3", ". 3 3 3 2 3 4 2 2 5 1 .", "1 2 3 3 2 4 4 1 2 5 1 ."]
    assert krippendorff_alpha(units([row.replace(" ", "") for row in table])) == pytest.approx(0.743, abs=5e-4)


def test_alpha_at_its_ends() -> None:
    assert krippendorff_alpha([{"x": "a", "y": "a"}, {"x": "b", "y": "b"}]) == 1.0
    assert krippendorff_alpha([{"x": "a", "y": "a"}]) == 1.0
    assert krippendorff_alpha([{"x": "a"}, {"y": "b"}]) is None
    below = krippendorff_alpha([{"x": "a", "y": "b"}, {"x": "b", "y": "a"}])
    assert below is not None and below < 0


@pytest.mark.parametrize(("wins", "ties", "losses"), [(531, 0, 369), (10, 5, 10), (0, 3, 7), (1, 0, 0)])
def test_the_sign_test_is_scipys(wins: int, ties: int, losses: int) -> None:
    found = sign_test(["a"] * wins + ["tie"] * ties + ["b"] * losses)
    expected = stats.binomtest(wins, wins + losses)
    interval = expected.proportion_ci(0.95, method="exact")
    assert (found.pairs, found.wins, found.ties, found.losses) == (wins + ties + losses, wins, ties, losses)
    assert (found.p, found.low, found.high) == pytest.approx((expected.pvalue, interval.low, interval.high))


def test_the_papers_judgement_is_significant() -> None:
    """SCoTD beats the raw student in 59 % of 900 pairs, p < .001 (arXiv 2306.14050)."""
    p = sign_test(["a"] * 531 + ["b"] * 369).p
    assert p is not None and p < 0.001


def test_ties_alone_have_no_test() -> None:
    found = sign_test(["tie", "tie"])
    assert (found.ties, found.share, found.p) == (2, None, None)


def pair(name: str, a_right: bool = True, b_right: bool = True) -> Pair:
    return Pair(name, int(name), True, name, "gsm8k", "?", (), "a text", "b text", "1", "1", a_right, b_right)


def said(name: str, rater: str, winner: str, first: str = "a", kind: str = "person") -> Judgement:
    return Judgement(name, rater, kind, winner, first, 1.0, 0.0)  # type: ignore[arg-type]


def test_a_pair_counts_once_for_what_most_raters_chose() -> None:
    judgements = [
        said("1", "x", "a"),
        said("1", "y", "a"),
        said("1", "z", "b"),
        said("2", "x", "a"),
        said("2", "y", "b"),
    ]
    assert consensus(judgements) == {"1": "a", "2": "tie"}


def test_people_and_judges_are_never_put_together() -> None:
    pairs = [pair("1"), pair("2", b_right=False)]
    judgements = [
        said("1", "x", "a"),
        said("2", "x", "b"),
        said("1", "m", "b", "a", "judge"),
        said("1", "m", "b", "b", "judge"),
    ]
    people, judges = results(pairs, judgements, "person"), results(pairs, judgements, "judge")
    assert people.raters == ("x",) and judges.raters == ("m",)
    assert (people.tests[ALL].wins, people.tests[ALL].losses, judges.tests[ALL].losses) == (1, 1, 1)
    assert people.tests[BOTH_RIGHT].pairs == 1 and people.tests[BOTH_RIGHT].wins == 1
    both = agreement_between(
        [j for j in judgements if j.kind == "person"], [j for j in judgements if j.kind == "judge"]
    )
    assert both is not None and both[0] == 0.0 and both[2] == 1


def test_a_judge_that_always_takes_the_first_is_a_tie_and_exposed() -> None:
    judgements = [said(str(n), "m", first, first, "judge") for n in range(20) for first in ("a", "b")]
    bias = position_bias(judgements)
    assert (bias.first, bias.decided, bias.consistent, bias.both) == (40, 40, 0, 20)
    assert bias.p is not None and bias.p < 1e-9
    found = results([pair(str(n)) for n in range(20)], judgements, "judge").tests[ALL]
    assert (found.wins, found.ties, found.losses) == (0, 20, 0)


@pytest.mark.parametrize(
    ("text", "first", "winner"),
    [
        ("Better: 1", "a", "a"), ("Better: 1", "b", "b"), ("Better: 2", "a", "b"), ("**Better:** 2", "b", "a"),
        ("Rationale 1 is fine. Better: tie", "a", "tie"), ("2", "a", "b"), ("Tie.", "a", "tie"),
        ("At first I thought Better: 1, but no. Better: 2", "a", "b"), ("I cannot say", "a", None), ("", "a", None),
        ("Better: Rationale 1", "a", "a"), ("12", "a", None), ("It got better: 10 apples", "a", None),
    ],
)  # fmt: skip
def test_what_a_judge_says(text: str, first: str, winner: str | None) -> None:
    assert verdict(text, first) == winner


def test_the_report_shows_a_review_and_changes_nothing(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", methods=["answer_only", "cot"], seeds=[0], questions=6)
    assert "Which rationales are better" not in [one.title for one in build_report(load_run(folder)).sections]
    with JudgementStore(folder / FOLDER / "x.sqlite") as store:
        store.load([pair("1"), pair("2")], {"a": "cot", "b": "teacher"})
        for name, winner in (("1", "a"), ("2", "tie")):
            assert store.judge(said(name, "ann", winner))
    before = sorted((path, path.stat().st_mtime_ns) for path in folder.rglob("*.sqlite"))
    (section,) = [one for one in build_report(load_run(folder)).sections if one.anchor == "judgements"]
    (table,) = [part for part in section.parts if isinstance(part, Table)]
    cells = [cell.text for cell in table.rows[0]]
    assert cells[:7] == ["cot against teacher", "people (1)", "all pairs", "2", "1", "1", "0"]
    assert sorted((path, path.stat().st_mtime_ns) for path in folder.rglob("*.sqlite")) == before
