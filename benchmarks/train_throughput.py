"""How fast training is next to TRL's SFTTrainer: same model, views, loss, optimiser steps, dtype and threads.

Every contender runs the same optimiser steps, turn by turn with the others, `--rounds` times; medians are printed.
TRL is given its best micro-batch among `--micro`, found in the run. All contenders but packing see the same views in
the same step, so that their first losses must agree, and the run stops where they do not.

    python benchmarks/train_throughput.py --quick
    python benchmarks/train_throughput.py --json throughput.json
    python benchmarks/train_throughput.py --device cuda --model 0.5b --dtype bf16 --questions 32
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import statistics
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
MODELS = {
    "tiny": {"width": 96, "layers": 2, "heads": 4},
    "7m": {"width": 256, "layers": 8, "heads": 4},
    "0.5b": {"width": 1024, "layers": 28, "heads": 16, "positions": 4096},
}


def race_of(corpus: Any, options: argparse.Namespace, folder: Path) -> Any:
    """The student, its visits and the steps that the contenders share."""
    from throughput.contenders import ComparisonGroup

    from smallsteps.engine.student import load_student
    from smallsteps.engine.tiny import TinySize
    from smallsteps.methods import make_method
    from smallsteps.training.dataset import TrainingDataset

    records = corpus.records(options.data)[: 4 * options.questions * options.steps]
    student = load_student("tiny-decoder", records, seed=0, size=TinySize(**MODELS[options.model]))
    if options.model == "0.5b":
        student.model.resize_token_embeddings(151_936, mean_resizing=False)
    method = make_method("scotd", {"draw": "all", "keep": "all", "balanced": False})
    dataset = TrainingDataset(records, method, "main", student.tokenizer, student.template, seed=0)
    return ComparisonGroup(student, dataset, questions_of(corpus, options), options.steps, folder, options.device,
                options.dtype == "bf16")  # fmt: skip


def questions_of(corpus: Any, options: argparse.Namespace) -> int:
    """Questions of a step, so many that all corpora have about as many views in it."""
    return max(1, options.questions * 6 // corpus.rationales)


def divisors(count: int, wanted: list[int]) -> list[int]:
    """The divisors of `count` that come nearest to what is wanted."""
    fits = [number for number in range(1, count + 1) if count % number == 0]
    return sorted({min(fits, key=lambda fit: (abs(fit - want), fit)) for want in wanted})


def contenders(race: Any, options: argparse.Namespace) -> tuple[dict[str, Any], dict[str, str]]:
    """Every contender by name, TRL with its best micro-batch; and why others do not run."""
    from throughput.contenders import ours, trl

    chosen: dict[str, Any] = {"forest": ours(race, "forest"), "padded": ours(race, "padded")}
    refused: dict[str, str] = {}
    micro = divisors(len(race.views()[0]), options.micro)
    kinds: dict[str, dict[str, Any]] = {
        "TRL": {},
        "TRL by length": {"order": "length"},
        "TRL padding-free": {"padding_free": True},
        "TRL packing": {"packing": True},
    }
    for name, settings in kinds.items():
        try:
            tried = {size: trl(race, size, **settings) for size in ([1] if "packing" in name else micro)}
            took = {size: cost(one.run(), options) for size, one in tried.items()}
            best = min(took, key=lambda size: took[size])
            chosen[name if "packing" in name else f"{name} ({best} views)"] = tried[best]
        except (ValueError, ImportError, RuntimeError) as error:
            refused[name] = str(error).partition("\n")[0]
    return chosen, refused


def cost(steps: list[Any], options: argparse.Namespace) -> float:
    """Seconds for a supervised token: of the processor, or on the wall where a GPU does the work."""
    seconds = sum(step.wall if options.device == "cuda" else step.cpu for step in steps)
    return seconds / sum(step.supervised for step in steps)


def agree(runs: dict[str, Any]) -> None:
    """All contenders on the same views report the same loss of the first step. Raises SystemExit otherwise."""
    reference = runs["padded"].first_loss
    for name, one in runs.items():
        if "packing" not in name and not abs(one.first_loss - reference) <= 2e-3 * abs(reference):
            raise SystemExit(f"{name}: first loss {one.first_loss}, our padded rows {reference}: not the same training")


def measure(corpus: Any, options: argparse.Namespace) -> dict[str, Any]:
    """What was found on one corpus."""
    from throughput.memory import peak_mib

    from smallsteps.engine.batches import shared_ratio

    with tempfile.TemporaryDirectory() as folder:
        race = race_of(corpus, options, Path(folder))
        runs, refused = contenders(race, options)
        for name in ("forest", "padded"):
            runs[name].run()  # warm, as the others are from the search for their micro-batches
        agree(runs)
        turns = [{name: one.run() for name, one in runs.items()} for _ in range(options.rounds)]
        peaks = {name: peak_mib(one.run, options.device) for name, one in runs.items()} if options.memory else {}
    limit = shared_ratio(list(race.groups()))
    rows = {name: row([turn[name] for turn in turns], peaks.get(name), options) for name in runs}
    return {"corpus": corpus.title, "parameters": race.student.parameters, "first_loss": runs["padded"].first_loss,
            "limit": limit, "contenders": rows, "refused": refused} | compared(rows, limit)  # fmt: skip


def compared(rows: dict[str, Any], limit: float) -> dict[str, Any]:
    """The ratios to TRL as it comes and to its fastest setting, and what the forest gains over our padded rows."""
    speed = {name: one["tokens_per_second"] for name, one in rows.items()}
    best = max((name for name in rows if name.startswith("TRL")), key=lambda name: speed[name])
    plain = next(name for name in rows if name.startswith("TRL ("))
    for name, one in rows.items():
        one["ratio_to_trl"], one["ratio_to_best_trl"] = speed[name] / speed[plain], speed[name] / speed[best]
    gained = speed["forest"] / speed["padded"]
    return {"best_trl": best, "over_padded": gained, "share_of_limit": gained / limit}


def row(rounds: list[list[Any]], peak: float | None, options: argparse.Namespace) -> dict[str, Any]:
    """Medians over the rounds of one contender."""
    tokens = sum(step.supervised for step in rounds[0])
    wall = statistics.median(sum(step.wall for step in steps) for steps in rounds)
    cpu = statistics.median(sum(step.cpu for step in steps) for steps in rounds)
    building = statistics.median(sum(step.building for step in steps) for steps in rounds)
    return {"tokens_per_second": 1 / statistics.median(cost(steps, options) for steps in rounds),
            "per_wall_second": tokens / wall, "per_cpu_second": tokens / cpu, "building_share": building / cpu,
            "peak_mib": peak}  # fmt: skip


COLUMNS = (("tok/CPU s", "per_cpu_second", "10.0f"), ("tok/wall s", "per_wall_second", "11.0f"),
           ("x TRL", "ratio_to_trl", "8.2f"), ("x best TRL", "ratio_to_best_trl", "11.2f"),
           ("batching", "building_share", "9.1%"), ("peak MiB", "peak_mib", "9.0f"))  # fmt: skip


def told(found: dict[str, Any]) -> None:
    """One corpus as a table."""
    size, limit = f"{found['parameters'] / 1e6:.1f}M parameters", f"distinct-token limit {found['limit']:.2f}x"
    gain = f"forest {found['over_padded']:.2f}x our padded rows = {found['share_of_limit']:.0%} of the limit"
    print("\n" + " · ".join((found["corpus"], size, limit, gain)))
    shown = [one for one in COLUMNS if found["contenders"]["forest"][one[1]] is not None]
    print(f"  {'':28}" + "".join(f"{title:>{int(form.split('.')[0])}}" for title, _, form in shown))
    for name, one in found["contenders"].items():
        print(f"  {name:28}" + "".join(f"{one[key]:{form}}" for _, key, form in shown))
    for name, why in found["refused"].items():
        print(f"  {name}: does not run here: {why}")
    sys.stdout.flush()


def main() -> None:
    """Run all corpora and print, or write, what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT / os.environ.get("SMALLSTEPS_DATA", "../shared/data/raw"))
    parser.add_argument("--model", choices=MODELS, default="7m")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--dtype", choices=["float32", "bf16"], default="float32")
    parser.add_argument("--threads", type=int, default=1, help="of every contender, on a CPU")
    parser.add_argument("--questions", type=int, default=8, help="of a step, where a question has six rationales")
    parser.add_argument("--steps", type=int, default=2, help="of a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--micro", type=int, nargs="+", default=[4, 8, 16, 48], help="micro-batches that TRL may choose"
    )
    parser.add_argument("--corpus", nargs="+", help="only corpora whose titles begin with one of these")
    parser.add_argument("--no-memory", dest="memory", action="store_false", help="leave peak memory out")
    parser.add_argument("--quick", action="store_true", help="2 questions, 1 step, 1 round, no memory")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if options.quick:
        options.questions, options.steps, options.rounds, options.memory = 2, 1, 1, False
        options.micro = [4, 12]
    os.environ["TQDM_DISABLE"] = "1"
    warnings.filterwarnings("ignore")
    import datasets
    import torch
    import transformers
    from throughput.corpora import CORPORA

    datasets.disable_progress_bars()
    datasets.disable_caching()
    transformers.logging.set_verbosity_error()
    logging.disable(logging.WARNING)
    if options.device == "cpu":
        torch.set_num_threads(options.threads)
    wanted = [one for one in CORPORA if not options.corpus or one.title.startswith(tuple(options.corpus))]
    found = []
    for corpus in wanted:
        found.append(measure(corpus, options))
        told(found[-1])
    if options.json:
        options.json.write_text(
            json.dumps({"settings": {k: str(v) for k, v in vars(options).items()}, "corpora": found}, indent=2)
        )


if __name__ == "__main__":
    main()
