"""How fast answers come: answer-first with early stop next to rationale-first, and our decoding next to `generate`.

Everything is trained here on the embedded word problems (one to five steps, so that lengths are mixed), answers the
same questions in the same run, one thread, CPU seconds (a shared machine blurs the clock on the wall); runs alternate
and the median counts.

1. One student taught by `post`, its answers cut off behind the answer line, next to the same student writing its
   rationale as well; and next to a student of the same size taught rationale-first (`cot`).
2. Our batched decoding next to plain `model.generate` (batches of the same size, in the order of the corpus, up to
   the end token) with the rationale-first student. Both give the same tokens, or the script fails.

    python benchmarks/answer_speed.py --students tiny-decoder tiny-encdec
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from smallsteps.decoding.answering import answer_questions
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
        for name in options.students:
            measure(name, parts.train, parts.test, options, Path(folder))


def measure(name: str, records: list[Record], test: list[Record], options: argparse.Namespace, folder: Path) -> None:
    """Both comparisons for one kind of student."""
    first, last = make_method("post", {}), make_method("cot", {})
    answering = taught(name, first, records, options.steps, folder / name / "post")
    reasoning = taught(name, last, records, options.steps, folder / name / "cot")
    size = options.batch_size
    sides: dict[str, Callable[[], Sequence[int]]] = {
        "early": lambda: [one.tokens for one in ours(first, answering, test, size)],
        "written": lambda: [one.tokens for one in ours(first, answering, test, size, with_rationale=True)],
        "reasoned": lambda: [one.tokens for one in ours(last, reasoning, test, size)],
        "generate": lambda: [len(line) for line in plain(last, reasoning, test, size)],
    }
    check_equal(last, reasoning, test, size)
    seconds: dict[str, list[float]] = {side: [] for side in sides}
    tokens: dict[str, float] = {}
    for _ in range(options.repeats):
        for side, run in sides.items():
            start = time.process_time()
            tokens[side] = statistics.mean(run())
            seconds[side].append(time.process_time() - start)
    speed = {side: len(test) / statistics.median(some) for side, some in seconds.items()}
    print(f"{name}: {answering.parameters / 1e6:.2f} million parameters, {len(test)} questions, batches of {size}")
    titles = {
        "early": "post, stopped behind the answer",
        "written": "post, with its rationale",
        "reasoned": "cot",
        "generate": "cot, plain model.generate",
    }
    for side, title in titles.items():
        print(f"  {title:34} {speed[side]:8.1f} questions/s {tokens[side]:7.1f} tokens/answer")
    print(f"  early stop is {speed['early'] / speed['written']:.2f}× the same student with its rationale,")
    print(f"                {speed['early'] / speed['reasoned']:.2f}× rationale-first")
    print(f"  our decoding is {speed['reasoned'] / speed['generate']:.2f}× plain generate, with the same tokens")


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
def plain(method: Method, student: Student, test: list[Record], size: int) -> list[list[int]]:
    """Token ids by `model.generate`, batch by batch, padded on the side that the model needs."""
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
            max_new_tokens=150, do_sample=False, pad_token_id=pad, eos_token_id=end,
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
