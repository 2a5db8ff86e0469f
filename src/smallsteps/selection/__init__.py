"""Which rationales to keep: right ones, different ones, likely ones, or some at random."""

from smallsteps.selection.select import select_records, selections
from smallsteps.selection.statistics import Statistics, statistics

__all__ = ["Statistics", "select_records", "selections", "statistics"]
