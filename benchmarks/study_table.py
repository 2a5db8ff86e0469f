"""One table a student from finished runs that differ in one setting: what each method reached, and at what price.

    smallsteps compare recipes/ases_word_problems.yaml --jobs 2
    smallsteps compare recipes/ases_word_problems.yaml --jobs 2 -o runs/ases_view --set training.batch_unit=view
    python benchmarks/study_table.py question=runs/ases_word_problems view=runs/ases_view --bleu rationale_bleu

All numbers are those of the runs' scores.json: accuracy (or mean grade) with its interval over seeds and questions, the
difference to the run's baseline paired by seed and question with p after Holm (over all comparisons of that run), BLEU,
generated tokens an answer, and seconds of training (of the clock on the wall, scorer and segmentation included).
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from statistics import fmean
from typing import Any

from smallsteps.records import read_json

HEAD = ("run", "method", "accuracy %", "− baseline", "p", "p (Holm)", "BLEU", "tokens", "train s")


def rows_of(label: str, scores: Mapping[str, Any], student: str, bleu: str) -> list[tuple[str, ...]]:
    """A row a method, in the order of the study."""
    arms = [arm for arm in scores["arms"] if arm["student"] == student and not arm["auxiliary"]]
    return [
        (
            label,
            f"`{line['method']}`",
            _span(line["accuracy"], line["interval"]),
            *_compared(scores, line["method"], student),
            *_prices([arm for arm in arms if arm["method"] == line["method"]], bleu),
        )
        for line in scores["lines"]
        if line["student"] == student
    ]


def _compared(scores: Mapping[str, Any], method: str, student: str) -> tuple[str, str, str]:
    for one in scores["comparisons"]:
        if one["level"] == "methods" and one["student"] == student and one["methods"][0] == method:
            p, holm = ("–" if one[name] is None else f"{one[name]:.2g}" for name in ("p", "p_holm"))
            whole = f"{100 * one['difference']:.1f}"
            return _span(one["difference"], one["interval"]) if one["interval"] else whole, p, holm
    return ("", "", "")


def _prices(arms: list[Mapping[str, Any]], bleu: str) -> tuple[str, str, str]:
    return (
        f"{100 * fmean(arm['metrics'][bleu] for arm in arms):.1f}",
        f"{fmean(arm['generated_tokens'] for arm in arms):.1f}",
        f"{fmean(arm['train_seconds'] for arm in arms):.0f}",
    )


def _span(mean: float, interval: list[float]) -> str:
    low, high = interval
    return f"{100 * mean:.1f} ({100 * low:.1f} to {100 * high:.1f})"


def main() -> None:
    """Print the tables, a student each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", metavar="LABEL=RUN")
    parser.add_argument("--bleu", default="rationale_bleu", metavar="METRIC", help="the metric in the column BLEU")
    options = parser.parse_args()
    given = (one.partition("=") for one in options.runs)
    runs = {label: read_json(Path(folder) / "scores.json") for label, _, folder in given}
    for student in dict.fromkeys(line["student"] for scores in runs.values() for line in scores["lines"]):
        print(f"\n{student}\n\n| " + " | ".join(HEAD) + " |\n|" + "---|" * len(HEAD))
        for label, scores in runs.items():
            for row in rows_of(label, scores, student, options.bleu):
                print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
