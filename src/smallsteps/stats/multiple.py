"""Several comparisons at once."""

from __future__ import annotations

from collections.abc import Sequence


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Holm's step-down correction; None (nothing was tested) stays None and does not count.

    A corrected p below alpha keeps the chance of any false rejection in the family below alpha. Source: Holm 1979.
    """
    # statsmodels has this too, but collects garbage at each call: 0.14 s, most of the time of a whole comparison.
    tested = sorted((p, index) for index, p in enumerate(p_values) if p is not None)
    corrected: list[float | None] = [None] * len(p_values)
    largest = 0.0
    for rank, (p, index) in enumerate(tested):
        largest = max(largest, min(1.0, p * (len(tested) - rank)))
        corrected[index] = largest
    return corrected
