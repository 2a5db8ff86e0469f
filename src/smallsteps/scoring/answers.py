"""What the students wrote: answers, and the JSON-lines files that hold them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError

from smallsteps.errors import FileError, suggestion
from smallsteps.methods import Finish
from smallsteps.records import Segment, atomic_writer, read_lines, to_dict


@dataclass(frozen=True, slots=True)
class Answer:
    """One output for one question. `tokens` counts the generated ones, `sample` the answers to one question from 0.

    `seconds` is the question's share of the time that its batch took; `of` how many samples of the question were asked
    for, of which an adaptive stop may have left some out.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    id: str
    task: str
    arm: str
    sample: int
    prompt: str
    text: str
    tokens: int
    finish: Finish
    segments: tuple[Segment, ...] = ()
    seconds: float = 0.0
    of: int = 1


def write_answers(path: Path | str, answers: Iterable[Answer]) -> int:
    """Write an answers file and return the number of answers; the file appears whole or not at all."""
    count = 0
    with atomic_writer(path) as file:
        for answer in answers:
            file.write(json.dumps(asdict(answer) | _segments(answer), ensure_ascii=False) + "\n")
            count += 1
    return count


def read_answers(path: Path | str) -> Iterator[Answer]:
    """The answers of a file. Raises FileError naming file, line and field of the first thing that is wrong."""
    adapter = TypeAdapter(Answer)
    count = 0
    for number, line in read_lines(path):
        try:
            yield adapter.validate_json(line)
        except ValidationError as error:
            raise _explain(error, path, number) from None
        count += 1
    if not count:
        raise FileError(path, "the file is empty; expected one answer a line")


def _segments(answer: Answer) -> dict[str, Any]:
    return {"segments": to_dict(answer.segments)}


def _explain(error: ValidationError, path: Path | str, number: int) -> FileError:
    first = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or None
    if first["type"] == "json_invalid":
        return FileError(path, "broken JSON; was the line cut off?", line=number)
    if first["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
        known = [item.name for item in fields(Answer)]
        return FileError(path, f"is no field of an answer; {suggestion(str(place), known)}", line=number, field=place)
    return FileError(path, first["msg"].lower(), line=number, field=place)
