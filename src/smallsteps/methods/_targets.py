"""Targets that several methods share."""

from __future__ import annotations

from smallsteps.methods._method import Method
from smallsteps.records import Record
from smallsteps.views import Piece, View


def reason_then_answer(method: Method, record: Record, path: str, weight: float) -> list[View]:
    """One view per rationale: the rationale, then the answer line, in the part `target`."""
    prompt = method.prompt(record, path)
    views = []
    for rationale in record.rationales:
        answer = method.answer(record, rationale)
        if answer is not None:
            text = method.words.explain(rationale.text) + method.words.ending(answer)
            views.append(View(record.id, "target", prompt, (Piece(text),), weight))
    return views


def equal_share(record: Record) -> float:
    """The weight of one rationale of a record, so that every question counts the same."""
    return 1.0 / max(len(record.rationales), 1)
