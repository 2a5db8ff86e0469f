"""`{messages: […]}` rows, as chat models are fine-tuned on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from smallsteps.formats import Format, Identities, Part, read_rows
from smallsteps.formats._chat import turn
from smallsteps.formats._completion import completions, record_of_completion
from smallsteps.formats._naming import no_parts
from smallsteps.records import Record, atomic_writer


@dataclass(frozen=True)
class Messages(Format):
    """`{messages: [{role: user, content}, {role: assistant, content}]}` a line: the question and a rationale.

    A system message is left out. Further fields (`id`, `task`, `answer`, `choices`, `meta`, `rationale`) are those of
    `prompt-completion`.
    """

    task: str | None = None
    """The task of rows without a field `task`, where the file's name does not tell it."""

    def read(self, files: Sequence[Path], part: Part | None) -> Iterator[Record]:
        """A record a row; the importer joins the rows of a question."""
        no_parts("messages", part)
        for file in files:
            identities = Identities()
            for index, row in enumerate(read_rows(file, self)):
                question, completion = turn(row, row.items("messages"), "messages")
                yield record_of_completion(row, index, question, completion, self.task, identities)

    def looks_like(self, row: object) -> bool:
        """`messages`."""
        return isinstance(row, dict) and "messages" in row

    def write(self, records: Iterable[Record], path: Path) -> int:
        """One row a rationale (one for a question without any)."""
        count = 0
        with atomic_writer(path) as file:
            for record in records:
                for completion, beside in completions(record):
                    turns = [{"role": "user", "content": record.question}, {"role": "assistant", "content": completion}]
                    file.write(json.dumps({"messages": turns} | beside, ensure_ascii=False) + "\n")
                    count += 1
        return count
