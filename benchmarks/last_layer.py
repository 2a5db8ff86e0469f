"""What it saves to show the last layer's feed-forward block only what is learnt: steps of the demo, with and without.

    python benchmarks/last_layer.py
    python benchmarks/last_layer.py --methods cot --layers 8 --width 256

Both sides run the same batches of the demo's word problems through the same student, forward and backward, in turns
and in one thread; medians of processor seconds count. Their losses must agree, and the run stops where they do not.
"""

from __future__ import annotations

import argparse
import statistics
import time
from dataclasses import dataclass, replace
from typing import Any

QUESTIONS = 64  # of a step
ROW_TOKENS, PASS_TOKENS = 1024, 2048  # as training takes them on a CPU
KNOBS = {"steps": (2, 3), "largest": 12, "limit": 30}


@dataclass(frozen=True)
class Work:
    """Some steps of a method, and the student that takes them."""

    student: Any
    mix: Any
    batches: list[Any]

    def run(self) -> tuple[list[float], float]:
        """Processor seconds of each step, forward and backward, and the sum of the losses."""
        from smallsteps.training.losses import part_sums

        seconds, total = [], 0.0
        for batch in self.batches:
            start = time.process_time()
            for row in batch.rows:
                sums = part_sums(self.student.architecture, self.student.model, row, self.mix.parts)
                loss = self.mix.total(sums, batch.weights)
                loss.backward()
                total += loss.item()
            seconds.append(time.process_time() - start)
        self.student.model.zero_grad()
        return seconds, total

    @property
    def learnt(self) -> float:
        """The share of the computed tokens at which something is predicted."""
        rows = [row for batch in self.batches for row in batch.rows]
        return sum(len(row.tensors["keep"]) for row in rows) / sum(batch.computed for batch in self.batches)


def work_of(name: str, records: list[Any], options: argparse.Namespace) -> Work:
    """The first steps of a method on a student from nothing."""
    from smallsteps.engine import attention
    from smallsteps.engine.batches import Collator
    from smallsteps.engine.student import load_student
    from smallsteps.engine.tiny import TinySize
    from smallsteps.methods import make_method
    from smallsteps.training.dataset import TrainingDataset, TrainingSampler
    from smallsteps.training.losses import Mix

    size = TinySize(width=options.width, layers=options.layers)
    student = load_student("tiny-decoder", records, seed=0, size=size)
    attention.use(student.model, attention.choices(student.model)[0])
    student.model.train()
    method = make_method(name, {})
    dataset = TrainingDataset(records, method, "main", student.tokenizer, student.template, seed=0)
    mix = Mix.of(method.mix)
    collate = Collator("forest", mix.parts, ROW_TOKENS, PASS_TOKENS, sparse_attention=True)
    order = list(TrainingSampler(len(dataset), options.steps * QUESTIONS, seed=0))
    starts = range(0, len(order), QUESTIONS)
    return Work(student, mix, [collate([dataset[visit] for visit in order[at : at + QUESTIONS]]) for at in starts])


def compared(work: Work, rounds: int) -> tuple[float, float]:
    """Median seconds of a step with the whole block and with the narrowed one. Raises SystemExit for another loss."""
    from smallsteps.engine import last_layer

    most = last_layer.MOST
    sides: dict[bool, list[float]] = {False: [], True: []}
    for turn in range(rounds + 1):
        losses = {}
        for narrowed in sides:
            last_layer.MOST = most if narrowed else -1.0
            seconds, losses[narrowed] = work.run()
            sides[narrowed] += seconds if turn else []  # the first turn warms both
        if abs(losses[True] - losses[False]) > 1e-4 * abs(losses[False]):
            raise SystemExit(f"losses differ: whole {losses[False]}, narrowed {losses[True]}")
    last_layer.MOST = most
    return statistics.median(sides[False]), statistics.median(sides[True])


def main() -> None:
    """Measure and print a table."""
    import torch

    from smallsteps.generators import make_generator
    from smallsteps.teachers.rule_based import RuleBased

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--methods", nargs="+", default=["cot", "scotd", "post", "step_by_step", "answer_only"])
    parser.add_argument("--width", type=int, default=96)
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    asked = list(make_generator("word_problems", KNOBS).records(options.steps * QUESTIONS, 0, "train"))
    told = RuleBased().rationales(asked, 4, 0)
    records = [replace(record, rationales=tuple(some)) for record, (_, some) in zip(asked, told, strict=True)]
    print("| method | places that predict | whole, s a step | narrowed, s a step | ratio |\n|---|---|---|---|---|")
    for name in options.methods:
        work = work_of(name, records, options)
        whole, narrowed = compared(work, options.rounds)
        print(f"| {name} | {work.learnt:.0%} | {whole:.3f} | {narrowed:.3f} | {whole / narrowed:.2f} |", flush=True)


if __name__ == "__main__":
    main()
