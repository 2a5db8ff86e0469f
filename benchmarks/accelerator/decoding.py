"""Decoding: our writer next to `model.generate`, the same prompts in batches of the same size."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

import torch

from accelerator.shapes import SHAPES, Setting, student
from accelerator.table import Finding
from smallsteps.decoding.settings import Decoding
from smallsteps.decoding.writer import StudentWriter
from smallsteps.engine.student import Student
from smallsteps.engine.tokens import encode_prompt
from smallsteps.records import Record

Make = Callable[[Student, Sequence[Record], int, int, float], list[list[int]]]


def decoding(records: Sequence[Record], setting: Setting) -> Iterator[Finding]:
    """Tokens per second of both, greedy and sampled: on the wall of a GPU, of the processor's time on a CPU."""
    asked, tokens, size = (records[:24], 24, 8) if setting.tiny else (records[:128], 128, 64)
    for name in SHAPES:
        one = student(name, records, setting)
        one.model.to(setting.dtype)
        for temperature in (0.0, 1.0):
            speed = {
                make: _speed(make, one, asked, tokens, size, temperature, setting) for make in (written, generated)
            }
            way = "greedy" if temperature == 0 else "sampled"
            yield Finding("decoding", f"{name}, {way}, {len(asked)} prompts in batches of {size}",
                          f"{speed[written]:.0f} tokens/s", f"generate {speed[generated]:.0f} tokens/s",
                          f"{speed[written] / speed[generated]:.2f}x")  # fmt: skip
        del one


def _speed(
    make: Make, one: Student, asked: Sequence[Record], tokens: int, size: int, temperature: float, setting: Setting
) -> float:
    make(one, asked[:size], 8, size, temperature)  # warm
    start = _now(setting)
    count = sum(map(len, make(one, asked, tokens, size, temperature)))
    return count / (_now(setting) - start)


def _now(setting: Setting) -> float:
    if setting.device != "cuda":
        return time.process_time()
    torch.cuda.synchronize()
    return time.perf_counter()


def prompt_ids(one: Student, record: Record) -> list[int]:
    """A question's prompt."""
    return list(encode_prompt(one.tokenizer, one.template, f"Q: {record.question}\nA:"))


def written(one: Student, asked: Sequence[Record], tokens: int, size: int, temperature: float) -> list[list[int]]:
    """Tokens by our writer."""
    write = StudentWriter({"main": one}, Decoding(tokens, batch_size=size, temperature=temperature))
    found = write("main", [prompt_ids(one, record) for record in asked], [record.id for record in asked])
    return [list(line.tokens) for line in found]


@torch.inference_mode()
def generated(one: Student, asked: Sequence[Record], tokens: int, size: int, temperature: float) -> list[list[int]]:
    """Tokens by `model.generate`, padded at the left, cut off before the end token."""
    end, pad, device = one.template.end, one.tokenizer.pad_token_id, next(one.model.parameters()).device
    ids, found = [prompt_ids(one, record) for record in asked], []
    sampling = {"do_sample": True, "temperature": temperature, "top_k": 0} if temperature else {"do_sample": False}
    for start in range(0, len(ids), size):
        some = ids[start : start + size]
        width = max(map(len, some))
        out = one.model.generate(
            input_ids=torch.tensor([[pad] * (width - len(line)) + line for line in some], device=device),
            attention_mask=torch.tensor([[0] * (width - len(line)) + [1] * len(line) for line in some], device=device),
            max_new_tokens=tokens, pad_token_id=pad, eos_token_id=end, **sampling,
        )  # fmt: skip
        lines = out[:, width:].tolist()
        found += [line[: line.index(end)] if end in line else line for line in lines]
    return found
