"""How fast answers come: answer-first with early stop next to rationale-first, and our decoding next to `generate`.

Everything is trained here on the embedded word problems (one to five steps, so that lengths are mixed) and answers the
same questions in the same run, in one thread, by CPU seconds (a shared machine distorts wall time); runs alternate and
the median counts.

1. One student taught by `post`, its answers cut off after the answer line, next to the same student writing its
   rationale as well; and next to a student of the same size taught rationale-first (`cot`).
2. Our batched decoding next to plain `model.generate` (batches of the same size, in the order of the corpus, up to
   the end token) with the rationale-first student, greedy and sampled at temperature 1. Greedily both give the same
   tokens, or the script fails.

    python benchmarks/answer_speed.py --students tiny-decoder tiny-encdec
    python benchmarks/answer_speed.py --trained STUDENT --questions 64      # only 2., with a student trained before
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from smallsteps.decoding.answering import answer_questions, load_trained
from smallsteps.decoding.settings import Decoding
from smallsteps.engine.student import Student, load_student
from smallsteps.engine.tokens import encode_prompt
from smallsteps.methods import Method, make_method
from smallsteps.records import Record
from smallsteps.scoring.answers import Answer
from smallsteps.study.sources import load_parts
from smallsteps.study.spec import Corpus
from smallsteps.training.settings import Budget, Training
from smallsteps.training.train import train

OPTIONS = {"steps": "1-5", "largest": 20}
TRAINING = {
    "learning_rate": 0.005, "per_device_train_batch_size": 32, "warmup_steps": 20, "lr_scheduler_type": "linear",
    "max_grad_norm": 1.0, "evaluations": 0,
}  # fmt: skip


def main() -> None:
    """Train, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", nargs="+", default=["tiny-decoder", "tiny-encdec"])
    parser.add_argument("--questions", type=int, default=400)
    parser.add_argument("--steps", type=int, default=150, help="optimiser steps of each student")
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--trained", type=Path, help="a folder that `smallsteps train` wrote; nothing is trained")
    options = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        source = {"generate": "word_problems", "seed": 0, "options": OPTIONS}
        corpus = Corpus.model_validate({
            "train": {**source, "count": 3000, "part": "train", "rationales": 2},
            "test": {**source, "count": options.questions, "part": "test", "rationales": 0},
            "validation": 0,
        })  # fmt: skip
        parts = load_parts(corpus, Path(folder), "")
        if options.trained:
            method, students, _ = load_trained(options.trained)
            versus_generate(options.trained.name, method, students["main"], parts.test, options)
            return
        for name in options.students:
            measure(name, parts.train, parts.test, options, Path(folder))


def measure(name: str, records: list[Record], test: list[Record], options: argparse.Namespace, folder: Path) -> None:
    """Both comparisons for one kind of student."""
    first, last = make_method("post", {}), make_method("cot", {})
    answering = taught(name, first, records, options.steps, folder / name / "post")
    reasoning = taught(name, last, records, options.steps, folder / name / "cot")
    size = options.batch_size
    print(f"{name}: {answering.parameters / 1e6:.2f} million parameters, {len(test)} questions, batches of {size}")
    speed = timed({
        "post, stopped after the answer": lambda: ours(first, answering, test, size),
        "post, with its rationale": lambda: ours(first, answering, test, size, with_rationale=True),
        "cot": lambda: ours(last, reasoning, test, size),
    }, len(test), options.repeats)  # fmt: skip
    early, whole, reasoned = (one.questions for one in speed.values())
    print(f"  early stop is {early / whole:.2f}× the same student with its rationale, {early / reasoned:.2f}× cot")
    versus_generate(name, last, reasoning, test, options)


