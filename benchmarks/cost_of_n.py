"""The cost of N rationales a question: processor seconds of a training pass, our padded rows against the forest.

    python benchmarks/cost_of_n.py --out docs/studies/cost_of_n.svg

Questions and rationales are generated; rationales share nothing but their question, which is the least that can be
shared. Each point is the median of `--rounds` turns; the two sides take turns.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path
from typing import Any

COUNTS = (1, 2, 5, 10, 20, 30)


def groups(count: int, questions: int, prompt: int, rationale: int) -> list[list[Any]]:
    """Encoded views: `count` rationales of `rationale` tokens behind each question of `prompt` tokens."""
    import numpy as np

    from smallsteps.engine.tokens import EncodedView

    draw = np.random.default_rng(0)
    weights = np.concatenate([np.zeros(prompt, np.float32), np.ones(rationale, np.float32)])
    found = []
    for number in range(questions):
        question = draw.integers(3, 1000, prompt).astype(np.int32)
        answers = draw.integers(3, 1000, (count, rationale)).astype(np.int32)
        empty = np.empty(0, np.int32)
        found.append(
            [EncodedView(f"q{number}", "target", empty, np.concatenate([question, one]), weights) for one in answers]
        )
    return found


def seconds(model: Any, layout: str, chosen: list[list[Any]]) -> float:
    """Processor seconds of building the batch, forward and backward."""
    from smallsteps.engine.architectures import architecture_of
    from smallsteps.engine.batches import Collator
    from smallsteps.training.losses import Mix, part_sums

    mix, start = Mix.of({"target": 1.0}), time.process_time()
    batch = Collator(layout, mix.parts, 1024, 2048, layout == "forest")(chosen)  # type: ignore[arg-type]
    for row in batch.rows:
        mix.total(part_sums(architecture_of(model.config), model, row, mix.parts), batch.weights).backward()
    spent = time.process_time() - start
    model.zero_grad(set_to_none=True)
    return spent


def measured(options: argparse.Namespace) -> list[dict[str, float]]:
    """A line for each N: seconds a question of both sides, and the distinct-token limit."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    from smallsteps.engine import attention
    from smallsteps.engine.batches import shared_ratio

    torch.set_num_threads(1)
    torch.manual_seed(0)
    config = LlamaConfig(vocab_size=1000, hidden_size=options.width, intermediate_size=options.width * 8 // 3,
                         num_hidden_layers=options.layers, num_attention_heads=4, num_key_value_heads=4)  # fmt: skip
    model = LlamaForCausalLM(config)
    attention.use(model, attention.NAME)  # padded rows run through plain sdpa all the same
    lines = []
    for count in COUNTS:
        chosen = groups(count, options.questions, options.prompt, options.rationale)
        turns = [[seconds(model, layout, chosen) for layout in ("padded", "forest")] for _ in range(options.rounds + 1)]
        padded, forest = (statistics.median(turn[side] for turn in turns[1:]) / options.questions for side in (0, 1))
        lines.append({"rationales": count, "padded": padded, "forest": forest, "limit": shared_ratio(chosen)})
        print(f"N = {count:2}: padded {padded:.3f} s, forest {forest:.3f} s a question, {padded / forest:.2f}x; "
              f"the distinct tokens allow {lines[-1]['limit']:.2f}x", flush=True)  # fmt: skip
    return lines


def drawn(lines: list[dict[str, float]], out: Path, title: str) -> None:
    """The two curves as an SVG that is the same for the same numbers."""
    from plots import subplots, write

    figure, axes = subplots(figsize=(6.4, 3.8))
    counts = [line["rationales"] for line in lines]
    for side, label in (("padded", "a row for each rationale"), ("forest", "token forest")):
        axes.plot(counts, [line[side] / lines[0]["padded"] for line in lines], marker="o", label=label)
    axes.set(xlabel="rationales of a question (N)", ylabel="cost of a question, N = 1 padded is 1", title=title)
    axes.set_xticks(counts)
    axes.grid(alpha=0.3)
    axes.legend()
    write(figure, out)


def main() -> None:
    """Measure, draw and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("docs/studies/cost_of_n.svg"))
    parser.add_argument("--json", type=Path)
    parser.add_argument("--prompt", type=int, default=150, help="tokens of a question")
    parser.add_argument("--rationale", type=int, default=60, help="tokens of a rationale")
    parser.add_argument("--questions", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--layers", type=int, default=4)
    options = parser.parse_args()
    lines = measured(options)
    drawn(lines, options.out, f"{options.prompt} tokens of question, {options.rationale} of rationale")
    if options.json:
        options.json.write_text(json.dumps(lines, indent=2))


if __name__ == "__main__":
    main()
