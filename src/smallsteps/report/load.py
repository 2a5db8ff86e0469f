"""A run folder as one plain object: every finished arm with its answers, outcomes, log and gains. Needs no torch."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from smallsteps.methods import Method, make_method
from smallsteps.records import Record, read_json, read_lines
from smallsteps.scoring.answers import Answer, read_answers
from smallsteps.scoring.evaluate import RATIONALE_BLEU, Outcome, Score, check_answered, judge_answers, score_outcomes
from smallsteps.scoring.information_gain import GAINS, Gains, read_gains
from smallsteps.stats import Point, point_key
from smallsteps.study.arms import Arm
from smallsteps.study.compare import Run
from smallsteps.study.environment import ENVIRONMENT
from smallsteps.study.open_run import finished_arms, open_run
from smallsteps.study.run import CONFIG, SCORES
from smallsteps.study.sources import Parts
from smallsteps.study.tune import TUNING


@dataclass(frozen=True)
class ArmData:
    """A finished arm.

    `scores`, `config` and `environment` are its files; `score` is read again from its answers, so that a corrected
    reading shows. `answers` holds the first sample of every question, `samples` how many there were; `logs` are by
    path.
    """

    arm: Arm
    method: Method
    scores: Mapping[str, Any]
    config: Mapping[str, Any]
    answers: Mapping[str, Answer]
    samples: int
    outcomes: tuple[Outcome, ...]
    score: Score
    logs: Mapping[str, tuple[Mapping[str, float], ...]]
    gains: Mapping[str, Gains]
    tuning: tuple[Mapping[str, Any], ...]
    environment: Mapping[str, str]

    @cached_property
    def point(self) -> Point:
        """The swept fields of the arm; a list or mapping as its text, so that points can be keys."""
        return point_key(self.arm.point)

    @cached_property
    def right(self) -> dict[str, bool]:
        """Right or wrong for every question."""
        return {outcome.id: outcome.name == "correct" for outcome in self.outcomes}

    @cached_property
    def grades(self) -> dict[str, bool | float]:
        """Right or wrong for every question, or its grade from 0 to 1 if the task gives grades."""
        return {outcome.id: outcome.grade for outcome in self.outcomes}

    @property
    def readings_differ(self) -> list[Outcome]:
        """The questions on which the strict and the lenient reading disagree about right or wrong."""
        return [one for one in self.outcomes if one.lenient_correct != (one.name == "correct")]


@dataclass(frozen=True)
class RunData:
    """Everything a report is made from. `unfinished` names the arms that are missing."""

    run: Run
    arms: tuple[ArmData, ...]
    unfinished: tuple[str, ...]

    @property
    def tasks(self) -> list[str]:
        """The tasks with a finished arm, in the study's order."""
        return list(dict.fromkeys(data.arm.task for data in self.arms))

    @property
    def methods(self) -> list[str]:
        """The methods' labels, in the study's order."""
        return list(dict.fromkeys(data.arm.label for data in self.arms))

    @property
    def points(self) -> list[Point]:
        """The points of the sweep; one empty point without a sweep."""
        return list(dict.fromkeys(data.point for data in self.arms))

    @property
    def baseline(self) -> str:
        """The method that all others are compared with: the study's baseline, or its first method."""
        return self.run.study.baseline or self.methods[0]

    def parts_of(self, data: ArmData) -> Parts:
        """The corpus of an arm."""
        return self.run.parts_of(data.arm)


def load_run(folder: Path, data: str | None = None) -> RunData:
    """Read a run folder. Raises FileError, naming the file and the way out, if something is missing or broken."""
    run = open_run(folder, data)
    finished = finished_arms(run)
    arms = tuple(_arm(arm, run.parts_of(arm).test, run.folder_of(arm)) for arm in finished)
    return RunData(run, arms, tuple(arm.name for arm in run.arms if arm not in finished))


def _arm(arm: Arm, test: Sequence[Record], folder: Path) -> ArmData:
    config = read_json(folder / CONFIG)
    method = make_method(config["method"], config["options"])
    records = {record.id: record for record in test}
    answers = list(read_answers(folder / "answers.jsonl"))
    check_answered(answers, test, folder / "answers.jsonl")
    outcomes = tuple(judge_answers(answers, records, method.reader))
    gains = folder / GAINS
    tuning = folder / TUNING
    scores = read_json(folder / SCORES)
    return ArmData(
        arm=arm,
        method=method,
        scores=scores,
        config=config,
        answers={answer.id: answer for answer in answers if answer.sample == 0},
        samples=1 + max(answer.sample for answer in answers),
        outcomes=outcomes,
        score=_with_likeness(score_outcomes(outcomes, records), scores),
        logs={path.parent.name: _log(path) for path in sorted(folder.glob("training/*/log.jsonl"))},
        gains={one.id: one for one in read_gains(gains)} if gains.exists() else {},
        tuning=tuple(read_json(tuning)) if tuning.exists() else (),
        environment=read_json(folder / ENVIRONMENT) if (folder / ENVIRONMENT).exists() else {},
    )


def _with_likeness(score: Score, scores: Mapping[str, Any]) -> Score:
    """The score with the BLEU of the rationales from the arm's scores.json: reading answers anew does not change it."""
    likeness = {name: value for name, value in scores["metrics"].items() if name == RATIONALE_BLEU}
    return replace(score, metrics=score.metrics | likeness)


def _log(path: Path) -> tuple[Mapping[str, float], ...]:
    return tuple(json.loads(line) for _, line in read_lines(path))
