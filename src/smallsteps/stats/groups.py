"""Letters for a leaderboard: arms that share one do not differ significantly."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from smallsteps.errors import InputError
from smallsteps.stats.comparison import Comparison


def significance_groups(names: Sequence[str], comparisons: Sequence[Comparison]) -> dict[str, str]:
    """A compact letter display: two names share a letter exactly if they do not differ significantly.

    `names` in the order of the leaderboard, best first, as in `Comparison.a` and `.b`; `comparisons` of one level, task
    and student, over all pairs (`compare_arms(..., all_pairs=True)`). A pair that cannot be decided is not shown to
    differ. Raises InputError for a pair that was not compared. Source: Piepho 2004, insert and absorb.
    """
    verdicts = {frozenset((one.a, one.b)): one.verdict for one in comparisons}
    columns = [frozenset(names)]
    for a, b in combinations(names, 2):
        verdict = verdicts.get(frozenset((a, b)))
        if verdict is None:
            raise InputError(f"'{a}' and '{b}' were not compared; significance groups take all pairs")
        if verdict in ("better", "worse"):
            columns = _absorbed([part for column in columns for part in _parted(column, a, b)])
    place = {name: index for index, name in enumerate(names)}
    columns.sort(key=lambda column: sorted(place[name] for name in column))
    return {name: "".join(_letter(i) for i, column in enumerate(columns) if name in column) for name in names}


def _parted(column: frozenset[str], a: str, b: str) -> list[frozenset[str]]:
    return [column - {a}, column - {b}] if {a, b} <= column else [column]


def _absorbed(columns: Sequence[frozenset[str]]) -> list[frozenset[str]]:
    distinct = list(dict.fromkeys(columns))
    return [column for column in distinct if not any(column < other for other in distinct)]


def _letter(index: int) -> str:
    return chr(ord("a") + index % 26) * (index // 26 + 1)
