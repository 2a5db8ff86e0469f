"""Records as flat rows: one row a rationale, in columns that lose nothing.

A question without a rationale is one row. What a table cannot hold as a cell of its own (choices, meta data, the
rarer fields of a rationale) stands in it as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from smallsteps.formats._choices import asked_with, choices_of, gold_of
from smallsteps.formats._rows import Row
from smallsteps.records import Rationale, Record, to_dict
from smallsteps.text.thoughts import split_thoughts

COLUMNS = ("id", "task", "question", "answer", "choices", "meta",
           "rationale", "rationale_answer", "rationale_correct", "rationale_more")  # fmt: skip


def shared_columns(record: Record) -> dict[str, Any]:
    """What every row of a question repeats, as JSON values."""
    return {"id": record.id, "task": record.task, "answer": record.answer,
            "choices": None if record.choices is None else list(record.choices), "meta": record.meta}  # fmt: skip


def flat_rows(record: Record) -> Iterator[dict[str, str | None]]:
    """The rows of a record, every cell text or None."""
    base = shared_columns(record) | {"question": record.question}
    base |= {name: None if base[name] is None else _json(base[name]) for name in ("choices", "meta")}
    for rationale in record.rationales or (None,):
        row: dict[str, Any] = dict.fromkeys(COLUMNS) | base
        if rationale is not None:
            more = to_dict(replace(rationale, text="", answer=None, correct=None))
            del more["text"]
            correct = None if rationale.correct is None else str(rationale.correct).lower()
            row |= {"rationale": rationale.text, "rationale_answer": rationale.answer, "rationale_correct": correct,
                    "rationale_more": _json(more) if more else None}  # fmt: skip
        yield row


def record_of(row: Row, base: Record, rationale: str = "rationale") -> Record:
    """`base` with the further fields that a flat row brings: task, choices, meta data and its rationale.

    In a row that was not exported (it has no `meta`), choices go into the question and a spelled-out gold answer
    becomes a letter.
    """
    meta = json_cell(row, "meta", dict)
    told = replace(base, task=row.maybe("task") or base.task, rationales=_rationales_of(row, rationale))
    if meta is not None:
        own = json_cell(row, "choices", list)
        return replace(told, choices=None if own is None else tuple(map(str, own)), meta=dict(meta))
    choices, labels = choices_of(row, row.data.get("choices"), "choices")
    gold = gold_of(told.answer, choices, labels, told.task)
    if not choices:
        return replace(told, answer=gold)
    return replace(told, answer=gold, choices=choices, question=asked_with(told.question, choices))


def _rationales_of(row: Row, name: str) -> tuple[Rationale, ...]:
    text = row.maybe(name)
    if text is None or not text.strip():
        return ()
    more: dict[str, Any] = json_cell(row, "rationale_more", dict) or {}
    known = {"answer": row.maybe("rationale_answer"), "correct": flag_cell(row, "rationale_correct")}
    if "meta" not in row.data:
        return (rationale_said("", text, **known),)
    return (rationale_of(row, more | known | {"text": text}, "rationale_more"),)


def rationale_said(thoughts: str, reply: str, **known: Any) -> Rationale:
    """What a model said as a rationale: its thoughts, with the reply beside them; without thoughts, its reply."""
    marked, rest = ("", reply) if thoughts else split_thoughts(reply)
    told = thoughts or marked
    if told:
        return Rationale(told.strip(), reply=rest.strip() or None, **known)
    return Rationale(rest.strip(), **known)


def rationale_of(row: Row, data: Mapping[str, Any], name: str) -> Rationale:
    """A rationale from JSON data. Raises FileError naming the field of the row that does not fit."""
    try:
        return _adapter().validate_python(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join([name, *map(str, first["loc"])])
        raise row.error(f"{first['msg'][:1].lower()}{first['msg'][1:]}", place) from None


def json_cell(row: Row, name: str, kind: type) -> Any:
    """A cell that holds JSON of a kind (list or dict), None where it is empty."""
    text = row.maybe(name)
    if text is None:
        return None
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise row.error(f"expected JSON, found broken JSON ({error.msg})", name) from None
    if not isinstance(value, kind):
        raise row.error(f"expected a JSON {'list' if kind is list else 'object'}", name)
    return value


def flag_cell(row: Row, name: str) -> bool | None:
    """A cell that says true or false, None where it is empty."""
    text = row.maybe(name)
    if text is None:
        return None
    if text.lower() not in ("true", "false"):
        raise row.error(f"expected true or false, found '{text}'", name)
    return text.lower() == "true"


@cache
def _adapter() -> TypeAdapter[Rationale]:
    return TypeAdapter(Rationale)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
