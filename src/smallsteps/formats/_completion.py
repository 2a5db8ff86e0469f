"""What the rows of instruction tuning say: a question, and a completion that ends in its answer.

Rows of our own carry the record beside them, so that nothing is lost; of other people's rows the answer phrase at the
end, if there is one, is taken off the rationale, because every method puts it there itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from smallsteps.formats._naming import identity, task_of
from smallsteps.formats._rows import Identities, Row
from smallsteps.formats._table import rationale_of, shared_columns
from smallsteps.records import Rationale, Record, to_dict
from smallsteps.text.answer_format import get_answer_format

_PHRASE = re.compile(r"\s*So the answer is:?\s*(?P<answer>[^\n]+?)\s*\Z")


def completions(record: Record) -> Iterator[tuple[str, dict[str, Any]]]:
    """`(completion, further columns)` for each rationale; for a question without any, the gold answer alone."""
    shared = shared_columns(record)
    if not record.rationales:
        yield _conclude("", record.answer), shared | {"rationale": None}
    for rationale in record.rationales:
        beside = to_dict(replace(rationale, text=""))
        del beside["text"]
        yield _conclude(rationale.text, rationale.answer), shared | {"rationale": beside}


def record_of_completion(row: Row, index: int, question: str, completion: str, only_task: str | None,
                         identities: Identities) -> Record:  # fmt: skip
    """The record of one row, with one rationale. Raises FileError for fields that do not fit."""
    task = row.maybe("task") or task_of(row.path, only_task)
    given = row.maybe("id")
    own = identity(task, row.path.stem, index) if given is None else identities.check(row, given, question)
    choices = None if row.data.get("choices") is None else tuple(row.texts("choices"))
    meta = row.data.get("meta")
    if meta is None:
        meta = {"source": row.source}
    elif not isinstance(meta, dict):
        raise row.error("expected an object", "meta")
    rationales = _own(row, completion) if "rationale" in row.data and given is not None else _foreign(completion)
    return Record(own, task, question, row.maybe("answer"), choices, rationales, meta)


def _conclude(text: str, answer: str | None) -> str:
    return text if answer is None else text + get_answer_format("common").conclude(answer)


def _own(row: Row, completion: str) -> tuple[Rationale, ...]:
    beside = row.data["rationale"]
    if beside is None:
        return ()
    if not isinstance(beside, dict):
        raise row.error("expected an object", "rationale")
    rationale = rationale_of(row, beside | {"text": ""}, "rationale")
    ending = _conclude("", rationale.answer)
    if not completion.endswith(ending):
        raise row.error(f"expected an end '{ending.strip()}', as 'rationale.answer' says; edit both, or drop the field "
                        "'rationale'", "completion")  # fmt: skip
    return (replace(rationale, text=completion.removesuffix(ending)),)


def _foreign(completion: str) -> tuple[Rationale, ...]:
    found = _PHRASE.search(completion)
    if found is None or not found.start():
        return (Rationale(completion.strip()),)
    return (Rationale(completion[: found.start()].strip(), answer=found["answer"]),)
