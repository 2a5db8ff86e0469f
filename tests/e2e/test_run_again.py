"""What a report prints under "Run it again" works as printed: the same study, the same answers."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from commands import smallsteps
from smallsteps.records import read_json
from smallsteps.study.environment import PACKAGES, environment

STUDY = {
    "name": "it's small",
    "task": "word_problems",
    "corpus": {
        "train": {"generate": "word_problems", "count": 40, "rationales": 1, "options": {"steps": "1-2"}},
        "test": {
            "generate": "word_problems",
            "count": 10,
            "part": "test",
            "rationales": 0,
            "options": {"steps": "1-2"},
        },
        "validation": 0.2,
    },
    "students": [{"name": "tiny-decoder", "width": 16, "heads": 2, "as": "small"}],
    "methods": ["answer_only", {"name": "cot", "as": "cot: with a colon"}],
    "baseline": "answer_only",
    "budget": {"steps": 2},
    "training": {"learning_rate": 0.003, "per_device_train_batch_size": 8},
    "decoding": {"max_new_tokens": 12},
}


@pytest.fixture
def path_with_smallsteps(tmp_path: Path) -> str:
    """A PATH on which `smallsteps` is the one under test."""
    program = tmp_path / "bin" / "smallsteps"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m smallsteps "$@"\n')
    program.chmod(0o755)
    return f"{program.parent}{os.pathsep}{os.environ['PATH']}"


def test_the_printed_commands_run_the_same_study(
    tmp_path: Path, path_with_smallsteps: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("first.yaml").write_text(yaml.safe_dump(STUDY, sort_keys=False), encoding="utf-8")
    assert smallsteps("compare", "first.yaml", "--out", "it's a run") == 0
    assert smallsteps("report", "it's a run", "-o", "page.html") == 0
    capsys.readouterr()
    commands = re.search(r"\*\*Commands\*\*\s+(`{3,})\n(.*?)\n\1", Path("page.md").read_text(encoding="utf-8"), re.S)
    assert commands is not None
    done = subprocess.run(["bash", "-e", "-c", commands[2]], capture_output=True, text=True, timeout=500,
                          env={**os.environ, "PATH": path_with_smallsteps})  # fmt: skip
    assert done.returncode == 0, done.stderr
    again = Path("it's a run-again")
    assert (again / "report.html").exists()
    first, second = (read_json(folder / "study.json") for folder in (Path("it's a run"), again))
    assert first == second
    for path in Path("it's a run").rglob("answers.jsonl"):
        texts = [[json.loads(line)["text"] for line in file.read_text(encoding="utf-8").splitlines()]
                 for file in (path, again / path.relative_to("it's a run"))]  # fmt: skip
        assert texts[0] == texts[1]


def test_the_environment_names_packages_and_hardware() -> None:
    found = environment()
    assert set(PACKAGES) < set(found) and found["processor"] and int(found["cores"]) >= 1
    assert re.match(r"\d+\.\d+", found["torch"]) and found["Python"].startswith(f"{sys.version_info.major}.")
