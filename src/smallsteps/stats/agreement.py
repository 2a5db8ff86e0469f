"""How far raters agree beyond chance: Krippendorff's alpha for nominal verdicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping


def krippendorff_alpha(units: Iterable[Mapping[str, Hashable]]) -> float | None:
    """Alpha over units, each the verdict of every rater who judged it, by rater; missing ones are left out.

    1 is perfect agreement, 0 what chance gives, below 0 systematic disagreement. None where no unit has two verdicts;
    1.0 where all verdicts are the same. Source: Krippendorff, Computing Krippendorff's Alpha-Reliability (2011),
    nominal data: alpha = 1 - (n - 1) · Σ o_ck / Σ n_c n_k over c ≠ k.
    """
    observed, totals, n = 0.0, Counter[Hashable](), 0
    for unit in units:
        verdicts = Counter(unit.values())
        m = sum(verdicts.values())
        if m < 2:
            continue
        n += m
        totals.update(verdicts)
        # ordered pairs of unequal verdicts, each weighted 1 / (m - 1)
        observed += (m * m - sum(count * count for count in verdicts.values())) / (m - 1)
    if n == 0:
        return None
    expected = n * n - sum(count * count for count in totals.values())
    return 1.0 if expected == 0 else 1.0 - (n - 1) * observed / expected
