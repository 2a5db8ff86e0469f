"""The live board: what is done, what is under way, and how long the study still takes."""

from __future__ import annotations

import io
import json
import os
import time
from pathlib import Path

import pytest
from rich.console import Console

from report_runs import make_run
from smallsteps.cli import _board
from smallsteps.cli._board import Board
from smallsteps.study.compare import Run
from smallsteps.study.open_run import open_run
from smallsteps.study.status import STATUS, StatusProgress, about, read_status, seconds_left

LATER = "gsm8k/cot/tiny-decoder/seed2"
METHODS = ["answer_only", "cot"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A study of six arms of which the last was not finished."""
    return open_run(make_run(tmp_path / "run", methods=METHODS, skip=[LATER]))


def write_status(run: Run, name: str, *, age: float = 0.0, **state: object) -> None:
    path = run.folder / "arms" / name / STATUS
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = {"title": "training", "done": 4, "total": 10, "seconds": 8.0, "seconds_left": 12.0, "facts": {}}
    path.write_text(json.dumps(whole | state), encoding="utf-8")
    os.utime(path, (time.time() - age, time.time() - age))


def lines_of(board: Board, width: int = 100) -> list[str]:
    console = Console(width=width, file=io.StringIO(), highlight=False)
    console.print(board.draw())
    return console.file.getvalue().splitlines()  # type: ignore[attr-defined, no-any-return]


def test_arms_of_an_earlier_run_are_done_from_the_beginning(run: Run) -> None:
    lines = lines_of(Board(run, jobs=2))
    assert sum("done before" in line for line in lines) == 5
    assert sum("cot/seed2" in line and "waiting" in line for line in lines) == 1
    assert not any("tiny-decoder" in line for line in lines), "what all arms have in common is left out"
    assert lines[0].startswith("5 of 6 arms done, about ")


def test_an_arm_under_way_shows_its_stage(run: Run) -> None:
    board = Board(run, jobs=2)
    write_status(run, LATER, facts={"loss": "1.25"}, age=-1)
    (line,) = [one for one in lines_of(board) if "cot/seed2" in one]
    assert "training 40 % loss 1.25, 12 s left" in line


def test_a_status_left_behind_does_not_count(run: Run) -> None:
    write_status(run, LATER, age=3600)
    (line,) = [one for one in lines_of(Board(run)) if "cot/seed2" in one]
    assert "waiting" in line


def test_a_long_study_fits_the_window(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = [f"gsm8k/{method}/tiny-decoder/seed{seed}" for method in METHODS for seed in range(8, 12)]
    run = open_run(make_run(tmp_path / "run", methods=METHODS, seeds=range(12), questions=4, skip=waiting))
    monkeypatch.setattr(_board, "errors", Console(width=100, height=14, file=io.StringIO()))
    board = Board(run, jobs=2)
    write_status(run, waiting[5], age=-1)
    lines = lines_of(board)
    assert len(lines) <= 14 and any("cot/seed9" in line and "training" in line for line in lines)
    assert sum("waiting" in line for line in lines) == 5 and sum("done" in line for line in lines) == 1 + 4


def test_lines_instead_of_a_board_tell_what_is_left(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    console = Console(width=200, file=io.StringIO(), highlight=False)
    monkeypatch.setattr(_board, "errors", console)
    board = Board(run)
    first = run.arms[0]
    board.finished(first, board.scores[first.name])
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert text.startswith(f"[1/6] {first.name}: ") and "finished before, about " in text and text.endswith(" left\n")


@pytest.mark.parametrize(
    ("finished", "waiting", "running", "jobs", "expected"),
    [
        ({}, ["cot"], [], 1, None),
        ({}, ["cot"], [("cot", 10.0, None)], 1, None),
        ({}, ["cot", "cot"], [("cot", 10.0, 20.0)], 1, 20 + 2 * 30),
        ({"cot": [10.0, 30.0]}, ["cot", "post"], [], 1, 40),
        ({"cot": [10.0], "post": [50.0]}, ["cot"], [], 1, 10),
        ({"cot": [10.0], "post": [50.0]}, ["cot", "post", "ases"], [], 3, (10 + 50 + 30) / 3),
        ({"cot": [40.0]}, [], [("cot", 10.0, 5.0)], 2, 30),
        ({"cot": [40.0]}, [], [("cot", 60.0, 5.0)], 1, 5),
    ],
)
def test_time_left(
    finished: dict[str, list[float]], waiting: list[str], running: list[tuple[str, float, float | None]], jobs: int,
    expected: float | None,
) -> None:  # fmt: skip
    assert seconds_left(finished, waiting, running, jobs) == (None if expected is None else pytest.approx(expected))


def test_durations_are_told_as_people_do() -> None:
    assert [about(seconds) for seconds in (0.4, 89, 90, 600, 3_600, 7_800)] == [
        "0 s", "89 s", "2 min", "10 min", "1 h 0 min", "2 h 10 min"
    ]  # fmt: skip


def test_progress_is_written_and_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 4.0, 4.1, 8.0])
    monkeypatch.setattr("smallsteps.study.status.time.monotonic", lambda: next(clock))
    assert read_status(tmp_path) is None
    with StatusProgress(tmp_path).bar("training", 10) as bar:
        bar.advance(2, loss=1.5)
        bar.advance(1)  # too soon to be written
        found = read_status(tmp_path)
        assert found is not None and (found.share, found.seconds, found.seconds_left) == (0.2, 4.0, 16.0)
        assert str(found) == "training 20 % loss 1.5, 16 s left"
        bar.advance(2)
    found = read_status(tmp_path)
    assert found is not None and (found.share, found.seconds_left) == (0.5, 8.0)
