"""What voting costs: every prompt read for each sample, once for its samples, and with the adaptive stop.

A student is taught few-shot here, on coin flips told by a teacher that errs 35 % of the time, and answers the same
questions three ways in the same run, one thread, CPU seconds (a shared machine blurs the clock on the wall):

1. sample by sample, over all questions, as one would with `model.generate`: each prompt is read once a sample;
2. all samples of a question side by side, its prompt read once;
3. the same with the adaptive stop.

Texts of 1 and 2 must be the same, those of 3 among them, and the outcomes of all three the same, or the script fails.

    python benchmarks/voting.py
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch

from smallsteps.decoding.answering import answer_questions
from smallsteps.decoding.settings import Decoding
from smallsteps.decoding.writer import StudentWriter
from smallsteps.engine.student import Student, load_student
from smallsteps.methods import Method, make_method
from smallsteps.records import Record
from smallsteps.scoring.answers import Answer
from smallsteps.scoring.evaluate import Outcome, judge_answers, score_outcomes
from smallsteps.study.sources import generated
from smallsteps.study.spec import Generate
from smallsteps.training.settings import Budget, Training
from smallsteps.training.train import train

TRAINING = {
    "learning_rate": 0.005, "per_device_train_batch_size": 32, "warmup_steps": 20, "lr_scheduler_type": "linear",
    "max_grad_norm": 1.0, "evaluations": 0,
}  # fmt: skip


def main() -> None:
    """Train, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--student", default="tiny-decoder")
    parser.add_argument("--questions", type=int, default=60)
    parser.add_argument("--samples", type=int, default=30)
    parser.add_argument("--steps", type=int, default=200, help="optimiser steps of the student")
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--repeats", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(1)
    method = make_method("scotd", {"keep": "all", "label": "teacher"})
    student = taught(options.student, method, options.steps)
    test = list(generated(Generate(generate="coin_flip", count=options.questions, part="test", rationales=0)))
    decoding = Decoding(100, options.samples, 0.7, options.batch_size)
    ways: dict[str, Callable[[], list[Answer]]] = {
        "a prompt read for each sample": lambda: sample_by_sample(method, student, test, decoding),
        "a prompt read for all of them": lambda: side_by_side(method, student, test, decoding),
        "with the adaptive stop": lambda: side_by_side(method, student, test, replace(decoding, adaptive_stop=True)),
    }
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    answers: dict[str, list[Answer]] = {}
    for _ in range(options.repeats):
        for way, run in ways.items():
            start = time.process_time()
            answers[way] = run()
            seconds[way].append(time.process_time() - start)
    report(method, test, answers, {way: statistics.median(some) for way, some in seconds.items()})


def report(method: Method, test: list[Record], answers: dict[str, list[Answer]], seconds: dict[str, float]) -> None:
    """Check that all ways agree, and print what each of them cost."""
    gold = {record.id: record for record in test}
    apart, together, early = ({(one.id, one.sample): one.text for one in some} for some in answers.values())
    assert apart == together and early.items() <= together.items(), "the texts differ"
    outcomes = {way: judge_answers(some, gold, method.reader) for way, some in answers.items()}
    first, *others = (list(map(told, some)) for some in outcomes.values())
    assert all(first == other for other in others), "the outcomes differ"
    slowest = next(iter(seconds.values()))
    for way, some in outcomes.items():
        score = score_outcomes(some, gold)
        print(f"{way:32} {seconds[way]:7.1f} CPU s {slowest / seconds[way]:6.2f}x {score.samples:6.1f} samples "
              f"{score.generated_tokens:8.1f} tokens a question {100 * score.accuracy:6.1f} % right")  # fmt: skip


def told(outcome: Outcome) -> tuple[object, ...]:
    """What all samples must agree on."""
    return outcome.id, outcome.name, outcome.answer, outcome.lenient


def taught(name: str, method: Method, steps: int) -> Student:
    """A student trained from nothing, few-shot."""
    records = list(generated(Generate(generate="coin_flip", count=1500, rationales=4, error_rate=0.35)))
    student = load_student(name, records, seed=0)
    with tempfile.TemporaryDirectory() as folder:
        train(student, method, "main", records, [], budget=Budget(steps=steps), training=Training.of(TRAINING), seed=0,
              folder=Path(folder))  # fmt: skip
    student.model.eval()
    return student


def sample_by_sample(method: Method, student: Student, test: list[Record], decoding: Decoding) -> list[Answer]:
    """Every question once, then every question again."""
    answers = []
    for sample in range(decoding.samples):
        outputs = method.decode(StudentWriter({"main": student}, decoding, sample), test)
        answers += [
            Answer(record.id, record.task, "arm", sample, "", one.text, one.tokens, one.finish, of=decoding.samples)
            for record, one in zip(test, outputs, strict=True)
        ]
    return answers


def side_by_side(method: Method, student: Student, test: list[Record], decoding: Decoding) -> list[Answer]:
    """Answers as `smallsteps answer` makes them."""
    return answer_questions(method, {"main": student}, test, decoding, "arm")


if __name__ == "__main__":
    main()
