"""More questions from the ones there are: the teacher says them in other words, the answer stays."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from smallsteps.records import Record, merge_meta, question_key
from smallsteps.sampling.plan import Settings, make_plan
from smallsteps.sampling.store import Store
from smallsteps.teachers import Prompt, PromptedTeacher

_LABEL = re.compile(r"^\s*(?:(?:re(?:phrased|written)|new)\s+question|question|q)\s*:\s*", re.IGNORECASE)

REPHRASE = Prompt(
    instruction="",
    guidance="You rewrite questions. Say the question in other words and keep its meaning: every number, name and "
    "choice, and what is asked for. Do not answer it. Write the new question and nothing else.",
    ending="",
)


def rephrased(
    records: Sequence[Record], teacher: PromptedTeacher, store: Store, prompt: Prompt, settings: Settings
) -> Iterator[Record]:
    """Each record, without rationales, followed by its rewritten questions as they lie in the store.

    A rewritten question keeps answer and choices; `meta.parent` is the identity of the question it came from, so that
    splits keep both on one side. What was cut off, is no question, or stands there already is left out.
    """
    plan = make_plan(records, teacher, prompt, settings, store)
    keys = {record.id: asked.key for asked in plan.values() for record in asked.records}
    seen = {question_key(record.question) for record in records}
    for record in records:
        yield replace(record, rationales=())
        for stored in store.samples(keys[record.id], settings.count):
            text = _LABEL.sub("", stored.text.strip()).strip('"“” \n')
            identity = question_key(text)
            if stored.finish == "length" or not identity or identity in seen:
                continue
            seen.add(identity)
            yield _child(record, text, stored.index, teacher.label)


def _child(record: Record, text: str, index: int, teacher: str) -> Record:
    parent = record.meta.get("parent") or question_key(record.question)
    meta = merge_meta(record, {"parent": parent, "rephrased_by": teacher})
    meta.pop("steps", None)  # they belong to the wording they were made with
    return replace(record, id=f"{record.id}~{index + 1}", question=text, rationales=(), meta=meta)
