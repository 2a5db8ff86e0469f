"""Wrong rationales on purpose: numbers changed, rationales swapped, words shuffled, sentences dropped.

The gold answer is never touched, nor are `answer` and `correct` of a rationale: a corrupted chain still claims to be
the one that it was, which is what robustness is about. Every draw depends on (seed, record id, index) alone, and a
higher rate corrupts the same rationales and more.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from smallsteps.errors import InputError, OptionError, UnknownNameError
from smallsteps.records import Rationale, Record, merge_meta, unit_interval

Change = Callable[[str, random.Random], str]
_NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")


@dataclass(frozen=True)
class Corruption:
    """What was done to a corpus: how many rationales it has, were drawn, and came out with another text."""

    records: list[Record]
    rationales: int
    drawn: int
    changed: int


def corrupt_records(records: Sequence[Record], kind: str, rate: float, seed: int = 0) -> list[Record]:
    """The corpus with a share `rate` of its rationales, drawn one by one, corrupted in the way of `kind`.

    Raises what `corrupt` raises.
    """
    return corrupt(records, kind, rate, seed).records


def corrupt(records: Sequence[Record], kind: str, rate: float, seed: int = 0) -> Corruption:
    """Corrupt a share `rate` of a corpus's rationales in the way of `kind`, and count.

    Which ones came out with another text is marked in `meta.corrupted`, a list with an entry for each time a corpus
    was corrupted: `{kind, rate, seed, rationales: [index]}`.
    Raises UnknownNameError for the kind, OptionError for the rate, InputError where rationales are to be swapped and
    only one question has some, and where not a single drawn rationale could be changed.
    """
    if kind not in KINDS:
        raise UnknownNameError("kind of corruption", kind, KINDS)
    if not 0 <= rate <= 1:
        raise OptionError(f"rate = {rate}: a share lies between 0 and 1")
    donors = _donors(records, seed) if kind == "swap" and rate > 0 else {}
    made = [_corrupted(record, kind, rate, seed, donors.get(record.id, ())) for record in records]
    found = Corruption(
        records=[record for record, _, _ in made],
        rationales=sum(len(record.rationales) for record in records),
        drawn=sum(drawn for _, drawn, _ in made),
        changed=sum(changed for _, _, changed in made),
    )
    if found.drawn and not found.changed:
        raise InputError(f"kind '{kind}' leaves all {found.drawn} drawn rationales as they are ({_WHY[kind]}); "
                         f"take another kind: {', '.join(other for other in KINDS if other != kind)}")  # fmt: skip
    return found


def _corrupted(
    record: Record, kind: str, rate: float, seed: int, donor: Sequence[Rationale]
) -> tuple[Record, int, int]:
    """The record, how many of its rationales were drawn, and how many came out changed."""
    told = list(record.rationales)
    drawn = [index for index in range(len(told)) if unit_interval("corrupt", kind, seed, record.id, index) < rate]
    for index in drawn:
        draw = random.Random(f"{kind}/{seed}/{record.id}/{index}")
        text = donor[index % len(donor)].text if donor else KINDS[kind](told[index].text, draw)
        told[index] = _with_text(told[index], text)
    places = [index for index in drawn if told[index].text != record.rationales[index].text]
    if not places:
        return record, len(drawn), 0
    return (
        replace(record, rationales=tuple(told), meta=_marked(record, kind, rate, seed, places)),
        len(drawn),
        len(places),
    )


def _marked(record: Record, kind: str, rate: float, seed: int, places: list[int]) -> dict[str, Any]:
    mark = {"kind": kind, "rate": rate, "seed": seed, "rationales": places}
    return merge_meta(record, {"corrupted": [*record.meta.get("corrupted", []), mark]})


def _with_text(rationale: Rationale, text: str) -> Rationale:
    """The rationale with another text; what was known of the old text's words is gone with them."""
    if text == rationale.text:
        return rationale
    return replace(rationale, text=text, segments=None, logprob=None, raw=None, thoughts=None, reply=None)


def _donors(records: Sequence[Record], seed: int) -> dict[str, tuple[Rationale, ...]]:
    """For each record the rationales of another question: the next one in a random cycle."""
    telling = [record for record in records if record.rationales]
    if len(telling) < 2:
        raise InputError("swapping rationales takes at least 2 questions with rationales")
    order = sorted(telling, key=lambda record: unit_interval("swap", seed, record.id))
    following = [*order[1:], order[0]]
    return {record.id: other.rationales for record, other in zip(order, following, strict=True)}


def _numbers(text: str, draw: random.Random) -> str:
    """Every number replaced by another one of like size and form, equal numbers by equal ones, others by others."""
    renamed: dict[str, str] = {}

    def another(found: re.Match[str]) -> str:
        number = found.group()
        if number not in renamed:
            choices = [other for other in _near(number) if other not in renamed.values()]
            renamed[number] = draw.choice(choices or _near(number))
        return renamed[number]

    return _NUMBER.sub(another, text)


def _near(number: str) -> list[str]:
    """Other numbers within 9 (of the last digit for a decimal), written with the same commas, digits and zeros."""
    whole, point, decimals = number.replace(",", "").partition(".")
    value, digits = int(whole + decimals), len(whole + decimals)
    near = [str(other).zfill(digits) for other in range(max(0, value - 9), value + 10) if other != value]
    return [_written(text, "," in number, len(decimals) if point else 0) for text in near]


def _written(digits: str, commas: bool, decimals: int) -> str:
    whole, rest = (digits[:-decimals], digits[-decimals:]) if decimals else (digits, "")
    head = f"{int(whole):,}" if commas else whole
    return f"{head}.{rest}" if decimals else head


def _shuffle(text: str, draw: random.Random) -> str:
    """The words in another order, where there is one."""
    words = text.split()
    shuffled = draw.sample(words, len(words))
    while shuffled == words and len(set(words)) > 1:
        draw.shuffle(shuffled)
    return " ".join(shuffled)


def _drop(text: str, draw: random.Random) -> str:
    """Half of the sentences, rounded up, left out; one sentence alone loses half of its words, but never the last."""
    sentences = re.split(r"(?<=[.!?。！？])\s+", text.strip())
    units = sentences if len(sentences) > 1 else text.split()
    if not units:
        return text
    kept = sorted(draw.sample(range(len(units)), max(len(units) // 2, 1)))
    return " ".join(units[index] for index in kept)


KINDS: dict[str, Change] = {"numbers": _numbers, "swap": lambda text, draw: text, "shuffle": _shuffle, "drop": _drop}
_WHY = {
    "numbers": "they hold no digits",
    "swap": "every question has the same rationales",
    "shuffle": "they are single words or empty",
    "drop": "they are single words or empty",
}
