"""How long an import takes per 100 000 rows, next to `datasets`' own JSON loader on the same file in the same run.

The loader only decodes the rows into a table. The import also reads and judges every answer, knows every question
again, and writes a corpus, so the ratio says what all that costs. Each runs in a process of its own, so that the peak
of its memory is its own.

    python benchmarks/import_speed.py --rows 1000000 --folder import-speed
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WORDS = ["the", "train", "leaves", "with", "boxes", "of", "apples", "and", "each", "friend", "shares", "them", "out"]


def write_rows(path: Path, count: int) -> None:
    """`count` rows `{id, prompt, completion, answer}` of about 450 characters, the same for the same count."""
    draw = random.Random(0)
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            a, b = draw.randint(2, 999), draw.randint(2, 999)
            story = " ".join(draw.choices(WORDS, k=24))
            row = {
                "id": f"q{number}",
                "prompt": f"Case {number}: {story}. There are {a} boxes, then {b} more. How many boxes are there?",
                "completion": f"At first there are {a} boxes. {story.capitalize()}. Then come {b} more, so there are "
                f"{a} + {b} = {a + b} boxes. So the answer is: {a + b if draw.random() < 0.9 else a}",
                "answer": str(a + b),
            }
            file.write(json.dumps(row) + "\n")


def run_ours(rows: Path, out: Path) -> None:
    """Import the rows with a progress bar."""
    from smallsteps.cli._console import progress
    from smallsteps.corpus.importing import import_corpus, make_layout

    import_corpus(make_layout("prompt-completion", task="gsm8k"), [rows], out, progress=progress())


def run_theirs(rows: Path, folder: Path) -> None:
    """Load the rows with `datasets`, into an empty cache."""
    from datasets import load_dataset

    assert len(load_dataset("json", data_files=str(rows), split="train", cache_dir=str(folder)))


def measured(name: str, rows: Path, target: Path) -> dict[str, float]:
    """CPU seconds and peak memory (MiB) of one side, in a process of its own; importing libraries is left out.

    CPU seconds, because both run in one thread and a shared machine would blur the clock on the wall.
    """
    command = [sys.executable, __file__, "--only", name, "--folder", str(rows.parent), "--target", str(target)]
    told: dict[str, float] = json.loads(
        subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.splitlines()[-1]
    )
    return told


def only(name: str, rows: Path, target: Path) -> None:
    """One side, measured from inside."""
    import datasets  # noqa: F401  # so that neither side is charged for it

    start, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    (run_ours if name == "ours" else run_theirs)(rows, target)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": time.process_time() - start, "peak_mib": peak, "grown_mib": peak - before}))


def main() -> None:
    """Write the rows, run both, print the times and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--only", choices=["ours", "theirs"])
    parser.add_argument("--target", type=Path)
    options = parser.parse_args()
    if options.only:
        only(options.only, options.folder / "rows.jsonl", options.target)
        return
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        rows = Path(folder) / "rows.jsonl"
        write_rows(rows, options.rows)
        size = rows.stat().st_size / 2**20
        print(f"{options.rows} rows, {size:.0f} MiB of JSON lines")
        seconds = {}
        for name in ("theirs", "ours"):
            told = measured(name, rows, Path(folder) / name)
            seconds[name] = told["seconds"]
            label = "smallsteps import" if name == "ours" else "datasets' JSON loader"
            each, peak, grown = seconds[name] / options.rows * 100_000, told["peak_mib"], told["grown_mib"]
            print(f"{label:22} {each:6.2f} CPU s per 100 000 rows, peak {peak:.0f} MiB, {grown:.0f} MiB for the rows",
                  flush=True)  # fmt: skip
        print(f"ratio: the import takes {seconds['ours'] / seconds['theirs']:.1f} times as long as the loader")


if __name__ == "__main__":
    main()
