"""The question that a study answers and its answer, each in one sentence, with how far the answer is proven."""

from __future__ import annotations

from collections.abc import Sequence

from smallsteps.report.content import Answer, Tone, counted, listed
from smallsteps.report.gather import Material
from smallsteps.report.lineup import Line, Lineup, level_of, point_name, results_of
from smallsteps.stats import compare_macro, macro_mean

_LABELS: dict[Tone, str] = {
    "good": "shown", "bad": "shown", "unsure": "not decided", "quiet": "nothing compared", "": "",
}  # fmt: skip


def headline(material: Material, lineup: Lineup) -> Answer:
    """The question and its answer. What is not proven is said to be not proven."""
    sentence: str
    tone: Tone
    if len({line.method for line in lineup.lines}) < 2:
        sentence, tone = _alone(lineup.lines[0]), "quiet"
    elif len(material.points) > 1:
        sentence, tone = _over_points(lineup), "unsure"
    elif len(material.tasks) > 1:
        sentence, tone = _over_tasks(material, lineup)
    else:
        found = [_race(lineup.at(*race), lineup, material.baseline) for race in lineup.races]
        several = len(found) > 1
        named = zip(lineup.races, found, strict=True)
        sentence = " ".join(f"{student}: {text}" if several else text for (_, student, _), (text, _) in named)
        tones = {tone for _, tone in found}
        tone = tones.pop() if len(tones) == 1 else "unsure"
    if material.unfinished:
        sentence += f" So far: {counted(len(material.unfinished), 'arm')} of the study not finished."
    return Answer(_question(material), sentence, tone, _LABELS[tone])


def _question(material: Material) -> str:
    study = material.run.study
    if study.question:
        return study.question
    students = list(dict.fromkeys(data.arm.student.label for data in material.arms))
    return f"Which of {listed(material.methods)} teaches {listed(students)} best on {listed(material.tasks)}?"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _alone(line: Line) -> str:
    low, high = line.interval
    return (
        f"{line.method} answers {_percent(line.accuracy)} of {counted(line.n, 'question')} right "
        f"(95 % interval {100 * low:.1f} to {100 * high:.1f}); there is no other method to compare it with."
    )


def _race(race: Sequence[Line], lineup: Lineup, baseline: str) -> tuple[str, Tone]:
    """The answer for one task and student."""
    best = race[0]
    if len(race) < 2:
        return _alone(best), "quiet"
    other = next((line for line in race if line.method == baseline), None)
    if other is None or other is best:
        return _baseline_first(race, lineup)
    level = level_of([best, other])
    found = lineup.comparison(best, other, level)
    gap = f"{100 * abs(best.accuracy - other.accuracy):.1f} points"
    lead = f"{best.method} answers {_percent(best.accuracy)} of {counted(best.n, 'question')} right"
    if found is None or found.verdict == "undecidable":
        return f"{lead}, {gap} more than {baseline}, but {_why_open(found.reason if found else '')}.", "unsure"
    interval = ""
    if found.interval is not None:
        low, high = sorted(100 * end * (1 if found.methods[0] == best.method else -1) for end in found.interval)
        interval = f" (95 % interval of the difference {low:.1f} to {high:.1f})"
    who = f"over {counted(len(found.seeds), 'paired seed')} the methods" if level == "methods" else (
        "these trained students"
    )  # fmt: skip
    peers = _peers(race, lineup)
    if found.verdict == "tie":
        return f"{lead}, {gap} more than {baseline}{interval}, but {who} are not shown to differ.", "unsure"
    caution = "" if level == "methods" else "; one seed cannot tell whether the methods do"
    return f"{lead}, {gap} more than {baseline}{interval}: {who} differ{caution}{peers}.", "good"


def _baseline_first(race: Sequence[Line], lineup: Lineup) -> tuple[str, Tone]:
    best, rest = race[0], race[1:]
    level = level_of(race)
    found = [(line, lineup.comparison(best, line, level)) for line in rest]
    worse = [line.method for line, one in found if one is not None and one.verdict in ("better", "worse")]
    lead = f"No method does better than {best.method}, which answers {_percent(best.accuracy)} of "
    lead += f"{counted(best.n, 'question')} right"
    if not worse:
        return f"{lead}; none is shown to differ from it either.", "unsure"
    what = "the method" if level == "methods" else "the trained student"
    return f"{lead}; {what} of {listed(worse)} is shown to be worse.", "bad"


def _peers(race: Sequence[Line], lineup: Lineup) -> str:
    letters = lineup.letters(race)
    own = set(letters.get(race[0].method, ""))
    equal = [line.method for line in race[1:] if own & set(letters.get(line.method, ""))]
    return f"; {listed(equal)} {'is' if len(equal) == 1 else 'are'} not shown to be worse" if equal else ""


def _why_open(reason: str) -> str:
    return f"whether the methods differ cannot be decided: {reason}" if reason else "the two were not compared"


def _over_points(lineup: Lineup) -> str:
    best = max(lineup.lines, key=lambda line: line.accuracy)
    points = len({line.point for line in lineup.lines})
    where = point_name(best.point) or "every setting"
    return (
        f"Over {counted(points, 'setting')} {best.method} does best at {where} ({_percent(best.accuracy)} of "
        f"{counted(best.n, 'question')} on {best.task}); a maximum picked on test questions flatters, so read the curves."
    )


def _over_tasks(material: Material, lineup: Lineup) -> tuple[str, Tone]:
    results = results_of(material.arms)
    student = lineup.lines[0].student
    methods = list(dict.fromkeys(line.method for line in lineup.lines if line.student == student))
    baseline = material.baseline
    means = {method: macro_mean(results, method, student) for method in methods}
    best = max(means, key=lambda method: means[method])
    lead = f"Over {counted(len(material.tasks), 'task')} {best} has the highest macro mean, {_percent(means[best])}"
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
