"""What the rows of instruction tuning say: a question, and a completion that ends in its answer.

Exported rows carry the record beside them, so that nothing is lost. Other rows may hold a reasoning model's thoughts
before its reply: the thoughts are the rationale.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from smallsteps.files import bare_stem
from smallsteps.formats._chat import Turn
from smallsteps.formats._choices import asked_with, choices_of, gold_of
from smallsteps.formats._naming import identity, task_of
from smallsteps.formats._oddities import tell_unused
from smallsteps.formats._rows import Identities, Row
from smallsteps.formats._table import rationale_of, rationale_said, shared_columns
from smallsteps.records import Rationale, Record, to_dict
from smallsteps.text.answer_format import get_answer_format

BESIDE = {"id", "task", "answer", "choices", "meta", "rationale"}
"""The fields that are taken besides what is said."""


def told_unused(rows: Iterator[Row], known: set[str]) -> Iterator[Row]:
    """The rows as they are, once the columns of the first that are not among the `known` ones were named."""
    for number, row in enumerate(rows):
        if not number:
            tell_unused(row.path, [str(name) for name in row.data if name not in known], "left out")
        yield row


def completions(record: Record) -> Iterator[tuple[str, dict[str, Any]]]:
    """`(completion, further columns)` for each rationale; for a question without any, the gold answer alone."""
    shared = shared_columns(record)
    if not record.rationales:
        yield _conclude("", record.answer), shared | {"rationale": None}
    for rationale in record.rationales:
        beside = to_dict(replace(rationale, text=""))
        del beside["text"]
        yield _conclude(rationale.text, rationale.answer), shared | {"rationale": beside}


def record_of_turn(row: Row, index: int, said: Turn, only_task: str | None, identities: Identities) -> Record:
    """The record of one row, with one rationale. Raises FileError for fields that do not fit."""
    task = row.maybe("task") or task_of(row.path, only_task)
    given = row.maybe("id")
    own = identity(task, bare_stem(row.path), index) if given is None else identities.check(row, given, said.question)
    meta = row.data.get("meta")
    if meta is None:
        meta = {"source": row.source}
    elif not isinstance(meta, dict):
        raise row.error("expected an object", "meta")
    if is_exported(row):
        choices = None if row.data.get("choices") is None else tuple(row.texts("choices"))
        return Record(own, task, said.question, row.maybe("answer"), choices, _own(row, said.reply), meta)
    choices, labels = choices_of(row, row.data.get("choices"), "choices")
    gold = gold_of(row.answer("answer"), choices, labels, task)
    asked = asked_with(said.question, choices) if choices else said.question
    return Record(own, task, asked, gold, choices or None, (rationale_said(said.thoughts, said.reply),), meta)


def is_exported(row: Row) -> bool:
    """Whether a row was written by `smallsteps export`, with the record beside the completion."""
    return "rationale" in row.data and row.data.get("id") is not None and isinstance(row.data["rationale"], dict | None)


def _conclude(text: str, answer: str | None) -> str:
    return text if answer is None else text + get_answer_format("common").conclude(answer)


def _own(row: Row, completion: str) -> tuple[Rationale, ...]:
    beside = row.data["rationale"]
    if beside is None:
        return ()
    rationale = rationale_of(row, beside | {"text": ""}, "rationale")
    ending = _conclude("", rationale.answer)
    if not completion.endswith(ending):
        raise row.error(f"expected an end '{ending.strip()}', as 'rationale.answer' says; edit both, or drop the field "
                        "'rationale'", "completion")  # fmt: skip
    return (replace(rationale, text=completion.removesuffix(ending)),)
