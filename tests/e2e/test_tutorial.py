"""The tutorial is run as a reader would run it: its files are written, its commands and its code executed, in order.

So are the single stages that the README shows, with the answer that it prints.
"""

from __future__ import annotations

import re
import runpy
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "tutorial.md"


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the file that it is to be saved as, its text, and its line on the page."""

    language: str
    file: str
    text: str
    line: int


def blocks(page: str) -> list[Block]:
    fences = re.finditer(r"^```(\w+)(?: file=(\S+))?\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    return [Block(one[1], one[2] or "", one[3], page[: one.start()].count("\n") + 1) for one in fences]


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Students this small lose far more to threads waiting for one another than they gain."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("one_thread")
def test_the_tutorial_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    said = ""
    for block in blocks(PAGE.read_text(encoding="utf-8")):
        if block.file:
            Path(block.file).write_text(block.text, encoding="utf-8")
        elif block.language == "sh":
            for line in block.text.splitlines():
                assert command(monkeypatch, line) == 0, f"{PAGE.name}:{block.line}: {line}\n{capfd.readouterr().err}"
            heard = capfd.readouterr()
            said = heard.err + heard.out
        elif block.language == "python":
            exec(compile(block.text, f"{PAGE.name}:{block.line}", "exec"), {})
        else:
            assert block.language == "text", f"{PAGE.name}:{block.line}: a block that nothing runs or checks"
            lines = {squeezed(line) for line in said.splitlines()}
            for line in filter(None, map(squeezed, block.text.splitlines())):
                assert any(line in other for other in lines), f"{PAGE.name}:{block.line}: never printed: {line}\n{said}"
    assert (tmp_path / "runs" / "journeys" / "report.html").exists()
    last = re.search(r"([\d.]+)% of 121, 95 % interval", capfd.readouterr().out)
    assert last is not None and float(last[1]) >= 40, "the tutorial ends with a student that has learnt something"


@pytest.mark.usefixtures("one_thread")
def test_the_stages_of_the_readme_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    shown = [block.text for block in blocks((ROOT / "README.md").read_text(encoding="utf-8")) if block.language == "sh"]
    (stages,) = [text for text in shown if "smallsteps generate" in text]
    for line in stages.splitlines():
        assert command(monkeypatch, line) == 0, f"{line}\n{capfd.readouterr().err}"
    assert len((tmp_path / "answers.jsonl").read_text(encoding="utf-8").splitlines()) == 100
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    (told,) = [block.text.strip() for block in blocks(page) if block.text.startswith("answer:")]
    assert told == "answer: 8", "5 + 3"
    assert told in capfd.readouterr().out.splitlines()[-1]


def command(monkeypatch: pytest.MonkeyPatch, line: str) -> int:
    """The exit status of a line of a shell block, run in this process: loading torch once is enough."""
    from smallsteps.cli import main

    words = shlex.split(line)
    if words[0] == "python":
        runpy.run_path(words[1], run_name="__main__")
        return 0
    assert words[0] == "smallsteps", f"the tutorial runs smallsteps and python, not {words[0]}"
    monkeypatch.setattr(sys, "argv", words)
    try:
        main()
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def squeezed(line: str) -> str:
    return " ".join(line.split())
