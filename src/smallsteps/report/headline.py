"""The question that a study answers and its answer, each in one sentence, with how far the answer is proven."""

from __future__ import annotations

from smallsteps.report.arm_table import ArmTable, ComparisonGroup, Line, level_of, point_name, results_of
from smallsteps.report.content import Answer, Tone, count_of, join_names
from smallsteps.report.load import RunData
from smallsteps.stats import compare_macro, macro_mean

_SHOWN = {"methods": "shown for the methods", "students": "shown for these trained students"}
_LABELS: dict[Tone, str] = {"unsure": "not decided", "quiet": "nothing to compare"}


def headline(run_data: RunData, arm_table: ArmTable) -> Answer:
    """The question and its answer. What is not proven is said to be not proven."""
    sentence: str
    tone: Tone
    if len({line.method for line in arm_table.lines}) < 2:
        sentence, tone = _alone(arm_table.lines[0]), "quiet"
    elif len(arm_table.points) > 1:
        sentence, tone = _over_points(arm_table, run_data.baseline)
    elif len(run_data.tasks) > 1:
        sentence, tone = _over_tasks(run_data, arm_table)
    else:
        found = [_group_answer(group, arm_table, run_data.baseline) for group in arm_table.groups]
        several = len(found) > 1
        named = zip(arm_table.groups, found, strict=True)
        sentence = " ".join(f"{group.student}: {text}" if several else text for group, (text, _) in named)
        tones = {tone for _, tone in found}
        tone = tones.pop() if len(tones) == 1 else "unsure"
    if run_data.unfinished:
        sentence += f" So far: {count_of(len(run_data.unfinished), 'arm')} of the study not finished."
    levels = {level_of(arm_table.at(group)) for group in arm_table.groups}
    label = _LABELS.get(tone) or _SHOWN["students" if "students" in levels else "methods"]
    return Answer(_question(run_data), sentence, tone, label)


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


def _group_answer(group: ComparisonGroup, arm_table: ArmTable, baseline: str) -> tuple[str, Tone]:
    """The answer for one task and student."""
    lines = arm_table.at(group)
    best = lines[0]
    if len(lines) < 2:
        return _alone(best), "quiet"
    other = next((line for line in lines if line.method == baseline), None)
    if other is None or other is best:
        return _baseline_first(group, arm_table)
    level = level_of([best, other])
    found = arm_table.comparison(group, best, other, level)
    gap = f"{100 * abs(best.accuracy - other.accuracy):.1f} points"
    lead = f"{best.method} {_reached(best)}"
    if found is None or found.verdict == "undecidable":
        return f"{lead}, {gap} more than {baseline}, but {_why_open(found.reason if found else '')}.", "unsure"
    interval = ""
    if found.interval is not None:
        low, high = sorted(100 * end * (1 if found.methods[0] == best.method else -1) for end in found.interval)
        interval = f" (95 % interval of the difference {low:.1f} to {high:.1f})"
    who = f"over {count_of(len(found.seeds), 'paired seed')} the methods" if level == "methods" else (
        "these trained students"
    )  # fmt: skip
    peers = _peers(group, arm_table)
    if found.verdict == "tie":
        return f"{lead}, {gap} more than {baseline}{interval}, but {who} are not shown to differ.", "unsure"
    caution = "" if level == "methods" else "; one seed cannot tell whether the methods do"
    return f"{lead}, {gap} more than {baseline}{interval}: {who} differ{caution}{peers}.", "good"


def _baseline_first(group: ComparisonGroup, arm_table: ArmTable) -> tuple[str, Tone]:
    best, *rest = lines = arm_table.at(group)
    level = level_of(lines)
    found = [(line, arm_table.comparison(group, best, line, level)) for line in rest]
    worse = [line.method for line, one in found if one is not None and one.verdict in ("better", "worse")]
    lead = f"No method does better than {best.method}, which {_reached(best)}"
    if not worse:
        return f"{lead}; none is shown to differ from it either.", "unsure"
    if level == "methods":
        return f"{lead}; {join_names(worse)} {'is' if len(worse) == 1 else 'are'} shown to be worse.", "bad"
    who = f"the trained student{'s' if len(worse) > 1 else ''} of {join_names(worse)}"
    caution = "one seed cannot tell whether the methods are"
    return f"{lead}; {who} {'is' if len(worse) == 1 else 'are'} shown to be worse, {caution}.", "bad"


def _peers(group: ComparisonGroup, arm_table: ArmTable) -> str:
    letters = arm_table.letters(group)
    best, *rest = arm_table.at(group)
    own = set(letters.get(best.method, ""))
    equal = [line.method for line in rest if own & set(letters.get(line.method, ""))]
    return f"; {join_names(equal)} {'is' if len(equal) == 1 else 'are'} not shown to be worse" if equal else ""


def _why_open(reason: str) -> str:
    return f"whether the methods differ cannot be decided: {reason}" if reason else "the two were not compared"


def _over_points(arm_table: ArmTable, baseline: str) -> tuple[str, Tone]:
    best = max(arm_table.lines, key=lambda line: line.accuracy)
    where = point_name(best.point) or "every setting"
    sentence = (
        f"Over {count_of(len(arm_table.points), 'setting')} {best.method} does best: at {where} it {_reached(best)} "
        f"({best.task}), which flatters, because it was picked on test questions"
    )
    verdicts = [verdict for group in arm_table.groups if (verdict := _verdict(group, arm_table, best.method, baseline))]
    if not verdicts:
        return f"{sentence}.", "unsure"
    won = verdicts.count("better")
    shown = f"it is shown to beat {baseline} in {won} of {count_of(len(verdicts), 'comparison')}"
    return f"{sentence}; {shown}.", "good" if won == len(verdicts) else "unsure"


def _verdict(group: ComparisonGroup, arm_table: ArmTable, method: str, baseline: str) -> str:
    """How a method does against the baseline in a group; empty where the two do not meet."""
    lines = {line.method: line for line in arm_table.at(group)}
    if method == baseline or method not in lines or baseline not in lines:
        return ""
    found = arm_table.comparison(group, lines[method], lines[baseline], level_of([lines[method], lines[baseline]]))
    if found is None or found.verdict in ("tie", "undecidable"):
        return "open"
    return "better" if lines[method].accuracy > lines[baseline].accuracy else "worse"


def _over_tasks(run_data: RunData, arm_table: ArmTable) -> tuple[str, Tone]:
    results = results_of(run_data.arms)
    student = arm_table.lines[0].student
    methods = list(dict.fromkeys(line.method for line in arm_table.lines if line.student == student))
    baseline = run_data.baseline
    means = {method: macro_mean(results, method, student) for method in methods}
    best = max(means, key=lambda method: means[method])
    lead = f"Over {count_of(len(run_data.tasks), 'task')} {best} has the highest macro mean, {_percent(means[best])}"
    if best == baseline:
        return f"{lead}; no method does better than this baseline.", "unsure"
    found = compare_macro(results, best, baseline, student)
    gap = f"{100 * found.difference:.1f} points above {baseline}"
    if found.interval is None or found.p is None:
        return f"{lead}, {gap}, but {_why_open(found.reason)}.", "unsure"
    interval = f"95 % interval {100 * found.interval.low:.1f} to {100 * found.interval.high:.1f}"
    # The best of several is compared: Bonferroni over the methods that could have been it.
    if found.p * (len(methods) - 1) < 0.05:
        return f"{lead}, {gap} ({interval}): the methods differ.", "good"
    return f"{lead}, {gap} ({interval}), but the methods are not shown to differ.", "unsure"
