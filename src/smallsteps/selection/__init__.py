"""Selecting rationales: the right, diverse or likely ones, or some at random."""

from smallsteps.selection.likely import student_logprobs
from smallsteps.selection.select import check_scorer, select_records, selections
from smallsteps.selection.statistics import Statistics, statistics

__all__ = ["Statistics", "check_scorer", "select_records", "selections", "statistics", "student_logprobs"]
