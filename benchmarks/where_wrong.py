"""Where answers go wrong: in a sum, in the plan, or on the way, for every method of finished runs.

    python benchmarks/where_wrong.py question=runs/ases_word_problems view=runs/ases_view

Of all answers, over seeds: right; without an answer (or cut off); with fewer sums than `--steps`; with that many sums
and all of them right; and of these last the share whose answer is right: what is lost there was no slip in a sum, but
another problem solved. Sums are those that `smallsteps.text.arithmetic` can read.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from smallsteps.report.load import gather
from smallsteps.text.arithmetic import arithmetic_steps

HEAD = ("run", "student", "method", "right %", "no answer %", "too few sums %", "all sums right %", "of these right %")


@dataclass(frozen=True)
class Way:
    """One answer: its outcome, how many sums it holds, and whether one of them is wrong."""

    outcome: str
    sums: int
    slip: bool


def ways(run: Path) -> dict[tuple[str, str], list[Way]]:
    """All answers of a run by student and method, the points of a sweep apart."""
    found: dict[tuple[str, str], list[Way]] = defaultdict(list)
    for data in gather(run).arms:
        method = " ".join([data.arm.label, *(f"{field}={value}" for field, value in data.arm.point)])
        for outcome in data.outcomes:
            sums = arithmetic_steps(data.answers[outcome.id].text)
            way = Way(outcome.name, len(sums), any(not one.right for one in sums))
            found[data.arm.student.label, method].append(way)
    return found


def shares(some: Sequence[Way], steps: int) -> list[str]:
    """The cells of a row, in percent."""
    sound = [way for way in some if way.sums >= steps and not way.slip]
    counts = [
        sum(way.outcome == "correct" for way in some),
        sum(way.outcome in ("no_answer", "truncated") for way in some),
        sum(way.sums < steps for way in some),
        len(sound),
    ]
    cells = [f"{100 * count / len(some):.1f}" for count in counts]
    return [*cells, f"{100 * sum(way.outcome == 'correct' for way in sound) / len(sound):.1f}" if sound else "–"]


def main() -> None:
    """Print one table for all runs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", metavar="LABEL=RUN")
    parser.add_argument("--steps", type=int, default=2, help="the sums that a whole solution needs")
    options = parser.parse_args()
    print("| " + " | ".join(HEAD) + " |\n|" + "---|" * len(HEAD))
    for label, _, folder in (one.partition("=") for one in options.runs):
        for (student, method), some in ways(Path(folder)).items():
            print("| " + " | ".join([label, student, f"`{method}`", *shares(some, options.steps)]) + " |")


if __name__ == "__main__":
    main()