def versus_generate(
    name: str, method: Method, student: Student, test: list[Record], options: argparse.Namespace
) -> None:
    """The second comparison."""
    size = options.batch_size
    check_equal(method, student, test, size)
    speed = timed({
        "ours, greedy": lambda: ours(method, student, test, size),
        "generate, greedy": lambda: plain(method, student, test, size),
        "ours, sampled": lambda: ours(method, student, test, size, temperature=1.0),
        "generate, sampled": lambda: plain(method, student, test, size, sampled=True),
    }, len(test), options.repeats)  # fmt: skip
    greedy, their_greedy, sampled, their_sampled = (one.tokens for one in speed.values())
    print(f"  {name}: our decoding is {greedy / their_greedy:.2f}× plain generate with the same tokens, and "
          f"{sampled / their_sampled:.2f}× sampled")  # fmt: skip


@dataclass(frozen=True)
class Speed:
    """Questions and generated tokens per CPU second."""

    questions: float
    tokens: float


def timed(sides: dict[str, Callable[[], list[Any]]], questions: int, repeats: int) -> dict[str, Speed]:
    """Every side's speed, medians of alternating runs; printed as well."""
    seconds: dict[str, list[float]] = {side: [] for side in sides}
    tokens: dict[str, int] = {}
    for _ in range(repeats):
        for side, run in sides.items():
            start = time.process_time()
            found = run()
            seconds[side].append(time.process_time() - start)
            tokens[side] = sum(one.tokens if isinstance(one, Answer) else len(one) for one in found)
    speed = {}
    for side, some in seconds.items():
        median = statistics.median(some)
        speed[side] = Speed(questions / median, tokens[side] / median)
        print(f"  {side:34} {speed[side].questions:8.1f} questions/s {speed[side].tokens:9.0f} tokens/s "
              f"{tokens[side] / questions:7.1f} tokens/answer", flush=True)  # fmt: skip
    return speed


def taught(name: str, method: Method, records: list[Record], steps: int, folder: Path) -> Student:
    """A student trained from nothing."""
    student = load_student(name, records, seed=0)
    train(student, method, "main", records, [], budget=Budget(steps=steps), training=Training.of(TRAINING), seed=0,
          folder=folder)  # fmt: skip
    student.model.eval()
    return student


def ours(method: Method, student: Student, test: list[Record], size: int, **more: Any) -> list[Answer]:
    """Answers as `smallsteps answer` makes them."""
    return answer_questions(method, {"main": student}, test, Decoding(150, batch_size=size, **more), "arm")


@torch.inference_mode()
def plain(method: Method, student: Student, test: list[Record], size: int, *, sampled: bool = False) -> list[list[int]]:
    """Token ids by `model.generate`, batch by batch, padded on the side that the model needs."""
    way: dict[str, Any] = {"do_sample": True, "temperature": 1.0, "top_k": 0} if sampled else {"do_sample": False}
    pad, end, lines = student.tokenizer.pad_token_id, student.template.end, []
    for start in range(0, len(test), size):
        prompts = [method.prompt(record, "main") for record in test[start : start + size]]
        ids = [list(encode_prompt(student.tokenizer, student.template, prompt)) for prompt in prompts]
        width = max(map(len, ids))
        encoder = student.template.split
        padded = [line + [pad] * (width - len(line)) if encoder else [pad] * (width - len(line)) + line for line in ids]
        real = [[1] * len(line) + [0] * (width - len(line)) for line in ids]
        out = student.model.generate(
            input_ids=torch.tensor(padded), attention_mask=torch.tensor(real if encoder else [m[::-1] for m in real]),
            max_new_tokens=150, pad_token_id=pad, eos_token_id=end, **way,
        )  # fmt: skip
        for line in out[:, 1 if encoder else width :].tolist():
            lines.append(line[: line.index(end)] if end in line else line)
    return lines


def check_equal(method: Method, student: Student, test: list[Record], size: int) -> None:
    """Both give the same text up to where ours stopped, or this fails."""
    for answer, line in zip(ours(method, student, test, size), plain(method, student, test, size), strict=True):
        text = student.tokenizer.decode(line[: answer.tokens], skip_special_tokens=True)
        assert text == answer.text, f"{answer.id}: generate wrote {text!r}, we wrote {answer.text!r}"


if __name__ == "__main__":
    main()
