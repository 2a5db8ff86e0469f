"""Questions with their rationales, and the JSON-lines files that hold them.

A corpus is a file of records, one JSON object a line. Reading checks every field and names the file, the line and
the field of the first thing that is wrong; writing is atomic, so that no half-written corpus is ever left behind.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError

from smallsteps.errors import FileError, InputError, suggestion
from smallsteps.files import atomic_writer as atomic_writer
from smallsteps.files import read_json as read_json
from smallsteps.files import read_lines as read_lines
from smallsteps.files import write_json as write_json
from smallsteps.questions import question_key as question_key

Kind = Literal["extractive", "abstractive"]
ORIGINAL, CONTRAST = "original", "contrast"
"""The `meta.group` of the two sides of a contrast set (`meta.parent` names the set)."""
_encode = json.JSONEncoder(ensure_ascii=False).encode
_ATOMS = frozenset((str, int, float, bool))


@dataclass(frozen=True, slots=True)
class Segment:
    """A span of a rationale, in characters: `text[start:end]`."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    kind: Kind
    start: int
    end: int
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Rationale:
    """One chain of thought by a teacher, with the answer that it reached.

    `answer` and `correct` are None while nobody has read or judged them. `logprob` is the teacher's mean
    log-probability per token, in nats. `finish` is the teacher's reason to stop (`stop`, `length`, …). A reasoning
    teacher's `thoughts` and `reply` are kept beside the `text` that was made of them, each where `text` is not it
    already: where the thoughts are the rationale, `reply` is what the teacher said after thinking.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    text: str
    answer: str | None = None
    correct: bool | None = None
    teacher: str | None = None
    model: str | None = None
    prompt_hash: str | None = None
    temperature: float | None = None
    seed: int | None = None
    logprob: float | None = None
    finish: str | None = None
    usage: dict[str, Any] | None = None
    raw: str | None = None
    thoughts: str | None = None
    reply: str | None = None
    segments: tuple[Segment, ...] | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A question with its rationales. `answer` is the gold answer, None where nobody knows it."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    id: str
    task: str
    question: str
    answer: str | None = None
    choices: tuple[str, ...] | None = None
    rationales: tuple[Rationale, ...] = ()
    meta: dict[str, Any] = field(default_factory=dict)


@cache
def _adapter() -> TypeAdapter[Record]:
    return TypeAdapter(Record)


@cache
def _field_names(kind: type) -> tuple[str, ...]:
    return tuple(item.name for item in fields(kind)) if is_dataclass(kind) else ()


def to_dict(value: Any) -> Any:
    """A dataclass as plain JSON data, without the fields that are None or empty by default."""
    kind: type = type(value)
    names = _field_names(kind)
    if names:
        parts = ((name, getattr(value, name)) for name in names)
        return {
            name: part if type(part) in _ATOMS else to_dict(part)
            for name, part in parts
            if part is not None and part not in ((), {})
        }
    if isinstance(value, list | tuple):
        return [to_dict(part) for part in value]
    return value


def record_line(record: Record) -> str:
    """The record as one line of JSON, without the line break. `answer` is always written, null included."""
    data = to_dict(record)
    data.setdefault("answer", None)
    data.setdefault("rationales", [])
    ordered = {name: data[name] for name in ("id", "task", "question", "answer") if name in data}
    return _encode(ordered | data)


def parse_record(line: str, path: Path | str, number: int) -> Record:
    """The record that a line of a corpus holds.

    Raises FileError naming file, line and field where the line is no JSON or no record.
    """
    try:
        return _adapter().validate_json(line, strict=False)
    except ValidationError as error:
        raise _explain(error, path, number) from None


def read_records(path: Path | str) -> Iterator[Record]:
    """The records of a corpus file, one after another in bounded memory; blank lines are skipped.

    Raises FileError for a missing file, a broken line, a duplicate id, or a file without a record.
    """
    seen: dict[str, int] = {}
    for number, line in read_lines(path):
        record = parse_record(line, path, number)
        if record.id in seen:
            raise FileError(path, f"'{record.id}' stands on line {seen[record.id]} already; make ids unique",
                            line=number, field="id")  # fmt: skip
        seen[record.id] = number
        yield record
    if not seen:
        raise FileError(path, "the corpus is empty; expected one JSON record a line")


def write_records(path: Path | str, records: Iterable[Record]) -> int:
    """Write a corpus and return the number of records; the file appears whole or not at all."""
    count = 0
    with atomic_writer(path) as file:
        for record in records:
            file.write(record_line(record) + "\n")
            count += 1
    return count


def content_hash(*parts: Any) -> str:
    """Sixteen hexadecimal digits that identify JSON-like data (and dataclasses) by content."""
    text = json.dumps([to_dict(part) for part in parts], sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def corpus_hash(records: Sequence[Record]) -> str:
    """The identity of a corpus by content, in order."""
    digest = hashlib.sha256()
    for record in records:
        digest.update(record_line(record).encode())
    return digest.hexdigest()[:16]


def split_records(records: Sequence[Record], share: float) -> tuple[list[Record], list[Record]]:
    """Cut off about `share` of the questions as a second part, by question identity, never by position.

    Equal questions fall on the same side, and adding records moves none of the others. Questions with the same
    `meta.parent` (a rewritten question) stay together.
    Raises InputError if one side would be empty.
    """
    kept: list[Record] = []
    cut: list[Record] = []
    for record in records:
        identity = str(record.meta.get("parent", "")) or question_key(record.question)
        (cut if unit_interval("split", identity) < share else kept).append(record)
    if not kept or not cut:
        raise InputError(f"a share of {share} of {len(records)} records leaves one side empty; give more records")
    return kept, cut


def unit_interval(*parts: object) -> float:
    """A number in [0, 1) that depends on `parts` alone: a draw without a generator to carry around."""
    digest = hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def with_answer_as_rationale(record: Record) -> Record:
    """The record with its gold answer as its only rationale: for tasks whose answer is itself the text to learn.

    A rationale in the answer's very words is kept as it is, segments included.
    """
    if record.answer is None:
        return replace(record, rationales=())
    said = next((one for one in record.rationales if one.text == record.answer), None)
    return replace(record, rationales=(said or Rationale(record.answer, answer=record.answer, correct=True),))


def require_answers(
    records: Iterable[Record], path: Path | str, way_out: str = "add it or leave the record out"
) -> None:
    """Refuse records without a gold answer, naming the line (blank lines not counted)."""
    for number, record in enumerate(records, start=1):
        if record.answer is None:
            raise FileError(path, f"record '{record.id}' has no gold answer, and this needs one; {way_out}",
                            line=number, field="answer")  # fmt: skip


def _explain(error: ValidationError, path: Path | str, number: int) -> FileError:
    first = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or None
    if first["type"] == "json_invalid":
        trouble = first["ctx"]["error"].replace(" at line 1 column", " at column")
        return FileError(path, f"broken JSON ({trouble}); was the line cut off?", line=number)
    if first["type"] in ("missing", "missing_argument"):
        return FileError(path, "is missing; every record has it", line=number, field=place)
    if first["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
        name = str(first["loc"][-1])
        shape = _shape_at(first["loc"])
        known = [item.name for item in fields(shape)]
        kind = shape.__name__.lower()
        return FileError(path, f"is not a field of a {kind}; {suggestion(name, known)}; other data goes under 'meta'",
                         line=number, field=place)  # fmt: skip
    found = _short(first.get("input"))
    return FileError(path, f"{first['msg'][:1].lower()}{first['msg'][1:]}, found {found}", line=number, field=place)


def _shape_at(place: Sequence[int | str]) -> Any:
    names = [part for part in place if isinstance(part, str)]
    if "segments" in names[:-1]:
        return Segment
    return Rationale if "rationales" in names[:-1] else Record


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "…"


def merge_meta(record: Record, extra: Mapping[str, Any]) -> dict[str, Any]:
    """The record's meta data with `extra` laid over it."""
    return {**record.meta, **extra}
