"""The question that a study answers and its answer, with what the answer holds for. Tables and banner agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from smallsteps.report.arm_table import ArmTable, ComparisonGroup, Line, level_of, point_name, results_of
from smallsteps.report.content import Answer, Tone, count_of, join_names
from smallsteps.report.load import RunData
from smallsteps.report.task_summary import MacroComparison, macro_comparisons
from smallsteps.stats import Comparison, macro_mean

METHODS, STUDENTS, OPEN = "shown for the methods", "shown for these trained students", "not decided"
STUDENTS_ONLY = "shown for these trained students, not for the methods"
ALONE, MIXED = "nothing to compare", "students differ: see each"
_TONES: dict[str, Tone] = {METHODS: "good", STUDENTS: "good", STUDENTS_ONLY: "unsure", OPEN: "unsure", ALONE: "quiet"}


@dataclass(frozen=True)
class _Finding:
    """A sentence, and what it holds for."""

    sentence: str
    label: str


def headline(run_data: RunData, arm_table: ArmTable) -> Answer:
    """The question and its answer. What is not significant is said not to be."""
    if len({line.method for line in arm_table.lines}) < 2:
        found = _Finding(_alone(arm_table.lines[0]), ALONE)
    elif len(arm_table.points) > 1:
        found = _over_points(arm_table, run_data.baseline)
    elif len(run_data.tasks) > 1:
        found = _over_tasks(run_data, arm_table)
    else:
        found = _joined({group.student: _of_group(group, arm_table, run_data.baseline) for group in arm_table.groups})
    sentence = found.sentence
    if run_data.unfinished:
        sentence += f" So far: {count_of(len(run_data.unfinished), 'arm')} of the study not finished."
    return Answer(_question(run_data), sentence, _TONES.get(found.label, "unsure"), found.label)


def _joined(found: dict[str, _Finding]) -> _Finding:
    """The findings for several students as one."""
    labels = {one.label for one in found.values()}
    several = len(found) > 1
    sentence = " ".join(f"{student}: {one.sentence}" if several else one.sentence for student, one in found.items())
    return _Finding(sentence, labels.pop() if len(labels) == 1 else MIXED)


def _question(run_data: RunData) -> str:
    study = run_data.run.study
    if study.question:
        return study.question
    students = list(dict.fromkeys(data.arm.student.label for data in run_data.arms))
    return (
        f"Which of {join_names(run_data.methods)} teaches {join_names(students)} best on {join_names(run_data.tasks)}?"
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _reached(line: Line) -> str:
    """What a line reached, as a predicate."""
    if line.graded:
        return f"has a mean grade of {_percent(line.accuracy)} over {count_of(line.n, 'question')}"
    return f"answers {_percent(line.accuracy)} of {count_of(line.n, 'question')} right"


def _alone(line: Line) -> str:
    low, high = line.interval
    return (
        f"{line.method} {_reached(line)} "
        f"(95 % interval {100 * low:.1f} to {100 * high:.1f}); there is no other method to compare it with."
    )


def _of_group(group: ComparisonGroup, arm_table: ArmTable, baseline: str) -> _Finding:
    """The answer for one task and student."""
    lines = arm_table.at(group)
    best = lines[0]
    if len(lines) < 2:
        return _Finding(_alone(best), ALONE)
    other = next((line for line in lines if line.method == baseline), None)
    if other is None or other is best:
        return _baseline_first(group, arm_table)
    level = level_of([best, other])
    found = arm_table.comparison(group, best, other, level)
    gap = f"{100 * abs(best.accuracy - other.accuracy):.1f} points"
    lead = f"{best.method} {_reached(best)}, {gap} more than {baseline}"
    if found is None:
        return _Finding(f"{lead}, but the two share no seed, so they were not compared.", OPEN)
    if found.verdict in ("better", "worse"):
        peers = _peers(group, arm_table)
        if level == "methods":
            shown = (
                f"{lead}{_interval(found, best)}: over {count_of(len(found.seeds), 'paired seed')} the methods differ"
            )
            return _Finding(f"{shown}{peers}.", METHODS)
        caution = "one seed says nothing about the methods"
        return _Finding(f"{lead}{_interval(found, best)}: these trained students differ; {caution}{peers}.", STUDENTS)
    return _undecided(lead, found, arm_table.students_of(group, best.method, other.method), best)


def _undecided(lead: str, found: Comparison, students: Sequence[Comparison], best: Line) -> _Finding:
    """A difference that is not significant, or not tested; every pair of trained students may differ all the same."""
    corrected = "" if found.p_holm is None else f" (p = {found.p_holm:.2g} after Holm correction)"
    if found.level == "students":
        return _Finding(
            f"{lead}{_interval(found, best)}, but these trained students do not differ significantly{corrected}.", OPEN
        )
    why = f"cannot be tested: {found.reason}" if found.p is None else f"is not significant{corrected}"
    about = f"over {count_of(len(found.seeds), 'paired seed')} the difference between the methods {why}"
    above = {one.difference > 0 if one.methods[0] == best.method else one.difference < 0 for one in students}
    if students and above == {True} and all(one.verdict in ("better", "worse") for one in students):
        return _Finding(
            f"{lead}{_interval(found, best)}: the trained students differ at every seed, but {about}.", STUDENTS_ONLY
        )
    return _Finding(f"{lead}{_interval(found, best)}, but {about}.", OPEN)


def _interval(found: Comparison, best: Line) -> str:
    if found.interval is None:
        return ""
    low, high = sorted(100 * end * (1 if found.methods[0] == best.method else -1) for end in found.interval)
    return f" (95 % interval of the difference {low:.1f} to {high:.1f})"


def _baseline_first(group: ComparisonGroup, arm_table: ArmTable) -> _Finding:
    best, *rest = lines = arm_table.at(group)
    level = level_of(lines)
    found = [(line, arm_table.comparison(group, best, line, level)) for line in rest]
    worse = [line.method for line, one in found if one is not None and one.verdict in ("better", "worse")]
    lead = f"No method does better than {best.method}, which {_reached(best)}"
    if not worse:
        return _Finding(f"{lead}; no other method differs from it significantly.", OPEN)
    if level == "methods":
        return _Finding(f"{lead}; {join_names(worse)} {_are(worse)} significantly worse.", METHODS)
    who = f"the trained student{'s' if len(worse) > 1 else ''} of {join_names(worse)}"
    caution = "one seed says nothing about the methods"
    return _Finding(f"{lead}; {who} {_are(worse)} significantly worse, but {caution}.", STUDENTS)


def _are(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _peers(group: ComparisonGroup, arm_table: ArmTable) -> str:
    letters = arm_table.letters(group)
    best, *rest = arm_table.at(group)
    own = set(letters.get(best.method, ""))
    equal = [line.method for line in rest if own & set(letters.get(line.method, ""))]
    return f"; {join_names(equal)} {_are(equal)} not significantly worse than {best.method}" if equal else ""


def _over_points(arm_table: ArmTable, baseline: str) -> _Finding:
    best = max(arm_table.lines, key=lambda line: line.accuracy)
    where = point_name(best.point) or "every setting"
    sentence = (
        f"Over {count_of(len(arm_table.points), 'setting')} {best.method} does best: at {where} it {_reached(best)} "
        f"({best.task}). This flatters it, because it was picked on test questions"
    )
    found = [(one, level) for group in arm_table.groups for one, level in _verdict(group, arm_table, best, baseline)]
    if not found:
        return _Finding(f"{sentence}.", OPEN)
    won = sum(verdict == "better" for verdict, _ in found)
    total = count_of(len(found), "comparison")
    shown = f"it beats {baseline} significantly in {won} of {total}"
    level = STUDENTS if "students" in {level for _, level in found} else METHODS
    label = OPEN if not won else level if won == len(found) else f"shown in {won} of {total}"
    return _Finding(f"{sentence}; {shown}.", label)


def _verdict(group: ComparisonGroup, arm_table: ArmTable, best: Line, baseline: str) -> list[tuple[str, str]]:
    """How a method does against the baseline in a group, and at which level; empty where the two do not meet."""
    lines = {line.method: line for line in arm_table.at(group)}
    method = best.method
    if method == baseline or method not in lines or baseline not in lines:
        return []
    level = level_of([lines[method], lines[baseline]])
    found = arm_table.comparison(group, lines[method], lines[baseline], level)
    if found is None or found.verdict in ("tie", "undecidable"):
        return [("open", level)]
    return [("better" if lines[method].accuracy > lines[baseline].accuracy else "worse", level)]


def _over_tasks(run_data: RunData, arm_table: ArmTable) -> _Finding:
    compared = macro_comparisons(run_data, arm_table)
    students = list(dict.fromkeys(line.student for line in arm_table.lines))
    return _joined({student: _of_tasks(student, compared, run_data, arm_table) for student in students})


def _of_tasks(
    student: str, compared: Sequence[MacroComparison], run_data: RunData, arm_table: ArmTable
) -> _Finding:  # fmt: skip
    results = results_of(run_data.arms)
    methods = list(dict.fromkeys(line.method for line in arm_table.lines if line.student == student))
    means = {method: macro_mean(results, method, student) for method in methods}
    best, baseline = max(means, key=lambda method: means[method]), run_data.baseline
    lead = f"Over {count_of(len(run_data.tasks), 'task')} {best} has the highest macro mean, {_percent(means[best])}"
    own = [one for one in compared if one.found.student == student]
    if best == baseline:
        worse = [one.found.a for one in own if one.verdict == "worse"]
        if worse:
            return _Finding(f"{lead}; {join_names(worse)} {_are(worse)} significantly worse.", METHODS)
        return _Finding(f"{lead}; no other method differs from this baseline significantly.", OPEN)
    one = next((one for one in own if one.found.a == best), None)
    if one is None:
        return _Finding(f"{lead}; it shares no seed with {baseline} over all tasks.", OPEN)
    return _against_baseline(lead, one)


def _against_baseline(lead: str, one: MacroComparison) -> _Finding:
    found = one.found
    low, high = (100 * end for end in found.interval or found.questions_interval)
    lead = f"{lead}, {100 * found.difference:.1f} points above {found.b} (95 % interval {low:.1f} to {high:.1f})"
    if one.p_holm is None:
        label = STUDENTS_ONLY if found.questions_interval.low > 0 else OPEN
        return _Finding(f"{lead}; whether the methods differ cannot be tested: {found.reason}.", label)
    if one.verdict == "better":
        return _Finding(f"{lead}: the methods differ (p = {one.p_holm:.2g} after Holm correction).", METHODS)
    return _Finding(f"{lead}, which is not significant (p = {one.p_holm:.2g} after Holm correction).", OPEN)
