"""The curves of AS-ES learning from finished runs: validation loss over training, and accuracy over β.

    smallsteps compare recipes/ases_loss.yaml --jobs 2
    smallsteps compare recipes/ases_beta.yaml --jobs 2
    python benchmarks/ases_curves.py --loss runs/ases_loss --beta runs/ases_beta --out docs

Nothing is trained or asked here: losses are read from the logs, accuracies from the scores. Curves are means over
seeds, at equal optimiser steps. Loss per token: whole rationales (`cot`), all segments and each kind of them (`ases`,
one path), and each of two paths on its own kind. The end token of every segment is learnt as well and may cost little,
which lowers a mean per token where segments are short; nats a question (two paths added up) have no such help.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from smallsteps.study.arms import Arm
    from smallsteps.study.compare import Run

Curve = dict[int, list[float]]
Curves = dict[str, Curve]
NATS = "eval_nats_per_question"


def evaluations(run: Run, arm: Arm) -> dict[str, list[dict[str, float]]]:
    """The evaluations in an arm's logs, by path."""
    logs = sorted((run.folder_of(arm) / "training").glob("*/log.jsonl"))
    lines = {log.parent.name: [json.loads(line) for line in log.read_text().splitlines()] for log in logs}
    return {path: [line for line in some if "eval_loss" in line] for path, some in lines.items()}


def per_token(arms: Iterable[tuple[Arm, dict[str, list[dict[str, float]]]]]) -> Curves:
    """Loss per token by what it is the loss of, and over steps: one value a seed."""
    found: Curves = defaultdict(lambda: defaultdict(list))
    for arm, logs in arms:
        for path, lines in logs.items():
            for line in lines:
                what = "whole rationale" if arm.method == "cot" else "all segments" if path == "main" else path
                found[f"{arm.label}: {what}"][int(line["step"])].append(line["eval_loss"])
                for kind in ("extractive", "abstractive") if path == "main" else ():
                    if f"eval_loss_{kind}" in line:
                        found[f"{arm.label}: {kind}"][int(line["step"])].append(line[f"eval_loss_{kind}"])
    return found


def per_question(arms: Iterable[tuple[Arm, dict[str, list[dict[str, float]]]]]) -> Curves:
    """Nats a question over steps, the paths of an arm added up: one value a seed."""
    found: Curves = defaultdict(lambda: defaultdict(list))
    for arm, logs in arms:
        for lines in zip(*logs.values(), strict=True):
            found[arm.label][int(lines[0]["step"])].append(sum(line[NATS] for line in lines))
    return found


def over_beta(scores: Mapping[str, Any]) -> dict[tuple[str, str], Curve]:
    """Accuracies by method and student over β, one a seed; an arm without β under the key 0."""
    found: dict[tuple[str, str], Curve] = defaultdict(lambda: defaultdict(list))
    for arm in scores["arms"]:
        if not arm["auxiliary"]:
            beta = arm["point"].get("method.beta", 0)
            found[arm["method"], arm["student"]][beta].append(arm["accuracy"])
    return found


def draw_losses(runs: Sequence[Run], out: Path) -> None:
    """Two panels a run and student: loss per token and nats a question. Prints the lowest and the last of each."""
    from plots import subplots, write

    from smallsteps.study.open_run import finished_arms

    measured = [(run.folder.name, arm, evaluations(run, arm)) for run in runs for arm in finished_arms(run)]
    titles = list(dict.fromkeys(f"{name}, {arm.student.label}" for name, arm, _ in measured))
    figure, panels = subplots(len(titles), 2, figsize=(9.6, 3.8 * len(titles)), squeeze=False)
    for row, title in zip(panels, titles, strict=True):
        own = [(arm, logs) for name, arm, logs in measured if f"{name}, {arm.student.label}" == title]
        _panel(row[0], per_token(own), title, "nats a token")
        _panel(row[1], per_question(own), title, "nats a question")
    write(figure, out)


def _panel(axes: Any, curves: Curves, title: str, measure: str) -> None:
    for label, curve in curves.items():
        mean = _means(curve)
        axes.plot(list(mean), list(mean.values()), marker="o", markersize=3, label=label)
        low = min(mean, key=lambda step: mean[step])
        print(f"| {title} | {measure} | {label} | {mean[low]:.3f} (step {low}) | {mean[max(mean)]:.3f} |")
    axes.set(title=title, xlabel="step", ylabel=f"validation loss, {measure}")
    axes.grid(alpha=0.3)
    axes.legend(fontsize="x-small")


def draw_beta(scores: Mapping[str, Any], out: Path) -> None:
    """Accuracy over β, means and single seeds; what has no β as a level line."""
    from plots import subplots, write

    figure, axes = subplots(figsize=(6.4, 3.8))
    for (method, student), curve in over_beta(scores).items():
        mean = {beta: 100 * value for beta, value in _means(curve).items()}
        label = f"{method}, {student}"
        if set(mean) == {0}:
            axes.axhline(mean[0], color="grey", linestyle="--", label=label)
            continue
        (line,) = axes.plot(list(mean), list(mean.values()), marker="o", label=label)
        for beta, values in curve.items():
            axes.plot([beta] * len(values), [100 * one for one in values], ".", color=line.get_color(), alpha=0.4)
    axes.set(xlabel="β", ylabel="test accuracy, %")
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small")
    write(figure, out)


def _means(curve: Mapping[Any, Sequence[float]]) -> dict[Any, float]:
    return {place: fmean(values) for place, values in sorted(curve.items())}


def main() -> None:
    """Draw what was asked for."""
    from smallsteps.records import read_json
    from smallsteps.study.open_run import open_run

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--loss", type=Path, nargs="+", metavar="RUN", help="runs of recipes/ases_loss.yaml")
    parser.add_argument("--beta", type=Path, metavar="RUN", help="a run of recipes/ases_beta.yaml")
    parser.add_argument(
        "--out", type=Path, default=Path("docs/studies"), help="the folder for ases_loss.svg and ases_beta.svg"
    )
    options = parser.parse_args()
    if options.loss:
        print("| run, student | measure | of | lowest | last |\n|---|---|---|---|---|")
        draw_losses([open_run(folder) for folder in options.loss], options.out / "ases_loss.svg")
    if options.beta:
        draw_beta(read_json(options.beta / "scores.json"), options.out / "ases_beta.svg")


if __name__ == "__main__":
    main()
