"""Sequences under way: what each has read and written, when it stops, and its next token."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from smallsteps.engine.architecture import DecodeState
from smallsteps.engine.student import Student
from smallsteps.methods import Finish, Stop, Written


def longest_first(prefixes: Sequence[Sequence[int]]) -> list[int]:
    """The places of the prefixes, the longest first, and equal ones next to each other."""
    return sorted(range(len(prefixes)), key=lambda place: (-len(prefixes[place]), tuple(prefixes[place])))


def begin(student: Student, prefixes: Sequence[Sequence[int]]) -> tuple[Tensor, DecodeState]:
    """Logits [B, V] behind the prefixes and the state there; equal prefixes are read once."""
    kind, model, keys = student.architecture, student.model, [tuple(prefix) for prefix in prefixes]
    rows = {key: row for row, key in enumerate(dict.fromkeys(keys))}
    logits, state = kind.begin(model, list(rows))
    if len(rows) < len(keys):
        copies = torch.tensor([rows[key] for key in keys], device=logits.device)
        kind.select(state, copies)
        logits = logits[copies]
    return logits, state


@dataclass
class Line:
    """One line under way: the tokens that it has read and those that it has written so far."""

    prefix: list[int]
    generator: torch.Generator | None
    tokens: list[int] | None = None
    finish: Finish = "length"

    def written(self, tokenizer: Any) -> Written:
        """What the line has come to."""
        tokens = tuple(self.tokens or ())
        return Written(tokens, tokenizer.decode(tokens, skip_special_tokens=True), self.finish)


class StopWatch:
    """Tells cheaply whether a line has reached its stop: only tokens that end one are looked at twice."""

    def __init__(self, tokenizer: Any, stop: Stop) -> None:
        self.tokenizer, self.stop = tokenizer, stop
        self.enders = _tokens_with(tokenizer, stop.at[-1])

    def reached(self, line: Line) -> bool:
        """Whether the line's text holds the stop."""
        tokens = line.tokens or []
        if tokens[-1] not in self.enders:
            return False
        text = self.tokenizer.decode(tokens, skip_special_tokens=True)
        place = text.find(self.stop.after)
        return place >= 0 and self.stop.at in text[place + len(self.stop.after) :]


def _tokens_with(tokenizer: Any, character: str) -> frozenset[int]:
    known: dict[str, frozenset[int]] = tokenizer.__dict__.setdefault("_smallsteps_enders", {})
    if character not in known:
        texts = tokenizer.batch_decode([[index] for index in range(len(tokenizer))])
        known[character] = frozenset(index for index, text in enumerate(texts) if character in text)
    return known[character]


def advance(line: Line, token: int, end: int, watch: StopWatch | None) -> bool:
    """Take one token; whether the line has ended with it."""
    assert line.tokens is not None, "a line under way has begun"
    if token == end:
        line.finish = "eos"
        return True
    line.tokens.append(token)
    if watch is not None and watch.reached(line):
        line.finish = "stop"
        return True
    return False


def choose(logits: Tensor, lines: Sequence[Line], temperature: float) -> Tensor:
    """The next token of each line: the likeliest, or one drawn by the line's own generator (Gumbel-max)."""
    if temperature == 0:
        return logits.argmax(-1)
    draws = [torch.rand(logits.shape[-1], generator=line.generator, dtype=torch.float64) for line in lines]
    noise = -torch.log(-torch.log(torch.stack(draws).clamp_min(1e-300)))
    return (logits.double() / temperature + noise.to(logits.device)).argmax(-1)
