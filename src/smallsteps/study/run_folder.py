"""A run folder: the names of what a run writes, clearing it away, and corpora that appear only once all is checked."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from smallsteps.errors import FileError, InputError
from smallsteps.records import read_json
from smallsteps.study.lock import LOCK

STUDY, ARMS, CORPUS, CACHE = "study.json", "arms", "corpus", "cache"
WRITTEN = (
    STUDY, ARMS, CORPUS, CACHE, "scores.json", "leaderboard.md",
    "report.html", "report.md", "report.csv.d", "report.svg.d",
)  # fmt: skip
"""Everything that a run and its report write into their folder."""


def clear_run(folder: Path) -> None:
    """Remove what an earlier run wrote into a folder and nothing else. Raises FileError where no run stands there."""
    if not folder.is_dir() or all(path.name == LOCK for path in folder.iterdir()):
        return
    if not _is_run(folder):
        raise FileError(folder, f"--replace removes only what a run wrote, and no run stands here (no {STUDY} with a "
                        "study in it); name another folder with --out, or empty this one yourself")  # fmt: skip
    for name in WRITTEN:
        path = folder / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _is_run(folder: Path) -> bool:
    path = folder / STUDY
    if not path.is_file():
        return False
    try:
        found = read_json(path)
    except InputError:
        return False
    return isinstance(found, dict) and {"name", "methods", "students", "budget"} <= found.keys()


@contextmanager
def staged(folder: Path, *, empty: bool = False) -> Iterator[Path]:
    """A temporary folder that shows the files of `folder`; files added to it move there once the block ends well.

    With `empty` it shows none of them, so that all are made anew.
    """
    with tempfile.TemporaryDirectory(prefix="smallsteps-") as name:
        stage = Path(name)
        for path in folder.iterdir() if folder.is_dir() and not empty else ():
            (stage / path.name).symlink_to(path.resolve())
        yield stage
        for path in stage.iterdir():
            if not path.is_symlink():
                folder.mkdir(parents=True, exist_ok=True)
                part = folder / f".{path.name}.part"
                shutil.move(path, part)
                part.replace(folder / path.name)
