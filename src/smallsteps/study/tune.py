"""Tuning: every arm gets the same number of trials, judged on the validation part, and all of them are reported."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from smallsteps.errors import InputError, OptionError
from smallsteps.progress import SILENT, Progress
from smallsteps.records import write_json
from smallsteps.study.arms import METHOD_FIELD, Arm, has_option
from smallsteps.study.run import Provided, run_arm
from smallsteps.study.sources import Parts

TUNING = "tuning.json"


@dataclass(frozen=True)
class Trial:
    """One setting of the tuned fields, and the seed with which it was tried."""

    settings: tuple[tuple[str, Any], ...]
    seed: int


def trials(arm: Arm, tune: Mapping[str, Sequence[Any]]) -> list[Trial]:
    """The trials of an arm: as many as the whole grid has points, for every arm alike.

    An arm whose method lacks a tuned field has fewer distinct settings; it spends its other trials on further seeds of
    the same settings, so that nobody gets more chances than another.
    """
    own = {field: values for field, values in tune.items() if _applies(field, arm.method)}
    count = len(list(itertools.product(*tune.values())))
    grid = [tuple(zip(own, values, strict=True)) for values in itertools.product(*own.values())]
    return [Trial(grid[index % len(grid)], arm.seed + 1000 * (index // len(grid))) for index in range(count)]


def with_settings(arm: Arm, settings: Sequence[tuple[str, Any]]) -> Arm:
    """The arm with some dotted fields set: `training.x`, `decoding.x` or `method.x`."""
    for field, value in settings:
        place, _, name = field.partition(".")
        attribute = {"method": "options", "training": "training", "decoding": "decoding"}.get(place)
        if attribute is None or not name:
            raise OptionError(f"tune: '{field}' cannot be tuned; tunable are training.…, decoding.… and method.…")
        changed: dict[str, Any] = {attribute: tuple(sorted((dict(getattr(arm, attribute)) | {name: value}).items()))}
        arm = replace(arm, **changed)
    return arm


def tune_arm(
    arm: Arm,
    tune: Mapping[str, Sequence[Any]],
    parts: Parts,
    provided: Provided,
    folder: Path,
    progress: Progress = SILENT,
) -> Arm:
    """The arm with the settings that did best on the validation part; ties go to the earlier trial.

    Writes all trials to `tuning.json` in the arm's folder. Raises InputError without a validation part.
    """
    if not parts.validation:
        raise InputError("tune: settings are chosen on a validation part, and there is none; set corpus.validation")
    held_out = replace(parts, test=parts.validation)
    results = []
    for number, trial in enumerate(trials(arm, tune)):
        candidate = replace(with_settings(arm, trial.settings), seed=trial.seed)
        scores = run_arm(candidate, held_out, provided, folder / "tuning" / f"trial{number}", progress)
        results.append((scores["accuracy"], number, trial, scores["train_seconds"]))
    best = max(results, key=lambda result: (result[0], -result[1]))
    report = [
        {"settings": dict(trial.settings), "seed": trial.seed, "validation_accuracy": accuracy, "seconds": seconds,
         "chosen": number == best[1]}
        for accuracy, number, trial, seconds in results
    ]  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / TUNING, report)
    return with_settings(arm, best[2].settings)


def _applies(field: str, method: str) -> bool:
    return not field.startswith(METHOD_FIELD) or has_option(method, field.removeprefix(METHOD_FIELD))
