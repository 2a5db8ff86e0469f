"""Accuracy over the share of wrong training rationales, a panel a kind of corruption, from finished runs.

    smallsteps compare recipes/pst_robustness_numbers.yaml --jobs 2
    smallsteps compare recipes/pst_robustness_swap.yaml --jobs 2
    python benchmarks/robustness_curves.py numbers=runs/pst-robustness-numbers swap=runs/pst-robustness-swap \
        --out docs/studies/robustness.svg

Several runs of one kind are put together. Rate 0 corrupts nothing, so that one run's points at 0 serve all kinds of the
same corpus; a method that was not run at a rate has no point there. A panel's name may be any: `coin-flips=RUN`. Bands
and intervals are the leaderboard's: 95 %, over seeds and questions. Prints the table, draws the picture.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from smallsteps.report.load import ArmData, gather
from smallsteps.stats.accuracy import accuracy_interval
from smallsteps.stats.intervals import Interval
from smallsteps.stats.seeds import compare_methods

FIELD = "corpus.prepare.0.corrupt.rate"
PAIRS = (("pst", "pst-shuffled"), ("pst", "cot"), ("pst", "post"), ("post", "cot"))
Arms = dict[str, dict[float, list[ArmData]]]
Points = dict[str, dict[float, tuple[float, Interval, int]]]


def arms_of(runs: Mapping[str, Sequence[Path]]) -> dict[str, Arms]:
    """By kind, method and rate: the arms, one a seed."""
    arms: dict[str, Arms] = {}
    for kind, folders in runs.items():
        found: dict[str, dict[float, list[ArmData]]] = defaultdict(lambda: defaultdict(list))
        for data in (one for folder in folders for one in gather(folder).arms if not one.arm.auxiliary):
            found[data.arm.label][float(dict(data.arm.point)[FIELD])].append(data)
        arms[kind] = found
    clean = [(method, rates[0.0]) for found in arms.values() for method, rates in found.items() if 0.0 in rates]
    for found in arms.values():
        corpus = _corpus(next(iter(next(iter(found.values())).values())))
        for method, some in clean:
            if _corpus(some) == corpus:
                found[method].setdefault(0.0, some)
    return arms


def _corpus(some: Sequence[ArmData]) -> dict[str, Any]:
    """The corpus of a method's arms before anything was corrupted."""
    return some[0].arm.corpus.model_dump(exclude={"prepare"})


def points_of(arms: Arms) -> Points:
    """By method and rate: the accuracy, its interval and the number of seeds."""
    return {method: {rate: accuracy(some) for rate, some in sorted(rates.items())} for method, rates in arms.items()}


def told_pairs(kind: str, arms: Arms) -> None:
    """Differences of some pairs of methods at each rate, tested as in the leaderboard, without Holm."""
    for first, second in (pair for pair in PAIRS if set(pair) <= set(arms)):
        for rate in sorted(set(arms[first]) & set(arms[second])):
            ids = sorted(arms[first][rate][0].right)
            a, b = (
                {data.arm.seed: [data.right[name] for name in ids] for data in arms[one][rate]}
                for one in (first, second)
            )
            seeds = sorted(set(a) & set(b))
            left, right = (np.array([side[seed] for seed in seeds], dtype=float) for side in (a, b))
            found = compare_methods(left, right)
            low, high = (100 * end for end in (found.interval.low, found.interval.high)) if found.interval else (0, 0)
            p = "undecided" if found.p is None else f"{low:.1f} to {high:.1f}, p = {found.p:.2g}"
            print(f"{kind} at {rate:.0%}: {first} - {second} {100 * found.difference:+.1f} ({p})")


def accuracy(some: Sequence[ArmData]) -> tuple[float, Interval, int]:
    """The accuracy of a method's arms, one a seed, on the questions that they share."""
    ids = sorted(some[0].right)
    mean, interval = accuracy_interval(np.array([[data.right[name] for name in ids] for data in some], dtype=float))
    return mean, interval, len(some)


def told(kind: str, points: Points) -> None:
    """A Markdown table: methods by rates."""
    rates = sorted({rate for rates in points.values() for rate in rates})
    print(f"\n| {kind} | " + " | ".join(f"{rate:.0%} wrong" for rate in rates) + " |\n|" + "---|" * (len(rates) + 1))
    for method, found in points.items():
        cells = [f"{100 * found[r][0]:.1f} ({100 * found[r][1].low:.1f}–{100 * found[r][1].high:.1f})" if r in found
                 else "–" for r in rates]  # fmt: skip
        print(f"| {method} | " + " | ".join(cells) + " |")


def drawn(found: Mapping[str, Points], out: Path) -> None:
    """A panel a kind, a curve a method, its interval as a band."""
    from plots import subplots, write

    figure, panels = subplots(1, len(found), figsize=(4.6 * len(found), 4.2), sharey=True, squeeze=False)
    names = list(dict.fromkeys(method for points in found.values() for method in points))
    for panel, (kind, points) in zip(panels[0], found.items(), strict=True):
        for method, rates in points.items():
            number = names.index(method)
            x = [100 * rate for rate in rates]
            low, high = ([100 * getattr(one[1], end) for one in rates.values()] for end in ("low", "high"))
            panel.fill_between(x, low, high, color=f"C{number}", alpha=0.13, linewidth=0)
            panel.plot(x, [100 * one[0] for one in rates.values()], "os^vDPX*"[number % 8] + "-", color=f"C{number}",
                       label=method)  # fmt: skip
        panel.set(title=kind, xlabel="rationales that are wrong, %", ylim=(0, 102))
        panel.grid(alpha=0.3)
    panels[0][0].set_ylabel("accuracy, %")
    handles: Any = panels[0][0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside lower center", ncols=3, frameon=False)
    write(figure, out)


def main() -> None:
    """Read the runs, print the tables and draw the picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", metavar="KIND=RUN")
    parser.add_argument("--out", type=Path, default=Path("docs/studies/robustness.svg"))
    options = parser.parse_args()
    runs: dict[str, list[Path]] = defaultdict(list)
    for given in options.runs:
        kind, _, folder = given.partition("=")
        runs[kind].append(Path(folder))
    arms = arms_of(runs)
    found = {kind: points_of(some) for kind, some in arms.items()}
    for kind, points in found.items():
        told(kind, points)
    for kind, some in arms.items():
        told_pairs(kind, some)
    drawn(found, options.out)


if __name__ == "__main__":
    main()
