"""Information gain per step: how much each step of a rationale raises the log-probability of the gold answer."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ConfigDict, TypeAdapter, ValidationError

from smallsteps.errors import FileError
from smallsteps.records import atomic_writer, read_lines, to_dict

GAINS = "gains.jsonl"


@dataclass(frozen=True, slots=True)
class StepGain:
    """One step of a rationale, `text[start:end]` of the answer's text.

    `logprob` is the student's log-probability of the gold answer behind this step, in nats; `gain` what the step
    added to it.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    start: int
    end: int
    logprob: float
    gain: float


@dataclass(frozen=True, slots=True)
class Gains:
    """The steps of the rationale that a student wrote for one question.

    `base` is the log-probability of the gold answer without any step, in nats.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    id: str
    sample: int
    base: float
    steps: tuple[StepGain, ...]

    @property
    def final(self) -> float:
        """The log-probability of the gold answer behind the whole rationale, in nats."""
        return self.steps[-1].logprob if self.steps else self.base

    @property
    def worst(self) -> StepGain | None:
        """The step that lowers the log-probability most; None where no step does."""
        losing = [step for step in self.steps if step.gain < 0]
        return min(losing, key=lambda step: step.gain, default=None)


def write_gains(path: Path, gains: Iterable[Gains]) -> int:
    """Write a gains file, one JSON object a line, and return their number; it appears whole or not at all."""
    count = 0
    with atomic_writer(path) as file:
        for one in gains:
            file.write(json.dumps(to_dict(one) | {"steps": to_dict(one.steps)}, ensure_ascii=False) + "\n")
            count += 1
    return count


def read_gains(path: Path) -> Iterator[Gains]:
    """The gains of a file. Raises FileError naming file, line and field of the first thing that is wrong."""
    adapter = TypeAdapter(Gains)
    for number, line in read_lines(path):
        try:
            yield adapter.validate_json(line)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = ".".join(map(str, first["loc"])) or None
            message = f"{first['msg'].lower()}; write the file again with `smallsteps trace`"
            raise FileError(path, message, line=number, field=place) from None
