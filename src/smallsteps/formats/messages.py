"""`{messages: […]}` rows, as chat models are fine-tuned on, and ShareGPT's `{conversations: […]}`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from smallsteps.formats import Format, Identities, Part, Row, each_row, read_rows
from smallsteps.formats._chat import LISTS, Turn, list_name, plain_turn, turn
from smallsteps.formats._completion import BESIDE, completions, is_exported, record_of_turn, told_unused
from smallsteps.formats._naming import no_parts
from smallsteps.records import Record, atomic_writer


@dataclass(frozen=True)
class Messages(Format):
    """`{messages: [{role: user, content}, {role: assistant, content}]}` a row: the question and a rationale.

    ShareGPT's `{conversations: [{from: human, value}, {from: gpt, value}]}` is read as well, from JSON, JSON lines,
    `.gz`, `.zst` and Parquet. Content may come in parts. System and developer messages, tool calls and their results
    are left out. Thoughts, in `reasoning_content` or between marks such as `<think>`, are the rationale; the reply is
    kept beside them. Further fields (`id`, `task`, `answer`, `choices`, `meta`, `rationale`) are those of
    `prompt-completion`.
    """

    task: str | None = None
    """The task of rows without a field `task`, where the file's name does not tell it."""

    def read(self, files: Sequence[Path], part: Part | None) -> Iterator[Record]:
        """A record a row; the importer joins the rows of a question."""
        no_parts("messages", part)
        for file in files:
            rows = told_unused(read_rows(file, self), BESIDE | set(LISTS))
            yield from each_row(file, rows, self._maker(Identities()))

    def _maker(self, identities: Identities) -> Callable[[int, Row], Record]:
        return lambda index, row: record_of_turn(row, index, _turn(row), self.task, identities)

    def looks_like(self, row: object) -> bool:
        """A list of messages."""
        return isinstance(row, dict) and ("messages" in row or list_name(row) is not None)

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


def _turn(row: Row) -> Turn:
    name = list_name(row.data) or next((name for name in LISTS if name in row.data), "messages")
    read = plain_turn if is_exported(row) else turn
    return read(row, row.items(name), name)
