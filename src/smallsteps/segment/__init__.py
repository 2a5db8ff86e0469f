"""Segmentation strategies: ways to label the clauses of a rationale, one file each."""

from smallsteps.segment._segmenting import Scorer, Segmentation, agreement, segment_records, segment_spans, segmentation
from smallsteps.segment._strategy import (
    STRATEGIES,
    Context,
    Labelled,
    Measured,
    Per,
    Strategy,
    by_mean,
    check_beta,
    make_strategy,
    per_clause,
)

__all__ = [
    "STRATEGIES",
    "Context",
    "Labelled",
    "Measured",
    "Per",
    "Scorer",
    "Segmentation",
    "Strategy",
    "agreement",
    "by_mean",
    "check_beta",
    "make_strategy",
    "per_clause",
    "segment_records",
    "segment_spans",
    "segmentation",
]
