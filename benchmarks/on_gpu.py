"""Everything that only an accelerator can show, in one run of at most eight minutes, with one table at the end.

Exactness of the forest's attentions and of greedy decoding; the tests marked `gpu`; training against padded rows and
TRL's SFTTrainer (random 0.5B Llama and Qwen3 shapes, bf16, six corpora); decoding against `model.generate`.

    python benchmarks/on_gpu.py --json on_gpu.json
    python benchmarks/on_gpu.py --device cpu --tiny        # a dry run of every section
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

ROOT = Path(__file__).parent.parent
TESTS_SECONDS = 150
SECTIONS = ("exactness", "tests", "decoding", "training")


def main() -> None:
    """Run the sections in order and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    parser.add_argument("--tiny", action="store_true", help="tiny models and few questions, to try the script out")
    parser.add_argument("--data", type=Path, default=ROOT / os.environ.get("SMALLSTEPS_DATA", "../shared/data/raw"))
    parser.add_argument("--minutes", type=float, default=8.0, help="no part begins after seven eighths of them")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=SECTIONS)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    start = time.monotonic()
    os.environ["TQDM_DISABLE"] = "1"
    import torch
    from accelerator.shapes import Setting
    from accelerator.table import Finding, table

    if options.device == "cuda" and not torch.cuda.is_available():
        raise SystemExit("PyTorch finds no CUDA device; try the script with --device cpu --tiny")
    _quiet()
    setting = Setting(options.device, options.tiny)
    if options.device == "cpu":
        torch.set_num_threads(1)
    findings: list[Finding] = []
    for section in options.only:
        began = time.monotonic()
        for one in _section(section, setting, options.data, start + options.minutes * 60 * 7 / 8):
            findings.append(one)
            print(" · ".join(value for value in asdict(one).values() if value), flush=True)
        print(f"({section}: {time.monotonic() - began:.0f} s)", flush=True)
    minutes = (time.monotonic() - start) / 60
    print(f"\n{setting.card}, torch {torch.__version__}, {minutes:.1f} minutes\n\n{table(findings)}")
    if options.json:
        told = {"card": setting.card, "torch": torch.__version__, "minutes": minutes}
        options.json.write_text(json.dumps(told | {"findings": [asdict(one) for one in findings]}, indent=2))


def _section(name: str, setting: object, data: Path, deadline: float) -> Iterator[object]:
    from accelerator.decoding import decoding
    from accelerator.exactness import exactness
    from accelerator.training import sample_records, training

    if time.monotonic() > deadline:
        return iter(())
    if name == "tests":
        return _tests(setting)
    if name == "training":
        return training(data, setting, deadline)
    return {"exactness": exactness, "decoding": decoding}[name](sample_records(data), setting)


def _tests(setting: object) -> Iterator[object]:
    """The tests marked `gpu`, in a process of their own."""
    from accelerator.table import Finding

    command = [sys.executable, "-m", "pytest", "tests/gpu", "-m", "gpu", "-o", "addopts=", "-p", "no:cacheprovider"]
    paths = os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])
    log = subprocess.run(
        ["timeout", str(TESTS_SECONDS), *command], cwd=ROOT, env=os.environ | {"PYTHONPATH": paths},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    lines = log.stdout.strip().splitlines() or ["nothing was printed"]
    if log.returncode:
        print(log.stdout[-6000:], flush=True)
    verdict = "passed" if " passed" in lines[-1] else "nothing ran"
    yield Finding("tests", "pytest tests/gpu -m gpu", lines[-1].strip("= "), "",
                  f"FAILED (exit status {log.returncode})" if log.returncode else verdict)  # fmt: skip


def _quiet() -> None:
    import logging

    import datasets
    import transformers

    warnings.filterwarnings("ignore")
    datasets.disable_progress_bars()
    datasets.disable_caching()
    transformers.logging.set_verbosity_error()
    logging.disable(logging.WARNING)


if __name__ == "__main__":
    main()
