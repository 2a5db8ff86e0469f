"""A study over several tasks: macro means, wins, ties and losses, and one bootstrap over seeds and questions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from smallsteps.errors import InputError
from smallsteps.stats.arms import ArmResult, check_same_questions
from smallsteps.stats.comparison import Comparison
from smallsteps.stats.intervals import DRAWS, Floats, Interval, bootstrap_means, percentile_interval
from smallsteps.stats.seeds import Spread, crossed_spread, undecidable


@dataclass(frozen=True, slots=True)
class WinsTiesLosses:
    """Over how many tasks a method wins, ties and loses against another; `undecided` ones could not be tested."""

    wins: int
    ties: int
    losses: int
    undecided: int


@dataclass(frozen=True)
class MacroResult:
    """Two methods of one student over several tasks; every task counts the same, whatever its number of questions.

    `per_task` and `difference` (their mean) are a minus b over the common `seeds`. `interval` and `p` generalise to new
    seeds and questions of these same tasks; they are None if the seeds allow no test, and `reason` says why.
    `questions_interval` takes these trained students as fixed and always exists.
    """

    a: str
    b: str
    student: str
    per_task: dict[str, float]
    difference: float
    interval: Interval | None
    p: float | None
    questions_interval: Interval
    seeds: tuple[int, ...]
    reason: str = ""


def tally(comparisons: Sequence[Comparison], a: str, b: str) -> WinsTiesLosses:
    """Wins, ties and losses of method `a` against `b` over tasks, from comparisons at the level of methods."""
    verdicts = []
    for one in comparisons:
        if one.level == "methods" and set(one.methods) == {a, b}:
            turned = {"better": "worse", "worse": "better"} if one.methods[0] == b else {}
            verdicts.append(turned.get(one.verdict, one.verdict))
    return WinsTiesLosses(*(verdicts.count(verdict) for verdict in ("better", "tie", "worse", "undecidable")))


def macro_mean(results: Sequence[ArmResult], method: str, student: str) -> float:
    """The mean over tasks of the mean over seeds of a method's accuracy (or score): every task counts the same."""
    tasks: dict[str, list[float]] = defaultdict(list)
    for arm in results:
        if (arm.method, arm.student) == (method, student):
            tasks[arm.task].append(float(np.mean(list(arm.correct.values()))))
    if not tasks:
        raise InputError(f"no arm trains student '{student}' with method '{method}'")
    return float(np.mean([np.mean(values) for values in tasks.values()]))


def compare_macro(
    results: Sequence[ArmResult],
    a: str,
    b: str,
    student: str,
    *,
    level: float = 0.95,
    draws: int = DRAWS,
    seed: int = 0,
) -> MacroResult:
    """Method `a` against `b` over all tasks that both were trained for, by one hierarchical bootstrap.

    Tasks are fixed, questions are resampled within their task, seeds are resampled (together over tasks: a seed may be
    one student trained on all of them). See `hierarchical_draws`. Raises InputError where no task and seed is common.
    """
    differences, seeds = _differences(results, a, b, student)
    per_task = {task: float(values.mean()) for task, values in differences.items()}
    mean = float(np.mean(list(per_task.values())))
    parts = list(differences.values())
    of_seeds, of_questions, fixed = hierarchical_draws(parts, draws, seed)
    questions = percentile_interval(mean + fixed, level)
    reason = undecidable(np.mean([values.mean(axis=1) for values in parts], axis=0))
    if reason is not None:
        return MacroResult(a, b, student, per_task, mean, None, None, questions, seeds, reason)
    df = max(1, sum(values.shape[1] - 1 for values in parts))
    spread = Spread(float(of_seeds.var()), len(seeds) - 1, float(of_questions.var()), df)
    half = spread.half_width(level)
    interval = Interval(mean - half, mean + half)
    return MacroResult(a, b, student, per_task, mean, interval, spread.p_value(mean), questions, seeds)


def hierarchical_draws(tasks: Sequence[Floats], draws: int = DRAWS, seed: int = 0) -> tuple[Floats, Floats, Floats]:
    """Deviations of the macro mean over resamples: by seeds, by questions, and by questions with students fixed.

    `tasks` holds differences [seeds, questions of the task], with the same seeds in every task; each returned array has
    shape [draws]. The first two add up to a draw of the hierarchical bootstrap. Seeds are few, so their resampled
    deviations are scaled by √(S / (S - 1)) (Rao and Wu 1988); the means of questions carry noise of the seeds that the
    first part holds already, so their deviations are shrunk to what belongs to the questions (Davison and Hinkley 1997,
    section 3.8). The third resamples questions without shrinking.
    """
    generator = np.random.default_rng(seed)
    count = tasks[0].shape[0]
    picks = generator.multinomial(count, np.full(count, 1 / count), size=draws) / count - 1 / count
    of_seeds, of_questions, fixed = np.zeros(draws), np.zeros(draws), np.zeros(draws)
    for values in tasks:
        if count > 1:
            of_seeds += picks @ values.mean(axis=1) * np.sqrt(count / (count - 1))
        deviations = values.mean(axis=0) - values.mean()
        n = len(deviations)
        drawn = bootstrap_means(deviations, draws, int(generator.integers(2**63)))
        fixed += drawn
        variance = float((deviations**2).mean()) / n
        share = crossed_spread(values).questions / variance if count > 1 and variance > 0 else 0.0
        of_questions += drawn * np.sqrt(share)
    return of_seeds / len(tasks), of_questions / len(tasks), fixed / len(tasks)


def _differences(
    results: Sequence[ArmResult], a: str, b: str, student: str
) -> tuple[dict[str, Floats], tuple[int, ...]]:
    arms = {(one.method, one.task, one.seed): one for one in results if one.student == student}
    tasks = {method: [task for name, task, _ in arms if name == method] for method in (a, b)}
    common = [task for task in dict.fromkeys(tasks[a]) if task in tasks[b]]
    seeds = {seed for _, _, seed in arms}
    seeds = {seed for seed in seeds if all((method, task, seed) in arms for method in (a, b) for task in common)}
    if not common or not seeds:
        raise InputError(f"methods '{a}' and '{b}' share no seed over all their common tasks for student '{student}'")
    found: dict[str, Floats] = {}
    for task in common:
        ids = list(arms[b, task, min(seeds)].correct)
        for seed in sorted(seeds):
            for method in (a, b):
                check_same_questions(arms[b, task, min(seeds)], arms[method, task, seed])
        found[task] = np.stack([
            arms[a, task, seed].scores(ids) - arms[b, task, seed].scores(ids)
            for seed in sorted(seeds)
        ])  # fmt: skip
    return found, tuple(sorted(seeds))
