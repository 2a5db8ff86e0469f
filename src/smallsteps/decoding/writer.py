"""Decoding: batched, greedy or sampled, with the finished lines leaving the batch.

A line's text depends on its prefix, its key and the temperature alone, never on the batch that it shares.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from smallsteps.engine.architecture import DecodeState
from smallsteps.engine.student import Student
from smallsteps.engine.tokens import encode_prompt
from smallsteps.errors import InputError
from smallsteps.methods import Finish, Stop, Written
from smallsteps.progress import SILENT, Progress

if TYPE_CHECKING:
    from smallsteps.decoding.session import StudentSession


@dataclass(frozen=True)
class Decoding:
    """How answers are decoded.

    max_new_tokens: the most tokens an answer may have. samples: answers a question. temperature: 0 is greedy.
    batch_size: samples decoded side by side. seed: of the sampling. with_rationale: answer-first students write
    their rationale too, instead of stopping behind the answer. adaptive_stop: a question's samples end once the vote
    among them can no longer change.
    """

    max_new_tokens: int = 256
    samples: int = 1
    temperature: float = 0.0
    batch_size: int = 64
    seed: int = 0
    with_rationale: bool = False
    adaptive_stop: bool = False

    def __post_init__(self) -> None:
        if self.max_new_tokens < 1 or self.samples < 1 or self.batch_size < 1 or self.temperature < 0:
            raise InputError(
                "decoding: max_new_tokens, samples and batch_size are at least 1 and temperature at least 0, found "
                f"{self.max_new_tokens}, {self.samples}, {self.batch_size} and {self.temperature}"
            )
        if self.samples > 1 and self.temperature == 0:
            raise InputError("decoding: several samples at temperature 0 are all the same; set decoding.temperature")


class StudentWriter:
    """A method's students at work on one sample; the `Writer` of a method's `decode`.

    Without a `sample` they are at work on several: every key begins with its own, as `SAMPLE/KEY`.
    """

    def __init__(
        self, students: Mapping[str, Student], decoding: Decoding, sample: int | None = 0, progress: Progress = SILENT
    ) -> None:
        self.students, self.decoding, self.sample, self.progress = students, decoding, sample, progress
        self._encoded: dict[str, tuple[int, ...]] = {}

    @property
    def _any(self) -> Student:
        return next(iter(self.students.values()))

    def tokens(self, prompt: str) -> tuple[int, ...]:
        """The token ids of a prompt, as in training."""
        if prompt not in self._encoded:
            self._encoded[prompt] = encode_prompt(self._any.tokenizer, self._any.framing, prompt)
        return self._encoded[prompt]

    def added(self, token: str) -> int:
        """The id of one of the method's added tokens."""
        return int(self._any.tokenizer.convert_tokens_to_ids(token))

    def __call__(
        self,
        path: str,
        prefixes: Sequence[Sequence[int]],
        keys: Sequence[str],
        stop: Stop | None = None,
        max_new_tokens: int | None = None,
    ) -> list[Written]:
        """Continue each prefix with the student of `path`, the longest first, some at a time."""
        student = self.students[path]
        order = longest_first(prefixes)
        written: dict[int, Written] = {}
        limit = max_new_tokens or self.decoding.max_new_tokens
        student.model.eval()
        with self.progress.bar("decoding", len(prefixes)) as bar:
            for start in range(0, len(order), self.decoding.batch_size):
                chunk = order[start : start + self.decoding.batch_size]
                lines = [Line(list(prefixes[index]), self._generator(keys[index])) for index in chunk]
                _write(student, lines, stop, limit, self.decoding.temperature)
                written |= {index: line.written(student.tokenizer) for index, line in zip(chunk, lines, strict=True)}
                bar.advance(len(chunk))
        return [written[index] for index in range(len(prefixes))]

    def sessions(self, prompts: Sequence[str], keys: Sequence[str]) -> Iterator[tuple[list[int], StudentSession]]:
        """The questions with these prompts, some at a time, to be written on stretch by stretch."""
        from smallsteps.decoding.session import StudentSession

        bases = [self.tokens(prompt) for prompt in prompts]
        order = longest_first(bases)
        with self.progress.bar("decoding", len(bases)) as bar:
            for start in range(0, len(order), self.decoding.batch_size):
                chunk = order[start : start + self.decoding.batch_size]
                generators = [self._generator(keys[index]) for index in chunk]
                yield chunk, StudentSession(self.students, self.decoding, [bases[index] for index in chunk], generators)
                bar.advance(len(chunk))

    def _generator(self, key: str) -> torch.Generator | None:
        if self.decoding.temperature == 0:
            return None
        drawn = key if self.sample is None else f"{self.sample}/{key}"
        text = f"{self.decoding.seed}/{drawn}"
        seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1
        return torch.Generator().manual_seed(seed)


def longest_first(prefixes: Sequence[Sequence[int]]) -> list[int]:
    """The places of the prefixes, the longest first, and equal ones next to each other."""
    return sorted(range(len(prefixes)), key=lambda place: (-len(prefixes[place]), tuple(prefixes[place])))


def begin(student: Student, prefixes: Sequence[Sequence[int]]) -> tuple[Tensor, DecodeState]:
    """Logits [B, V] behind the prefixes and the state there; equal prefixes are read once."""
    kind, model, keys = student.kind, student.model, [tuple(prefix) for prefix in prefixes]
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


@torch.inference_mode()
def _write(student: Student, lines: list[Line], stop: Stop | None, limit: int, temperature: float) -> None:
    """Decode some lines to their ends, in place."""
    model, kind, end = student.model, student.kind, student.framing.end
    watch = StopWatch(student.tokenizer, stop) if stop is not None and stop.at else None
    room = kind.room(model)
    active = lines
    logits, state = begin(student, [line.prefix for line in lines])
    for line in lines:
        line.tokens = []
    for count in range(1, limit + 1):
        chosen = choose(logits, active, temperature)
        going = [
            index
            for index, (line, token) in enumerate(zip(active, chosen.tolist(), strict=True))
            if not advance(line, token, end, watch) and (room is None or len(line.prefix) + count < room)
        ]
        if not going or count == limit:
            return
        if len(going) < len(active):
            keep = torch.tensor(going, device=chosen.device)
            kind.select(state, keep)
            active, chosen = [active[index] for index in going], chosen[keep]
        logits = kind.step(model, state, chosen)


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
