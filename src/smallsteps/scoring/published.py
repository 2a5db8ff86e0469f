"""Published accuracies per task, each with where it was found.

Marks: `paper` stated by the paper, `code` read in its released code or stored results, `second-hand` from a page about
the paper. The numbers stand in `published.json`; none of ours is ever called a reproduction of one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

TWELVE_TASKS = "mean of the twelve tasks"


@dataclass(frozen=True, slots=True)
class Published:
    """One published result: `figure` is an accuracy in percent, or several, as printed."""

    task: str
    who: str
    setting: str
    figure: str
    mark: str
    source: str
    note: str


def published(tasks: Sequence[str]) -> list[Published]:
    """What was published on the tasks; where one of Fine-tune-CoT's twelve is among them, also the means of these."""
    data = _data()
    found = [_entry(data, task, row) for task in tasks for row in data["tasks"].get(task, ())]
    twelve = data["twelve_tasks"]
    if set(tasks) & set(twelve["tasks"]):
        found += [_entry(data, TWELVE_TASKS, row) for row in twelve["rows"]]
    return found


def _entry(data: dict[str, Any], task: str, row: dict[str, str]) -> Published:
    source = data["sources"][row["source"]]
    return Published(task, row["who"], row["setting"], row["figure"], row["mark"], source["title"], source["note"])


@cache
def _data() -> dict[str, Any]:
    return dict(json.loads((files("smallsteps.scoring") / "published.json").read_text(encoding="utf-8")))
