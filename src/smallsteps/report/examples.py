"""The data of the question browser: every question once, every answer once, as plain JSON data.

Rows are lists and outcomes are letters, because there may be tens of thousands; `report.js` reads them by place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smallsteps.report.arm_table import point_name
from smallsteps.report.load import ArmData, RunData
from smallsteps.report.reasoning import Qualities
from smallsteps.scoring.evaluate import Outcome
from smallsteps.scoring.quality import Quality
from smallsteps.study.results import group_title

MOST_CHARACTERS = 4_000
"""The browser shows this much of a longer output, and says so; answers.jsonl has all of it."""

LETTERS = {"correct": "c", "wrong": "w", "truncated": "t", "no_answer": "n", "error": "e"}


def browser_data(run_data: RunData, qualities: Qualities) -> dict[str, Any]:
    """Questions by corpus as `[id, question, gold, group]`, and arms with an answer row for each of them.

    An answer row is `[outcome letter, strict answer, tokens, text, extras?]`; extras may hold `lenient` (where the
    two readings differ), `segments`, `wrong` (spans of wrong arithmetic), `gains` as
    `[base, [start, end, gain], …]`, `grade`, `votes`
    and `cut`.
    """
    keys = {data.arm.name: _corpus_of(run_data, data) for data in run_data.arms}
    questions = {
        key: [[one.id, one.question, one.answer, group_title(str(one.meta.get("group", "")))] for one in parts.test]
        for key, parts in run_data.run.parts.items()
        if key in keys.values()
    }
    arms = [_arm(data, keys[data.arm.name], questions, qualities[data.arm.name]) for data in run_data.arms]
    return {"questions": questions, "arms": arms}


def _corpus_of(run_data: RunData, data: ArmData) -> str:
    parts = run_data.parts_of(data)
    return next(key for key, one in run_data.run.parts.items() if one is parts)


def _arm(
    data: ArmData, corpus: str, questions: Mapping[str, list[list[Any]]], qualities: Mapping[str, Quality]
) -> dict[str, Any]:
    outcomes = {outcome.id: outcome for outcome in data.outcomes}
    return {
        "method": data.arm.label,
        "student": data.arm.student.label,
        "seed": data.arm.seed,
        "setting": point_name(data.point),
        "corpus": corpus,
        "samples": data.samples,
        "answers": [_row(data, outcomes[row[0]], qualities.get(row[0])) for row in questions[corpus]],
    }


def _row(data: ArmData, outcome: Outcome, quality: Quality | None) -> list[Any]:
    answer = data.answers[outcome.id]
    extras: dict[str, Any] = {}
    if outcome.lenient_correct != (outcome.name == "correct"):
        extras["lenient"] = outcome.lenient
    if not isinstance(outcome.grade, bool):
        extras["grade"] = round(outcome.grade, 4)
    if answer.segments:
        extras["segments"] = [[one.kind[0], one.start, one.end] for one in answer.segments]
    if quality is not None and quality.wrong:
        extras["wrong"] = [[step.start, step.end] for step in quality.wrong]
    gains = data.gains.get(outcome.id)
    if gains is not None and gains.steps:
        extras["gains"] = [gains.base, *([one.start, one.end, one.gain] for one in gains.steps)]
    if data.samples > 1:
        extras["votes"] = outcome.votes
    if len(answer.text) > MOST_CHARACTERS:
        extras["cut"] = len(answer.text)
    row = [LETTERS[outcome.name], outcome.answer, outcome.tokens, answer.text[:MOST_CHARACTERS]]
    return [*row, extras] if extras else row
