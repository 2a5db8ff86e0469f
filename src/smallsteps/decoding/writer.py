"""The writer that a method's `decode` is given: batched, greedy or sampled.

A line's text depends on its prefix, its key and the temperature alone, never on the rest of its batch.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Mapping, Sequence

import torch

from smallsteps.decoding.loop import decode
from smallsteps.decoding.sequences import TOO_LONG, Line, StopChecker, begin, longest_first
from smallsteps.decoding.session import StudentSession
from smallsteps.decoding.settings import Decoding
from smallsteps.engine.student import Student
from smallsteps.engine.tokens import encode_prompt
from smallsteps.methods import Stop, Written
from smallsteps.progress import SILENT, Progress


class StudentWriter:
    """A method's students answering, one sample per question; the `Writer` of a method's `decode`.

    Without a `sample` they answer several: every key begins with its own, as `SAMPLE/KEY`.
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
        """Continue each prefix with the student of `path`, in batches, the longest first.

        A prefix that leaves no position of the student free is not read: nothing is written, and `finish` is `error`.
        """
        student, room = self.students[path], self.students[path].architecture.room(self.students[path].model)
        limit = max_new_tokens or self.decoding.max_new_tokens
        written: dict[int, Written] = {}
        student.model.eval()
        with self.progress.bar("decoding", len(prefixes)) as bar:
            for chunk in self._chunks(prefixes):
                limits = {place: _limit(limit, room, prefixes[place]) for place in chunk}
                lines = {
                    place: Line(list(prefixes[place]), limits[place], self._random(keys[place]))
                    for place in chunk
                    if limits[place] > 0
                }
                self._write(student, list(lines.values()), stop)
                written |= dict.fromkeys(chunk, TOO_LONG)
                written |= {place: line.written(student.tokenizer) for place, line in lines.items()}
                bar.advance(len(chunk))
        return [written[index] for index in range(len(prefixes))]

    @torch.inference_mode()
    def _write(self, student: Student, lines: list[Line], stop: Stop | None) -> None:
        """Write some lines to their ends, in place."""
        if not lines:
            return
        checker = StopChecker(student.tokenizer, stop) if stop is not None and stop.at else None
        logits, state = begin(student, [line.prefix for line in lines])
        decode(student, logits, state, lines, self.decoding.temperature, checker)

    def _chunks(self, prefixes: Sequence[Sequence[int]]) -> Iterator[list[int]]:
        """The places of the prefixes in batches, the longest first."""
        order = longest_first(prefixes)
        for start in range(0, len(order), self.decoding.batch_size):
            yield order[start : start + self.decoding.batch_size]

    def sessions(self, prompts: Sequence[str], keys: Sequence[str]) -> Iterator[tuple[list[int], StudentSession]]:
        """The questions with these prompts in batches, to be written stretch by stretch."""
        bases = [self.tokens(prompt) for prompt in prompts]
        with self.progress.bar("decoding", len(bases)) as bar:
            for chunk in self._chunks(bases):
                numbers = [self._random(keys[index]) for index in chunk]
                yield chunk, StudentSession(self.students, self.decoding, [bases[index] for index in chunk], numbers)
                bar.advance(len(chunk))

    def _random(self, key: str) -> random.Random | None:
        """A line's own random numbers, from the seed, the sample and its key; None where nothing is drawn."""
        if self.decoding.temperature == 0:
            return None
        drawn = key if self.sample is None else f"{self.sample}/{key}"
        digest = hashlib.sha256(f"{self.decoding.seed}/{drawn}".encode()).digest()
        return random.Random(int.from_bytes(digest[:8], "big"))


def _limit(wanted: int, room: int | None, prefix: Sequence[int]) -> int:
    """How many tokens may follow a prefix."""
    return wanted if room is None else min(wanted, room - len(prefix))
