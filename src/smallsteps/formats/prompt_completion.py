"""`{prompt, completion}` rows, as TRL and most fine-tuning tools take them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from smallsteps.formats import Format, Identities, Part, Row, each_row, read_rows
from smallsteps.formats._chat import Turn, turn
from smallsteps.formats._completion import BESIDE, completions, record_of_turn, told_unused
from smallsteps.formats._naming import no_parts
from smallsteps.records import Record, atomic_writer


@dataclass(frozen=True)
class PromptCompletion(Format):
    """`{prompt, completion}` a line: the question, and a rationale that may end in `So the answer is: …`.

    Both may be texts or chat messages (`[{role, content}]`). `id`, `task`, `answer` (the gold answer), `choices` and
    `meta` are taken where they are there; without a gold answer nothing can be judged. What `smallsteps export` writes
    has them all, and `rationale` with what is known about the completion, so that every field comes back.
    """

    task: str | None = None
    """The task of rows without a field `task`, where the file's name does not tell it."""

    def read(self, files: Sequence[Path], part: Part | None) -> Iterator[Record]:
        """A record a row; the importer joins the rows of a question."""
        no_parts("prompt_completion", part)
        for file in files:
            rows = told_unused(read_rows(file, self), BESIDE | {"prompt", "completion"})
            yield from each_row(file, rows, self._maker(Identities()))

    def _maker(self, identities: Identities) -> Callable[[int, Row], Record]:
        return lambda index, row: record_of_turn(row, index, _turn(row), self.task, identities)

    def looks_like(self, row: object) -> bool:
        """`prompt` and `completion`."""
        return isinstance(row, dict) and {"prompt", "completion"} <= set(row)

    def write(self, records: Iterable[Record], path: Path) -> int:
        """One row a rationale (one for a question without any)."""
        count = 0
        with atomic_writer(path) as file:
            for record in records:
                for completion, beside in completions(record):
                    row = {"prompt": record.question, "completion": completion} | beside
                    file.write(json.dumps(row, ensure_ascii=False) + "\n")
                    count += 1
        return count


def _turn(row: Row) -> Turn:
    prompt, completion = row.value("prompt"), row.value("completion")
    if isinstance(prompt, list) and isinstance(completion, list):
        return turn(row, prompt + completion, "prompt")
    if not isinstance(completion, str):
        raise row.error("expected text", "completion")
    return Turn(row.text("prompt"), "", completion)
