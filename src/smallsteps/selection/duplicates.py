"""Rationales of a question that say the same thing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from smallsteps.errors import UnknownNameError
from smallsteps.questions import question_key
from smallsteps.records import Record
from smallsteps.selection._identity import draws, kept

KINDS = ("exact", "near")
ALIKE = 0.8
"""Two rationales are near duplicates when their word triples overlap this much (Jaccard) or more."""

_WORD = re.compile(r"\w+")
_SUM = re.compile(r"\d[\d.]*|[-+*/^=<>≤≥≠%]")


def without_duplicates(records: Sequence[Record], kind: str, seed: int) -> list[Record]:
    """The records with one rationale of each set of duplicates within a question.

    `exact`: the same letters, digits and signs. `near`: word triples alike by Jaccard 0.8 or more as well, and the same
    numbers and operators in the same order: two sums are not alike because their words are. A right rationale goes
    before a wrong one, then the seed decides; the order of the rationales does not. Raises UnknownNameError for another
    kind.
    """
    if kind not in KINDS:
        raise UnknownNameError("kind of duplicates", kind, KINDS)
    return [_without(record, kind, seed) for record in records]


def unique_texts(record: Record) -> int:
    """How many rationales of a question are left when exact duplicates count once."""
    return len({question_key(rationale.text) for rationale in record.rationales})


def _without(record: Record, kind: str, seed: int) -> Record:
    drawn = draws(record, seed, "duplicates")
    order = sorted(range(len(drawn)), key=lambda place: (record.rationales[place].correct is not True, drawn[place]))
    places: list[int] = []
    keys: set[str] = set()
    shapes: list[tuple[tuple[str, ...], frozenset[tuple[str, ...]]]] = []
    for place in order:
        text = record.rationales[place].text
        key = question_key(text)
        if key in keys:
            continue
        shape = (tuple(_SUM.findall(key)), triples(text)) if kind == "near" else ((), frozenset())
        if kind == "near" and any(shape[0] == other[0] and jaccard(shape[1], other[1]) >= ALIKE for other in shapes):
            continue
        keys.add(key)
        shapes.append(shape)
        places.append(place)
    return replace(record, rationales=kept(record, places))


def triples(text: str) -> frozenset[tuple[str, ...]]:
    """The runs of three words of a text, in lower case; the whole text where it is shorter."""
    words = _WORD.findall(text.lower())
    return frozenset(zip(words, words[1:], words[2:], strict=False)) or frozenset([tuple(words)])


def jaccard(a: frozenset[tuple[str, ...]], b: frozenset[tuple[str, ...]]) -> float:
    """The share of what either holds that both hold."""
    return len(a & b) / len(a | b)
