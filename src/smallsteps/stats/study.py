"""The comparisons of a study: every method against the baseline, at both levels, Holm-corrected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from smallsteps.errors import InputError, UnknownNameError
from smallsteps.stats.arms import ArmResult, check_same_questions
from smallsteps.stats.comparison import Comparison, Unit, Verdict, sentence
from smallsteps.stats.intervals import check_level
from smallsteps.stats.multiple import holm
from smallsteps.stats.paired import compare_students
from smallsteps.stats.power import questions_needed, scores_needed, seeds_needed
from smallsteps.stats.seeds import Spread, compare_methods


@dataclass(frozen=True)
class _Draft:
    """A comparison before the correction, with what the power analysis needs."""

    found: Comparison
    gain: float = 0.0
    loss: float = 0.0
    deviation: float = 0.0
    spread: Spread | None = None


def compare_arms(
    results: Sequence[ArmResult], baseline: str, *, all_pairs: bool = False, level: float = 0.95
) -> list[Comparison]:
    """Every method against the method `baseline` (or all pairs), first as trained students, then as methods.

    At level `students` two arms of the same task, student and seed are compared over the same questions; at level
    `methods` two methods of the same task and student over the seeds that both have. Holm's correction runs over all
    comparisons of a level. Pure and deterministic. Raises UnknownNameError for a baseline that no arm has, InputError
    for an arm given twice, fewer than two methods, and arms of a task that answered different questions.
    """
    check_level(level)
    pairs = _pairs(_checked_methods(results, baseline), baseline, all_pairs)
    students: list[_Draft] = []
    methods: list[_Draft] = []
    for group in _groups(results):
        for pair in pairs:
            a, b = ({arm.seed: arm for arm in group if arm.method == method} for method in pair)
            if a and b:
                students += [_students(a[seed], b[seed], level) for seed in sorted(a.keys() & b.keys())]
                methods.append(_methods(a, b, level))
    return _finish(students, level) + _finish(methods, level)


def _pairs(methods: Sequence[str], baseline: str, all_pairs: bool) -> list[tuple[str, str]]:
    others = [method for method in methods if method != baseline]
    against = [(method, baseline) for method in others]
    return against + [(b, a) for a, b in combinations(others, 2)] if all_pairs else against


def _groups(results: Sequence[ArmResult]) -> list[list[ArmResult]]:
    groups: dict[tuple[str, str], list[ArmResult]] = defaultdict(list)
    for result in results:
        groups[result.task, result.student].append(result)
    return list(groups.values())


def _checked_methods(results: Sequence[ArmResult], baseline: str) -> list[str]:
    methods = list(dict.fromkeys(result.method for result in results))
    if baseline not in methods:
        raise UnknownNameError("baseline", baseline, methods)
    if len(methods) < 2:
        raise InputError(f"the only method is '{baseline}'; a comparison needs at least two")
    first: dict[str, ArmResult] = {}
    seen: set[tuple[str, str, int, str]] = set()
    for arm in results:
        key = (arm.method, arm.student, arm.seed, arm.task)
        if key in seen:
            raise InputError(f"arm '{arm.name}' appears twice for task '{arm.task}'; leave one out")
        seen.add(key)
        check_same_questions(first.setdefault(arm.task, arm), arm)
    return methods


def _students(a: ArmResult, b: ArmResult, level: float) -> _Draft:
    ids = list(b.correct)
    result = compare_students(a.outcomes(ids), b.outcomes(ids), level)
    unit: Unit = "share" if a.binary and b.binary else "score"
    found = Comparison(
        a.name, b.name, "students", result.difference, result.interval, result.p,
        b.task, b.student, (a.method, b.method), result.n, (b.seed,), unit, result.test,
    )  # fmt: skip
    differences = a.scores(ids) - b.scores(ids)
    deviation = float(differences.std(ddof=1)) if len(ids) > 1 else 0.0
    return _Draft(found, float((differences > 0).mean()), float((differences < 0).mean()), deviation)


def _methods(a: Mapping[int, ArmResult], b: Mapping[int, ArmResult], level: float) -> _Draft:
    one, other = next(iter(a.values())), next(iter(b.values()))
    common, ids = sorted(a.keys() & b.keys()), list(other.correct)
    unit: Unit = "share" if all(arm.binary for arm in (*a.values(), *b.values())) else "score"
    first, second = (np.stack([arms[seed].scores(ids) for seed in common or sorted(arms)]) for arms in (a, b))
    found = Comparison(
        one.method, other.method, "methods", float(first.mean() - second.mean()), None, None,
        other.task, other.student, (one.method, other.method), len(ids), tuple(common), unit, "t over paired seeds",
        unpaired=tuple(sorted(a.keys() ^ b.keys())), reason="the two share no seed",
    )  # fmt: skip
    if not common:
        return _Draft(found)
    result = compare_methods(first, second, level)
    found = replace(
        found, difference=result.difference, interval=result.interval, p=result.p, reason=result.reason
    )  # fmt: skip
    return _Draft(found, spread=result.spread)


def _finish(drafts: Sequence[_Draft], level: float) -> list[Comparison]:
    corrected = holm([draft.found.p for draft in drafts])
    family = sum(p is not None for p in corrected)
    return [_finished(draft, p, family, level) for draft, p in zip(drafts, corrected, strict=True)]


def _finished(draft: _Draft, p_holm: float | None, family: int, level: float) -> Comparison:
    alpha, verdict = 1 - level, _verdict(draft.found.difference, p_holm, 1 - level)
    # The first step of Holm asks the smallest p of a family to pass alpha / family: plan for that.
    needed = _needed(draft, 1 - alpha / family) if verdict == "tie" else None
    found = replace(draft.found, p_holm=p_holm, verdict=verdict, n_needed=needed)
    return replace(found, sentence=sentence(found, level))


def _verdict(difference: float, p_holm: float | None, alpha: float) -> Verdict:
    if p_holm is None:
        return "undecidable"
    if p_holm >= alpha:
        return "tie"
    return "better" if difference > 0 else "worse"


def _needed(draft: _Draft, level: float) -> int | None:
    difference = draft.found.difference
    if draft.found.level == "methods":
        return None if draft.spread is None else seeds_needed(difference, draft.spread, level)
    if draft.found.unit == "share":
        return questions_needed(draft.gain, draft.loss, level)
    return scores_needed(difference, draft.deviation, level)
