"""What the names of published files tell: the task, the part, and ids for rows that have none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from smallsteps.errors import OptionError
from smallsteps.formats._format import Part
from smallsteps.tasks import TASKS

ALIASES = {"cqa": "commonsense_qa", "csqa": "commonsense_qa", "singleeq": "single_eq", "date": "date_understanding",
           "tracking": "tracking_shuffled_objects", "last_letter": "last_letter_concatenation",
           "last_letters": "last_letter_concatenation", "strategyqa": "strategy_qa", "multi_arith": "multiarith",
           "commonsenseqa": "commonsense_qa", "coinflip": "coin_flip", "openbookqa": "openbook_qa",
           "obqa": "openbook_qa", "sst_2": "sst2"}  # fmt: skip


@lru_cache(maxsize=256)  # asked for once a row
def task_of(path: Path, given: str | None) -> str:
    """The task that `--task` gives, else the one that the file's or its folders' names tell, the nearest first.

    Raises OptionError where nothing tells it.
    """
    if given:
        return given
    for name in (path.stem, *(folder.name for folder in path.absolute().parents)):
        found = _task_in(name.lower().replace("-", "_"))
        if found:
            return found
    raise OptionError(
        f"{path}: neither the file nor its name says which task this is, that is, how its answers are read and "
        "compared; add --task NAME (smallsteps list tasks; a task of your own is FILE.py:CLASS)"
    )


def _task_in(name: str) -> str | None:
    words = {task: task for task in TASKS.names()} | ALIASES
    for word in sorted(words, key=len, reverse=True):
        if re.search(rf"(?:^|_|\W){word}(?:_|\W|$)", name):
            return words[word]
    return None


def part_of_file(path: Path) -> Part | None:
    """The part that a file's name tells (`svamp_train.json`, `test.jsonl`), None where it tells none."""
    words = re.split(r"[\W_]+", path.stem.lower())
    if "train" in words:
        return "train"
    return "test" if "test" in words else None


def files_of_part(files: Sequence[Path], part: Part | None) -> list[Path]:
    """The files whose names tell the wanted part; all of them where none is wanted.

    Raises OptionError where no file is left.
    """
    chosen = [file for file in files if part is None or part_of_file(file) == part]
    if not chosen:
        named = ", ".join(str(file) for file in files)
        raise OptionError(f"--part {part}: no file name says that it holds the {part} part ({named}); leave --part "
                          "out, or cut a part by question with --test-share 0.2")  # fmt: skip
    return chosen


def no_parts(layout: str, part: Part | None) -> None:
    """Refuse `--part` for a layout that has none."""
    if part is not None:
        raise OptionError(f"--part {part}: the layout '{layout.replace('_', '-')}' has no parts; leave it out and drop "
                          "test questions with --against FILE, or cut by question: --test-share 0.2")  # fmt: skip


def identity(task: str, stem: str, index: object) -> str:
    """An id for a row without one: the file's stem and a number, behind the task where the stem does not tell it."""
    return f"{stem}-{index}" if task in stem else f"{task}-{stem}-{index}"
