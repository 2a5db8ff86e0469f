"""Last Letter Concatenation in its published wording."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from smallsteps.generators import Generator, Part
from smallsteps.generators._names import NAMES
from smallsteps.generators._ranges import check_range
from smallsteps.records import Record

_LETTER_SAYINGS = [
    'The last letter of "{0}" is "{y}".',
    '"{0}" ends with "{y}".',
    'In "{0}" the last letter is "{y}".',
]


@dataclass(frozen=True)
class LastLetterConcatenation(Generator):
    """Last letters of the words of a name, put together."""

    words: tuple[int, int] = (4, 4)
    """Fewest and most words of a name; four in the published data."""

    def __post_init__(self) -> None:
        check_range("words", self.words, 1, 20)

    def question(self, draw: random.Random, part: Part) -> Record | None:
        """A name of several words; the answer is the string of their last letters."""
        names = draw.sample(NAMES, draw.randint(*self.words))
        return Record(
            id="",
            task="last_letter_concatenation",
            question=f'Take the last letters of each words in "{" ".join(names)}" and concatenate them.',
            answer="".join(name[-1] for name in names),
            meta={"template": "published", "group": "seen", "steps": _steps(names)},
        )


def _steps(names: list[str]) -> list[dict[str, Any]]:
    letters: list[dict[str, Any]] = [{"op": "last_letter", "args": [name], "say": _LETTER_SAYINGS} for name in names]
    listed = ", ".join(f'"{{{index}}}"' for index in range(len(names)))
    join = {
        "op": "join",
        "args": [{"step": index} for index in range(len(names))],
        "say": [
            f'Concatenating {listed} gives "{{y}}".',
            f'Together {listed} make "{{y}}".',
            f'If we put {listed} together, we get "{{y}}".',
        ],
    }
    return [*letters, join]
