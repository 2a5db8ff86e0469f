"""Reasoning quality beyond the final answer: arithmetic, length, agreement, and what each step adds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from statistics import fmean

from smallsteps.records import unit_interval
from smallsteps.report.arm_table import ArmTable, Line, point_name
from smallsteps.report.content import (
    Cell,
    Column,
    Figures,
    Heading,
    Part,
    Prose,
    Section,
    Table,
    number,
    percent,
    words,
)
from smallsteps.report.figures import chain_gains
from smallsteps.report.identity import PLACE_COLUMNS, place_cells
from smallsteps.report.load import ArmData, RunData
from smallsteps.scoring.information_gain import Gains
from smallsteps.scoring.quality import Quality, QualitySummary, quality_of, summarise
from smallsteps.study.sources import Parts
from smallsteps.tasks import Task, get_task

MOST_RATIONALES = 8_000
"""So many rationales are read for their arithmetic, over all arms; an even part of each where there are more."""

_FEWEST_AN_ARM = 100
_MOST_TEACHER = 500
_SHORT_CHAIN = 0.05
Qualities = Mapping[str, Mapping[str, Quality]]

_COLUMNS = (
    *PLACE_COLUMNS, Column("rationales", True), Column("words, median", True),
    Column("arithmetic steps", True, "steps that can be parsed and checked"),
    Column("wrong steps %", True, "of the arithmetic steps"),
    Column("with a wrong step %", True, "of the rationales with arithmetic"),
    Column("right from wrong %", True, "right answers with a wrong step, of the right answers with arithmetic"),
    Column("agreement %", True, "rationales whose own conclusion is the stated answer"),
)  # fmt: skip


def read_qualities(run_data: RunData) -> dict[str, dict[str, Quality]]:
    """The quality of the arms' rationales, by arm and question; of the same part of the questions for every arm."""
    most = _share_of_an_arm(run_data)
    return {data.arm.name: _qualities(data, most) for data in run_data.arms}


