"""Two claims that never mix, and what else a leaderboard needs.

*These trained students differ*: `compare_students` (students fixed, questions random).
*These methods differ*: `compare_methods` (seeds random and paired, questions random).
`compare_arms` makes both for a whole study and corrects for the number of comparisons.
"""

from smallsteps.stats.accuracy import accuracy_interval, coverage
from smallsteps.stats.aggregate import MacroResult, WinsTiesLosses, compare_macro, hierarchical_draws, macro_mean, tally
from smallsteps.stats.arms import ArmResult, check_same_questions
from smallsteps.stats.comparison import VERDICT_WORDS, Comparison, Level, Unit, Verdict
from smallsteps.stats.gate import Claim, GateResult, gate_holds, parse_gate
from smallsteps.stats.groups import significance_groups
from smallsteps.stats.intervals import (
    Interval,
    bonett_price,
    bootstrap_means,
    difference_interval,
    percentile_interval,
    wilson,
)
from smallsteps.stats.multiple import holm
from smallsteps.stats.paired import StudentsResult, compare_students, mcnemar_exact
from smallsteps.stats.permutation import permutation_test
from smallsteps.stats.power import (
    detectable_difference,
    mcnemar_power,
    one_seed_spread,
    questions_needed,
    scores_needed,
    seeds_needed,
    seeds_power,
)
from smallsteps.stats.seeds import MethodsResult, Spread, TResult, compare_methods, crossed_spread, paired_t
from smallsteps.stats.study import compare_arms
from smallsteps.stats.sweeps import Point, compare_sweep, comparison_points, covers, hashable, point_key

__all__ = [
    "VERDICT_WORDS",
    "ArmResult",
    "Claim",
    "Comparison",
    "GateResult",
    "Interval",
    "Level",
    "MacroResult",
    "MethodsResult",
    "Point",
    "Spread",
    "StudentsResult",
    "TResult",
    "Unit",
    "Verdict",
    "WinsTiesLosses",
    "accuracy_interval",
    "bonett_price",
    "bootstrap_means",
    "check_same_questions",
    "compare_arms",
    "compare_macro",
    "compare_methods",
    "compare_students",
    "compare_sweep",
    "comparison_points",
    "coverage",
    "covers",
    "crossed_spread",
    "detectable_difference",
    "difference_interval",
    "gate_holds",
    "hashable",
    "hierarchical_draws",
    "holm",
    "macro_mean",
    "mcnemar_exact",
    "mcnemar_power",
    "one_seed_spread",
    "paired_t",
    "parse_gate",
    "percentile_interval",
    "permutation_test",
    "point_key",
    "questions_needed",
    "scores_needed",
    "seeds_needed",
    "seeds_power",
    "significance_groups",
    "tally",
    "wilson",
]
