"""Sequences being generated: what each has written, when it stops, and its next token."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from smallsteps.engine.architecture import DecodeState
from smallsteps.engine.student import Student
from smallsteps.methods import Finish, Stop, Written
from smallsteps.tensors.multinomial import draw_tokens

TOO_LONG = Written((), "", "error")  # what becomes of a prefix that leaves no position of the student free


def longest_first(prefixes: Sequence[Sequence[int]]) -> list[int]:
    """The places of the prefixes, the longest first, and equal ones next to each other."""
    return sorted(range(len(prefixes)), key=lambda place: (-len(prefixes[place]), tuple(prefixes[place])))


def begin(student: Student, prefixes: Sequence[Sequence[int]]) -> tuple[Tensor, DecodeState]:
    """Logits [B, V] after the prefixes and the state there; equal prefixes are read once."""
    architecture, model, keys = student.architecture, student.model, [tuple(prefix) for prefix in prefixes]
    rows = {key: row for row, key in enumerate(dict.fromkeys(keys))}
    logits, state = architecture.begin(model, list(rows))
    if len(rows) < len(keys):
        copies = [rows[key] for key in keys]
        architecture.select(state, copies)
        logits = logits[copies]
    return logits, state


@dataclass
class Line:
    """One sequence being generated: its prefix, at most `limit` tokens written so far, and its random numbers."""

    prefix: list[int]
    limit: int
    random: random.Random | None
    tokens: list[int] = field(default_factory=list)
    finish: Finish = "length"

    @property
    def read(self) -> int:
        """How many tokens the student has read: the last one of a line that ran out or stopped is never fed back."""
        return len(self.prefix) + len(self.tokens) - (self.finish != "eos")

    def written(self, tokenizer: Any) -> Written:
        """The finished line as its method sees it."""
        return Written(tuple(self.tokens), tokenizer.decode(self.tokens, skip_special_tokens=True), self.finish)


class StopChecker:
    """Whether a line has reached its stop; only tokens that can end it are decoded."""

    def __init__(self, tokenizer: Any, stop: Stop) -> None:
        self.tokenizer, self.stop = tokenizer, stop
        self.enders = _tokens_with(tokenizer, stop.at[-1])

    def reached(self, line: Line) -> bool:
        """Whether the line's text contains the stop."""
        if line.tokens[-1] not in self.enders:
            return False
        text = self.tokenizer.decode(line.tokens, skip_special_tokens=True)
        place = text.find(self.stop.after)
        return place >= 0 and self.stop.at in text[place + len(self.stop.after) :]


def _tokens_with(tokenizer: Any, character: str) -> frozenset[int]:
    known: dict[str, frozenset[int]] = tokenizer.__dict__.setdefault("_smallsteps_enders", {})
    if character not in known:
        texts = tokenizer.batch_decode([[index] for index in range(len(tokenizer))])
        known[character] = frozenset(index for index, text in enumerate(texts) if character in text)
    return known[character]


def advance(line: Line, token: int, end: int, stop: StopChecker | None) -> bool:
    """Take one token; whether the line has ended with it."""
    if token == end:
        line.finish = "eos"
        return True
    line.tokens.append(token)
    if stop is not None and stop.reached(line):
        line.finish = "stop"
        return True
    return len(line.tokens) >= line.limit


def choose(
    logits: Tensor, lines: Sequence[Line], going: Sequence[bool], temperature: float
) -> tuple[Tensor, list[int]]:
    """The next token of each line, on the device and as numbers: the likeliest, or one that the line draws itself.

    A line that is not `going` on draws nothing, and its token means nothing.
    """
    if temperature == 0:
        chosen = logits.argmax(-1)
    else:
        uniforms = [
            line.random.random() if goes and line.random is not None else 0.0
            for line, goes in zip(lines, going, strict=True)
        ]
        chosen = draw_tokens(logits, uniforms, temperature)
    return chosen, chosen.tolist()