def _share_of_an_arm(run_data: RunData) -> int:
    return max(_FEWEST_AN_ARM, MOST_RATIONALES // len(run_data.arms))


def _qualities(data: ArmData, most: int) -> dict[str, Quality]:
    chosen = sorted(data.outcomes, key=lambda one: unit_interval("quality", one.id))[:most]
    found = {}
    for one in chosen:
        text = reasoning_of(data, one.id)
        if text.strip():
            found[one.id] = quality_of(text, one.answer, one.name == "correct", get_task(one.task))
    return found


def reasoning_of(data: ArmData, question: str) -> str:
    """What a student wrote before its answer; empty where the answer comes first."""
    return data.method.words.reasoning(data.answers[question].text, data.method.order)


def reasoning_section(
    run_data: RunData, arm_table: ArmTable, qualities: Qualities, colours: Mapping[str, int]
) -> Section:
    """The quality of the students' rationales beside the teacher's, and the information gain of their steps."""
    rows = [row for line in arm_table.lines if (row := _row(line, qualities)) is not None]
    rows += [_teacher_row(key, parts) for key, parts in run_data.run.parts.items() if _has_rationales(parts)]
    note = (
        "Arithmetic that cannot be parsed with certainty is left out, not called wrong. Answer-first arms write none."
    )
    whole = max((data.score.n for data in run_data.arms), default=0)
    if _share_of_an_arm(run_data) < whole:
        note += f" Checked for the same {_share_of_an_arm(run_data)} questions of each arm."
    parts: list[Part] = []
    if rows:
        parts.append(Table("reasoning", "Quality of rationales", _COLUMNS, tuple(rows), note))
    else:
        parts.append(Prose("No arm writes a rationale before its answer."))
    parts += _gains(arm_table, colours)
    lead = "A right answer from wrong steps is not reasoning: every arithmetic step that can be parsed is checked."
    return Section("reasoning", "Reasoning quality", lead, tuple(parts))


def _row(line: Line, qualities: Qualities) -> tuple[Cell, ...] | None:
    found = [one for data in line.arms for one in qualities[data.arm.name].values()]
    if not found:
        return None
    return (*place_cells(line), *_cells(summarise(found)))


def _teacher_row(key: str, parts: Parts) -> tuple[Cell, ...]:
    found = islice(_teacher_qualities(parts, get_task(parts.test[0].task)), _MOST_TEACHER)
    place = (words(key), words(""), words(""), words(f"teacher (first {_MOST_TEACHER})"))
    return (*place, *_cells(summarise(list(found))))


def _teacher_qualities(parts: Parts, task: Task) -> Iterable[Quality]:
    for record in parts.train:
        for rationale in record.rationales:
            yield quality_of(rationale.text, rationale.answer, rationale.correct, task)


def _has_rationales(parts: Parts) -> bool:
    return any(record.rationales for record in parts.train)


def _cells(found: QualitySummary) -> tuple[Cell, ...]:
    return (
        number(found.rationales), number(found.median_words), number(found.steps), percent(found.wrong_share),
        percent(found.with_wrong_share), percent(found.right_from_wrong_share), percent(found.agreement),
    )  # fmt: skip


def _gains(arm_table: ArmTable, colours: Mapping[str, int]) -> list[Part]:
    lines = [line for line in arm_table.lines if any(one.steps for data in line.arms for one in data.gains.values())]
    title = Heading("Information gain per step")
    if not lines:
        hint = "how much each step of a rationale changes the student's log-probability of the gold answer"
        return [title, Prose(f"Not traced: `smallsteps trace RUN` measures {hint}.", "quiet")]
    columns = (
        *PLACE_COLUMNS, Column("rationales", True), Column("steps, mean", True),
        Column("before, nats", True, "mean log-probability of the gold answer after the question alone"),
        Column("after, nats", True, "… after the whole rationale"), Column("gain per step, nats", True),
        Column("falling step, right %", True, "of the right answers: some step lowers the log-probability"),
        Column("falling step, wrong %", True, "of the wrong answers: some step lowers the log-probability"),
    )  # fmt: skip
    table = Table("gains", "What the steps add", columns, tuple(map(_gain_row, lines)), _gain_note(lines))
    figures = []
    for index, (task, student, point) in enumerate(dict.fromkeys((one.task, one.student, one.point) for one in lines)):
        curves = {line.method: _curve(line) for line in lines
                  if (line.task, line.student, line.point) == (task, student, point)}  # fmt: skip
        name = ", ".join(
            filter(None, (f"Log-probability of the gold answer by steps read: {task}", student, point_name(point)))
        )
        figures.append(chain_gains(f"gains{index}", name, curves, colours))
    return [title, Figures(tuple(figures)), table]


def _gain_note(lines: Sequence[Line]) -> str:
    """What is measured, and how often it happens to rationales that end well."""
    right = [_falls(one) for line in lines for data in line.arms for one in _traced(data, right=True)]
    measured = "Measured: how a step changes the student's log-probability of the gold answer."
    if not right:
        return measured
    rate = f"{100 * fmean(right):.0f} % of the {len(right)} rationales with a right answer have a falling step"
    return f"{measured} {rate}, so a falling step does not mark where a rationale goes wrong."


def _traced(data: ArmData, *, right: bool) -> list[Gains]:
    """The traced rationales with steps whose answer is right, or wrong."""
    return [one for one in data.gains.values() if one.steps and data.right[one.id] == right]


def _falls(gains: Gains) -> bool:
    return gains.worst is not None


def _gain_row(line: Line) -> tuple[Cell, ...]:
    found = [one for data in line.arms for one in data.gains.values() if one.steps]
    steps = [step.gain for one in found for step in one.steps]
    falling = ([_falls(one) for data in line.arms for one in _traced(data, right=right)] for right in (True, False))
    return (
        *place_cells(line), number(len(found)), number(len(steps) / len(found), 1),
        number(fmean(one.base for one in found), 2), number(fmean(one.final for one in found), 2),
        number(fmean(steps), 2), *(percent(fmean(some) if some else None) for some in falling),
    )  # fmt: skip


def _curve(line: Line) -> Sequence[float]:
    """Mean log-probabilities after 0, 1, … steps, while at least one rationale in twenty goes on.

    A rationale that has ended keeps its last value.
    """
    chains = [
        [one.base, *(step.logprob for step in one.steps)]
        for data in line.arms
        for one in data.gains.values()
        if one.steps
    ]
    lengths = sorted(map(len, chains))
    longest = lengths[int((1 - _SHORT_CHAIN) * (len(lengths) - 1))]
    return [fmean(chain[min(index, len(chain) - 1)] for chain in chains) for index in range(longest)]
