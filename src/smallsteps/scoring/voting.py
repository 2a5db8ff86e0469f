"""Votes: the majority over several answers to a question, and when it can no longer change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from smallsteps.errors import OptionError
from smallsteps.tasks import Task, get_task
from smallsteps.text.latex import UndecidedError


def vote(task: Task, answers: Sequence[str | None]) -> tuple[str | None, int]:
    """The answer with the most votes and their number; the earliest where votes are equal, None without a vote.

    An answer that could not be read (None) has no vote.
    """
    return max(_ballots(task, answers), key=lambda ballot: ballot[1], default=(None, 0))


def votes_needed(task: Task, answers: Sequence[str | None], left: int) -> int:
    """The fewest of the `left` answers still to come after which the vote could be settled; 0 where it is.

    It is settled once no answer can overtake the leading one, even with all votes that are left: an answer that came
    up earlier overtakes with as many votes, a later one (or one that has not come up) only with more. A vote for the
    leading answer makes its lead one greater and what is left one smaller, so half of what the lead lacks is needed.
    """
    counts = [count for _, count in _ballots(task, answers)]
    most = max(counts, default=0)
    leading = counts.index(most) if counts else 0
    others = [count + (place < leading) for place, count in enumerate(counts) if place != leading]
    lead = most - max(others, default=0)
    return max(0, (left - lead + 1) // 2)


def check_votes(tasks: Iterable[str]) -> None:
    """Refuse tasks that measure by degrees: there every text is another, and no majority to be settled."""
    for name in tasks:
        if get_task(name).graded:
            raise OptionError(f"task '{name}' grades its answers by degrees, so that no vote among samples could be "
                              "settled; leave --adaptive-stop (decoding.adaptive_stop) out")  # fmt: skip


def _agree(task: Task, a: str, b: str) -> bool:
    try:
        return task.same(a, b)
    except UndecidedError:
        return a == b


def _ballots(task: Task, answers: Sequence[str | None]) -> list[tuple[str, int]]:
    """Each different answer with its votes, in the order in which they came up."""
    found: list[tuple[str, int]] = []
    for answer in answers:
        if answer is None:
            continue
        place = next((index for index, (other, _) in enumerate(found) if _agree(task, answer, other)), None)
        if place is None:
            found.append((answer, 1))
        else:
            found[place] = (found[place][0], found[place][1] + 1)
    return found
