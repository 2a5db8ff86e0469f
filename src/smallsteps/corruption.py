"""Wrong rationales on purpose: numbers changed, rationales swapped, words shuffled, sentences dropped.

The gold answer is never touched, nor are `answer` and `correct` of a rationale: a corrupted chain still claims to be
the one that it was, which is what robustness is about. Every draw depends on (seed, record id, index) alone.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from smallsteps.errors import InputError, OptionError, UnknownNameError
from smallsteps.records import Rationale, Record, merge_meta, unit_interval

Change = Callable[[str, random.Random], str]


def corrupt_records(records: Sequence[Record], kind: str, rate: float, seed: int = 0) -> list[Record]:
    """A share `rate` of each corpus's rationales, drawn one by one, corrupted in the way of `kind`.

    Which rationales were changed is marked in `meta.corrupted`. Raises UnknownNameError for the kind, OptionError for
    the rate, InputError where rationales are to be swapped and there is only one question.
    """
    if kind not in KINDS:
        raise UnknownNameError("kind of corruption", kind, KINDS)
    if not 0 <= rate <= 1:
        raise OptionError(f"rate = {rate}: a share lies between 0 and 1")
    donors = _donors(records, seed) if kind == "swap" else {}
    return [_corrupted(record, kind, rate, seed, donors.get(record.id, "")) for record in records]


def _corrupted(record: Record, kind: str, rate: float, seed: int, donor: str) -> Record:
    changed, places = [], []
    for index, rationale in enumerate(record.rationales):
        hit = unit_interval("corrupt", kind, seed, record.id, index) < rate
        draw = random.Random(f"{kind}/{seed}/{record.id}/{index}")
        text = (donor if kind == "swap" else KINDS[kind](rationale.text, draw)) if hit else rationale.text
        changed.append(_with_text(rationale, text))
        places += [index] if hit else []
    if not places:
        return record
    mark = {"corrupted": {"kind": kind, "rationales": places}}
    return replace(record, rationales=tuple(changed), meta=merge_meta(record, mark))


def _with_text(rationale: Rationale, text: str) -> Rationale:
    return rationale if text == rationale.text else replace(rationale, text=text, segments=None)


def _donors(records: Sequence[Record], seed: int) -> dict[str, str]:
    """For each record the first rationale of another question: the next one in a random cycle."""
    telling = [record for record in records if record.rationales]
    if len(telling) < 2:
        raise InputError("swapping rationales takes at least 2 questions with rationales")
    order = sorted(telling, key=lambda record: unit_interval("swap", seed, record.id))
    following = [*order[1:], order[0]]
    return {record.id: other.rationales[0].text for record, other in zip(order, following, strict=True)}


def _numbers(text: str, draw: random.Random) -> str:
    """Every number replaced by another one of like size, equal numbers by equal ones."""
    renamed: dict[str, str] = {}

    def another(found: re.Match[str]) -> str:
        number = found.group()
        if number not in renamed:
            value = int(number)
            choices = [other for other in range(max(0, value - 9), value + 10) if other != value]
            renamed[number] = str(draw.choice(choices))
        return renamed[number]

    return re.sub(r"\d+", another, text)


def _shuffle(text: str, draw: random.Random) -> str:
    words = text.split()
    draw.shuffle(words)
    return " ".join(words)


def _drop(text: str, draw: random.Random) -> str:
    """Half of the sentences, rounded up, left out; one sentence alone loses half of its words."""
    sentences = re.split(r"(?<=[.!?])\s+", text.strip())
    units = sentences if len(sentences) > 1 else text.split()
    kept = sorted(draw.sample(range(len(units)), len(units) // 2))
    return " ".join(units[index] for index in kept)


KINDS: dict[str, Change] = {"numbers": _numbers, "shuffle": _shuffle, "drop": _drop, "swap": lambda text, draw: text}
