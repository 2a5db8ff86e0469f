"""Sessions: questions that several students write on in turn, stretch by stretch, each keeping its cache.

A student that continues its prompt reads every token once: what it wrote stands in its cache, and what was put there
between two stretches is read in one pass. A student with an encoder reads the longer source anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from smallsteps.decoding.sequences import Line, StopWatch, advance, begin, choose
from smallsteps.decoding.settings import Decoding
from smallsteps.engine.architecture import DecodeState
from smallsteps.engine.student import Student
from smallsteps.methods import Stop, Written


@dataclass
class _Context:
    """What stands on a line: the prompt's tokens, and those put or written behind it.

    `text` is all that was written so far, `spent` the number of its tokens.
    """

    base: tuple[int, ...]
    generator: torch.Generator | None
    behind: list[int] = field(default_factory=list)
    text: str = ""
    spent: int = 0


@dataclass
class _Reading:
    """One student's state: the lines in its rows, and how many tokens of each it has read."""

    lines: list[int]
    read: list[int]
    state: DecodeState


class StudentSession:
    """A method's students at work on a few questions; the `Session` of a method's `decode`."""

    def __init__(
        self,
        students: Mapping[str, Student],
        decoding: Decoding,
        bases: Sequence[tuple[int, ...]],
        generators: Sequence[torch.Generator | None],
    ) -> None:
        self.students, self.decoding = students, decoding
        self._contexts = [_Context(base, one) for base, one in zip(bases, generators, strict=True)]
        self._readings: dict[str, _Reading] = {}

    def read(self, line: int, tokens: Sequence[int]) -> None:
        """Put tokens behind what stands on a line."""
        self._contexts[line].behind += tokens

    def prefix(self, path: str, line: int) -> tuple[int, ...]:
        """All that the student of `path` reads before it goes on: what its training put before the next token."""
        context, closing = self._contexts[line], self.students[path].template.source_end
        opened = context.base[: len(context.base) - len(closing)]
        return (*opened, *context.behind, *closing)

    @torch.inference_mode()
    def write(
        self, path: str, lines: Sequence[int], stop: Stop | None = None, max_new_tokens: int | None = None
    ) -> list[Written]:
        """Let the student of `path` write on some lines; its tokens then stand on them, without the end token."""
        student = self.students[path]
        student.model.eval()
        limits = {line: self._limit(path, line, max_new_tokens) for line in lines}
        under_way = {
            line: Line(list(self.prefix(path, line)), self._contexts[line].generator, [])
            for line, limit in limits.items()
            if limit > 0
        }
        if under_way:
            watch = StopWatch(student.tokenizer, stop) if stop is not None and stop.at else None
            self._run(path, under_way, limits, watch)
        return [self._taken(line, under_way.get(line), student) for line in lines]

    def _limit(self, path: str, line: int, max_new_tokens: int | None) -> int:
        student, context = self.students[path], self._contexts[line]
        left = self.decoding.max_new_tokens - context.spent
        room = student.architecture.room(student.model)
        if room is not None:
            left = min(left, room - len(self.prefix(path, line)))
        return left if max_new_tokens is None else min(left, max_new_tokens)

    def _taken(self, line: int, ended: Line | None, student: Student) -> Written:
        """What a line wrote, put behind its context without the start token with which some targets begin.

        Its text is what it adds to the text so far: many tokenizers drop the space before a text of its own.
        """
        if ended is None:
            return Written((), "", "length")
        context, start, tokens = self._contexts[line], student.template.target_start, tuple(ended.tokens or ())
        context.spent += len(tokens)
        context.behind += tokens[len(start) if start and tokens[: len(start)] == start else 0 :]
        before, context.text = context.text, student.tokenizer.decode(context.behind, skip_special_tokens=True)
        return Written(tokens, context.text[len(before) :], ended.finish)

    def _run(
        self, path: str, under_way: Mapping[int, Line], limits: Mapping[int, int], watch: StopWatch | None
    ) -> None:
        """Write on every line until it ends, in place. Where the cache is kept, ended lines wait for the others."""
        student = self.students[path]
        model, kind, end = student.model, student.architecture, student.template.end
        waits = kind.resumes(model)
        logits, reading = self._read(path, list(under_way))
        active = list(range(len(reading.lines)))
        while True:
            places = torch.tensor(active, device=logits.device)
            running = [under_way[reading.lines[row]] for row in active]
            chosen = choose(logits[places], running, self.decoding.temperature)
            going = [
                place
                for place, (line, token) in enumerate(zip(running, chosen.tolist(), strict=True))
                if not advance(line, token, end, watch)
                and len(line.tokens or ()) < limits[reading.lines[active[place]]]
            ]
            if not going:
                return
            keep = torch.tensor(going, device=logits.device)
            if waits:
                active = [active[place] for place in going]
                logits = kind.step(model, reading.state, *_spread(chosen[keep], places[keep], len(reading.lines)))
                for row in active:
                    reading.read[row] += 1
            else:
                if len(going) < len(active):
                    _keep(student, reading, going)
                active = list(range(len(going)))
                logits = kind.step(model, reading.state, chosen[keep])

    def _read(self, path: str, lines: list[int]) -> tuple[Tensor, _Reading]:
        """Logits behind the prefixes of some lines, of which only the unread tokens are read where that can be."""
        student, prefixes = self.students[path], [self.prefix(path, line) for line in lines]
        reading, unread = self._unread(path, lines, prefixes)
        if reading is None:
            logits, state = begin(student, prefixes)
            reading = self._readings[path] = _Reading(lines, [], state)
        else:
            logits = student.architecture.extend(student.model, reading.state, unread)
        reading.read = [len(prefix) for prefix in prefixes]
        return logits, reading

    def _unread(
        self, path: str, lines: list[int], prefixes: Sequence[tuple[int, ...]]
    ) -> tuple[_Reading | None, list[tuple[int, ...]]]:
        """The student's state with just these lines in it, and what each has not read; None where it begins anew."""
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
    """Only some rows go on, in a given order."""
    student.architecture.select(reading.state, torch.tensor(rows, device=reading.state.mask.device))
    reading.lines, reading.read = [reading.lines[row] for row in rows], [reading.read[row] for row in rows]


def _spread(tokens: Tensor, rows: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Tokens [A] of some rows as tokens [B] of all, and which of them are alive."""
    spread = tokens.new_zeros(count)
    spread[rows] = tokens
    alive = torch.zeros(count, dtype=torch.bool, device=tokens.device)
    alive[rows] = True
    return spread, alive
