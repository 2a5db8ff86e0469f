"""Contrast sets: questions changed a little so that the answer changes, each beside the one that it came from.

Measures of Gardner et al., Evaluating Models' Local Decision Boundaries via Contrast Sets (arXiv 2004.02709):
accuracy on originals and on contrasts, and consistency: the share of sets of which every question is right.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from smallsteps.records import CONTRAST, ORIGINAL, Record


@dataclass(frozen=True)
class Consistency:
    """How many contrast sets there are, and of how many every question is right, the original included."""

    right: int
    sets: int

    @property
    def share(self) -> float:
        """The share of sets that are right as a whole."""
        return self.right / self.sets


def contrast_sets(records: Iterable[Record]) -> list[tuple[str, ...]]:
    """The ids of each set: an `original` and one or more `contrast` questions (`meta.group`) of one `meta.parent`."""
    found: dict[str, list[Record]] = {}
    for record in records:
        if record.meta.get("group") in (ORIGINAL, CONTRAST) and record.meta.get("parent"):
            found.setdefault(f"{record.task}\n{record.meta['parent']}", []).append(record)
    whole = [some for some in found.values() if {record.meta["group"] for record in some} == {ORIGINAL, CONTRAST}]
    return [tuple(record.id for record in some) for some in whole]


def consistency(right: Mapping[str, bool], records: Iterable[Record]) -> Consistency | None:
    """The consistency of verdicts by record id; None where the records hold no contrast set that was judged whole."""
    sets = [names for names in contrast_sets(records) if all(name in right for name in names)]
    return Consistency(sum(all(right[name] for name in names) for names in sets), len(sets)) if sets else None
