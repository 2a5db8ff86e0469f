"""Seconds that reading takes on long monotonous texts: they grow with the text, not with its square.

python benchmarks/reading_speed.py [CHARACTERS …]      by default 10 000, 100 000 and 1 000 000
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from smallsteps.tasks import TASKS, get_task
from smallsteps.text.arithmetic import arithmetic_steps
from smallsteps.text.clauses import split_clauses
from smallsteps.text.reader import ANY, Reader, states_plainly
from smallsteps.text.sentences import sentence_spans

UNITS = (
    "\n", " ", "*", "(", ")", "[", "{", "}", "1", "12 ", "1,", "1.", "1,000 ", "1/", "-", "- ", "$", "=",
    "a", "a ", "A ",
    "(A) ", "A, ", "a-", '"', "'", "`", '"a" ', "the answer is ", "The answer is 5. ", "Answer: ", "A: ",
    "#### ", "####",
    "\\boxed{", "\\boxed{5} ", "<answer>", "<think>", "</think>", "1 + 1 = ", "1 + 1 = 2 ", "1 + ", "2(",
    "2^", "yes ", "no ",
    "not ", "or ", "4 or 5 ", "if the answer is 5. ", "Wait, ", "12/12/2020 ", "May 1, 2020 ", "So ",
    "\nQ: ", "?", ". ",
    ".\n", "\\frac{", "\\frac{1}{2}", "\u00a0", "^", "_", "is ", "the ", "to ", "of ", "|", "\\",
    "heads up ", "positive ",
)  # fmt: skip


def rooms() -> dict[str, Callable[[str], object]]:
    """What reads a text, by name."""
    strict = Reader("So the answer is:", "\n")
    found: dict[str, Callable[[str], object]] = {
        "arithmetic_steps": arithmetic_steps,
        "split_clauses": split_clauses,
        "sentence_spans": sentence_spans,
        "states_plainly": lambda text: states_plainly(text, get_task("gsm8k")),
    }
    for name in TASKS.names():
        task = get_task(name)
        found[f"{name}: read"] = lambda text, task=task: ANY.read(text, task, ("bank", "mall"))
        found[f"{name}: read, own phrase"] = lambda text, task=task: strict.read(text, task)
        found[f"{name}: candidates"] = task.candidates
        found[f"{name}: gold"] = task.kind.whole
    return found


def main() -> None:
    """Print the slowest text of each room, and its seconds at each length."""
    lengths = [int(one) for one in sys.argv[1:]] or [10_000, 100_000, 1_000_000]
    sys.stdout.write(f"{'':42s} {'slowest text':24s}" + "".join(f"{length:>12,d}" for length in lengths) + "\n")
    for name, room in rooms().items():
        slowest = max(UNITS, key=lambda unit: seconds(room, unit, lengths[-1] // 10))
        figures = "".join(f"{seconds(room, slowest, length):12.3f}" for length in lengths)
        sys.stdout.write(f"{name:42s} {slowest!r:24.24s}{figures}\n")
        sys.stdout.flush()


def seconds(room: Callable[[str], object], unit: str, length: int) -> float:
    """CPU seconds of one reading of `unit` again and again, `length` characters in all."""
    text = (unit * (length // len(unit) + 1))[:length]
    start = time.process_time()
    room(text)
    return time.process_time() - start


if __name__ == "__main__":
    main()
