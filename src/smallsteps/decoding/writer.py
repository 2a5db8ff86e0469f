"""Decoding: batched, greedy or sampled, with the finished lines leaving the batch.

A line's text depends on its prefix, its key and the temperature alone, never on the batch that it shares.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence

import torch

from smallsteps.decoding.sequences import Line, StopWatch, advance, begin, choose, longest_first
from smallsteps.decoding.session import StudentSession
from smallsteps.decoding.settings import Decoding
from smallsteps.engine.student import Student
from smallsteps.engine.tokens import encode_prompt
from smallsteps.methods import Stop, Written
from smallsteps.progress import SILENT, Progress


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
            self._encoded[prompt] = encode_prompt(self._any.tokenizer, self._any.template, prompt)
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


@torch.inference_mode()
def _write(student: Student, lines: list[Line], stop: Stop | None, limit: int, temperature: float) -> None:
    """Decode some lines to their ends, in place."""
    model, kind, end = student.model, student.architecture, student.template.end
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
