"""What the judgements say: wins, ties and losses with a sign test, agreement, and a judge's taste for a place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from scipy import stats

from smallsteps.review.judgements import Judgement, RaterKind
from smallsteps.review.pairs import Pair
from smallsteps.stats.agreement import krippendorff_alpha

ALL, BOTH_RIGHT = "all pairs", "both answers right"
Chosen = Mapping[str, str]
"""The verdict on each pair by its id: `a`, `b` or `tie`."""


@dataclass(frozen=True, slots=True)
class SignTest:
    """Wins and losses of side A over `pairs` judged pairs; `share` of wins among those that somebody won.

    `low` and `high` are the exact 95 % interval of the share, `p` that of the two-sided sign test (ties left out).
    None where every pair is a tie.
    """

    pairs: int
    wins: int
    ties: int
    losses: int
    share: float | None
    low: float | None
    high: float | None
    p: float | None


@dataclass(frozen=True, slots=True)
class PositionBias:
    """How often the rationale that stood first won, of `decided` verdicts; `p` of the two-sided binomial test.

    `consistent` of `both` pairs that were judged in both orders got the same winner (or a tie) twice.
    """

    first: int
    decided: int
    p: float | None
    consistent: int
    both: int

    @property
    def share(self) -> float | None:
        """The share of decided verdicts that went to the first place."""
        return self.first / self.decided if self.decided else None


@dataclass(frozen=True)
class Results:
    """The results of one kind of rater: people, or judge models. The two are never put together."""

    kind: RaterKind
    raters: tuple[str, ...]
    tests: Mapping[str, SignTest]
    alpha: float | None
    bias: PositionBias
    skipped: int


def results(pairs: Sequence[Pair], judgements: Sequence[Judgement], kind: RaterKind) -> Results:
    """Wins, ties and losses of side A by one kind of rater, over all pairs and those where both answers are right.

    A pair that several raters judged counts once, for the side that more of them chose.
    """
    own = [one for one in judgements if one.kind == kind]
    chosen = consensus(own)
    known = {pair.id: pair for pair in pairs}
    subsets: dict[str, Callable[[Pair], bool]] = {
        ALL: lambda pair: True,
        BOTH_RIGHT: lambda pair: pair.a_right is True and pair.b_right is True,
    }
    tests = {
        name: sign_test(winner for one, winner in chosen.items() if kept(known[one])) for name, kept in subsets.items()
    }
    return Results(
        kind=kind,
        raters=tuple(dict.fromkeys(one.rater for one in own)),
        tests=tests,
        alpha=krippendorff_alpha(verdicts_by_rater(own).values()),
        bias=position_bias(own),
        skipped=sum(one.winner == "skip" for one in own),
    )


def sign_test(winners: Iterable[str]) -> SignTest:
    """The sign test of side A over verdicts `a`, `b` and `tie`."""
    counts = Counter(winners)
    wins, losses, ties = counts["a"], counts["b"], counts["tie"]
    if not wins + losses:
        return SignTest(ties, 0, ties, 0, None, None, None, None)
    found = stats.binomtest(wins, wins + losses)
    interval = found.proportion_ci(0.95, method="exact")
    return SignTest(wins + ties + losses, wins, ties, losses, wins / (wins + losses), float(interval.low),
                    float(interval.high), float(found.pvalue))  # fmt: skip


def verdicts_by_rater(judgements: Iterable[Judgement]) -> dict[str, dict[str, str]]:
    """For each pair the verdict of every rater. One rater's verdicts in both orders count as one: unequal is a tie."""
    found: dict[str, dict[str, str]] = {}
    for one in judgements:
        if one.winner == "skip":
            continue
        by_rater = found.setdefault(one.pair, {})
        before = by_rater.get(one.rater)
        by_rater[one.rater] = one.winner if before in (None, one.winner) else "tie"
    return found


def consensus(judgements: Iterable[Judgement]) -> dict[str, str]:
    """The verdict that most raters gave on each pair; a tie where no verdict has more than the others."""
    chosen = {}
    for pair, by_rater in verdicts_by_rater(judgements).items():
        (winner, most), *others = Counter(by_rater.values()).most_common()
        chosen[pair] = "tie" if others and others[0][1] == most else winner
    return chosen


def position_bias(judgements: Sequence[Judgement]) -> PositionBias:
    """Whether the first place wins more often than the second."""
    decided = [one for one in judgements if one.winner in ("a", "b")]
    first = sum(one.winner == one.first for one in decided)
    orders: dict[tuple[str, str], dict[str, str]] = {}
    for one in judgements:
        if one.winner != "skip":
            orders.setdefault((one.rater, one.pair), {})[one.first] = one.winner
    both = [by_first for by_first in orders.values() if len(by_first) == 2]
    p = float(stats.binomtest(first, len(decided)).pvalue) if decided else None
    return PositionBias(first, len(decided), p, sum(one["a"] == one["b"] for one in both), len(both))


def agreement_between(
    people: Sequence[Judgement], judges: Sequence[Judgement]
) -> tuple[float, float | None, int] | None:
    """How far the judges' verdict is that of the people, on the pairs that both judged: share, alpha, pairs.

    None where no pair was judged by both.
    """
    one, other = consensus(people), consensus(judges)
    shared = sorted(set(one) & set(other))
    if not shared:
        return None
    units = [{"people": one[pair], "judge": other[pair]} for pair in shared]
    return sum(one[pair] == other[pair] for pair in shared) / len(shared), krippendorff_alpha(units), len(shared)
