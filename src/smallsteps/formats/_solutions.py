"""Published model outputs with their publisher's verdicts, as an answers file."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from smallsteps.errors import OptionError
from smallsteps.formats._format import FORMATS, Format
from smallsteps.records import atomic_writer


@dataclass(frozen=True, slots=True)
class Solution:
    """One output of one model (`arm`) for one question, with the verdict of those who published it."""

    id: str
    task: str
    arm: str
    prompt: str
    text: str
    correct: bool


class HoldsSolutions(ABC):
    """A layout whose files hold the outputs of models besides the questions."""

    @abstractmethod
    def solutions(self, files: Sequence[Path]) -> Iterator[Solution]:
        """Every output, one after another; `id` is that of the record which the same layout reads."""


def solutions_of(layout: Format, files: Sequence[Path]) -> Iterator[Solution]:
    """The outputs that the files hold. Raises OptionError for a layout without any."""
    if not isinstance(layout, HoldsSolutions):
        name = FORMATS.name_of(type(layout)).replace("_", "-")
        raise OptionError(f"--answers: files of the layout '{name}' hold no outputs of models; leave it out")
    return layout.solutions(files)


def write_solutions(path: Path, solutions: Iterator[Solution]) -> int:
    """Write an answers file (one JSON object a line) and return the number of answers.

    `tokens` (which nobody published) counts words, `seconds` is 0, and `finish` is `stop`: the outputs are whole.
    """
    count = 0
    with atomic_writer(path) as file:
        for solution in solutions:
            answer = {"id": solution.id, "task": solution.task, "arm": solution.arm, "sample": 0,
                      "prompt": solution.prompt, "text": solution.text, "tokens": len(solution.text.split()),
                      "finish": "stop", "seconds": 0.0}  # fmt: skip
            file.write(json.dumps(answer, ensure_ascii=False) + "\n")
            count += 1
    return count
