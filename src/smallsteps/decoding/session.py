"""Sessions: several students take turns writing on the same questions, stretch by stretch, each keeping its cache.

A decoder-only student reads every token once: what it wrote is in its cache, and what was added between two stretches
is read in one pass. An encoder-decoder re-reads the longer source.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from smallsteps.decoding.loop import decode
from smallsteps.decoding.sequences import TOO_LONG, Line, StopChecker, begin
from smallsteps.decoding.settings import Decoding
from smallsteps.engine.architecture import DecodeState
from smallsteps.engine.student import Student
from smallsteps.methods import Stop, Written


@dataclass
class _Context:
    """What a line holds: the prompt's tokens (`base`) and those added or written after it (`behind`).

    `text` is all that was written so far, `spent` the number of tokens that it took.
    """

    base: tuple[int, ...]
    random: random.Random | None
    behind: list[int] = field(default_factory=list)
    text: str = ""
    spent: int = 0


@dataclass
class _Reading:
    """One student's decoding state: which line is in each row, and how many of its tokens were read."""

    lines: list[int]
    read: list[int]
    state: DecodeState


class StudentSession:
    """A method's students on one batch of questions; the `Session` of a method's `decode`."""

    def __init__(
        self,
        students: Mapping[str, Student],
        decoding: Decoding,
        bases: Sequence[tuple[int, ...]],
        numbers: Sequence[random.Random | None],
    ) -> None:
        self.students, self.decoding = students, decoding
        self._contexts = [_Context(base, one) for base, one in zip(bases, numbers, strict=True)]
        self._readings: dict[str, _Reading] = {}

    def read(self, line: int, tokens: Sequence[int]) -> None:
        """Append tokens to a line without writing."""
        self._contexts[line].behind += tokens

    def prefix(self, path: str, line: int) -> tuple[int, ...]:
        """All that the student of `path` reads before its next token, as in training."""
        context, closing = self._contexts[line], self.students[path].template.source_end
        opened = context.base[: len(context.base) - len(closing)]
        return (*opened, *context.behind, *closing)

    @torch.inference_mode()
    def write(
        self, path: str, lines: Sequence[int], stop: Stop | None = None, max_new_tokens: int | None = None
    ) -> list[Written]:
        """Let the student of `path` continue some lines; its tokens are appended to them, without the end token."""
        student = self.students[path]
        student.model.eval()
        limits = {line: self._limit(path, line, max_new_tokens) for line in lines}
        under_way = {
            line: Line(list(self.prefix(path, line)), limit, self._contexts[line].random)
            for line, limit in limits.items()
            if limit > 0
        }
        if under_way:
            checker = StopChecker(student.tokenizer, stop) if stop is not None and stop.at else None
            self._run(path, under_way, checker)
        return [self._taken(line, under_way.get(line), student) for line in lines]

    def _limit(self, path: str, line: int, max_new_tokens: int | None) -> int:
        student, context = self.students[path], self._contexts[line]
        left = self.decoding.max_new_tokens - context.spent
        room = student.architecture.room(student.model)
        if room is not None:
            left = min(left, room - len(self.prefix(path, line)))
        return left if max_new_tokens is None else min(left, max_new_tokens)

    def _taken(self, line: int, ended: Line | None, student: Student) -> Written:
        """What a line wrote, appended to its context without the start token of an encoder-decoder's target.

        Its text is what it adds to the text so far: many tokenizers drop the space before a text on its own.
        """
        if ended is None:
            return Written((), "", "length") if self._contexts[line].text else TOO_LONG
        context, start, tokens = self._contexts[line], student.template.target_start, tuple(ended.tokens)
        context.spent += len(tokens)
        context.behind += tokens[len(start) if start and tokens[: len(start)] == start else 0 :]
        before, context.text = context.text, student.tokenizer.decode(context.behind, skip_special_tokens=True)
        return Written(tokens, context.text[len(before) :], ended.finish)

    def _run(self, path: str, under_way: Mapping[int, Line], stop: StopChecker | None) -> None:
        """Write on every line until it ends, in place. Where the cache is kept, all lines stay in it."""
        student = self.students[path]
        keeps = student.architecture.resumes(student.model)
        logits, reading = self._read(path, list(under_way))
        lines = [under_way[line] for line in reading.lines]
        decode(student, logits, reading.state, lines, self.decoding.temperature, stop, keeps=keeps)
        reading.read = [line.read for line in lines]

    def _read(self, path: str, lines: list[int]) -> tuple[Tensor, _Reading]:
        """Logits after the prefixes of some lines; where the cache allows it, only unread tokens are read."""
        student, prefixes = self.students[path], [self.prefix(path, line) for line in lines]
        reading, unread = self._unread(path, lines, prefixes)
        if reading is None:
            logits, state = begin(student, prefixes)
            reading = self._readings[path] = _Reading(lines, [], state)
        else:
            logits = student.architecture.extend(student.model, reading.state, unread)
        return logits, reading

    def _unread(
        self, path: str, lines: list[int], prefixes: Sequence[tuple[int, ...]]
    ) -> tuple[_Reading | None, list[tuple[int, ...]]]:
        """The student's state with just these lines in it, and what each has not read; None where it starts over."""
        student, reading = self.students[path], self._readings.get(path)
        if reading is None or not student.architecture.resumes(student.model) or not set(lines) <= set(reading.lines):
            return None, []
        read = dict(zip(reading.lines, reading.read, strict=True))
        unread = [prefix[read[line] :] for line, prefix in zip(lines, prefixes, strict=True)]
        if not all(unread):
            return None, []
        if lines != reading.lines:
            _keep(student, reading, [reading.lines.index(line) for line in lines])
        return reading, unread


def _keep(student: Student, reading: _Reading, rows: list[int]) -> None:
    """Only some rows go on, in the given order."""
    student.architecture.select(reading.state, rows)
    reading.lines, reading.read = [reading.lines[row] for row in rows], [reading.read[row] for row in rows]
