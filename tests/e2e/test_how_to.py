"""The commands of the how-to pages run as they are written, in one folder, with small files in the places they name."""

from __future__ import annotations

import csv
import re
import shutil
from pathlib import Path

import pytest
import torch
import yaml

from commands import smallsteps
from smallsteps.records import read_records

PAGES = Path(__file__).parents[2] / "docs" / "how-to"
STUDY = {
    "name": "mine", "task": "gsm8k", "corpus": {"train": "train.jsonl", "test": "test.jsonl", "validation": 0},
    "students": [{"name": "tiny-decoder", "width": 16, "heads": 2, "layers": 1}], "methods": ["answer_only", "cot"],
    "seeds": [0, 1], "budget": {"steps": 2}, "decoding": {"max_new_tokens": 8},
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder with a table of rationales, under two sets of column names."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(torch, "set_num_threads", lambda count: None)
    with (tmp_path / "mine.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["question", "problem", "answer", "solution", "rationale"])
        for number in range(2, 42):
            asked = f"Tom has {number} apples and buys {number + 1} more. How many has he?"
            for rationale in (f"{number} + {number + 1} = {2 * number + 1}.", f"Add {number + 1} to {number}.",
                              f"{number + 1} and {number} are {2 * number + 1}."):  # fmt: skip
                told = f"{rationale} So the answer is: {2 * number + 1}"
                table.writerow([asked, asked, 2 * number + 1, 2 * number + 1, told])
    return tmp_path


def run_page(name: str, capsys: pytest.CaptureFixture[str], accepted: tuple[int, ...] = (0,)) -> None:
    """Write the page's files and run its commands, in order."""
    page = (PAGES / name).read_text(encoding="utf-8")
    for language, file, text in re.findall(r"^```(\w+)(?: file=(\S+))?\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
        if file:
            Path(file).write_text(text, encoding="utf-8")
        elif language == "sh":
            for line in text.replace("\\\n", " ").splitlines():
                status = smallsteps(*_words(line))
                assert status in accepted, f"{name}: {line}: exit status {status}\n{capsys.readouterr().err}"


def _words(line: str) -> list[str]:
    import shlex

    first, *words = shlex.split(line)
    assert first == "smallsteps", f"'{line}': the how-to pages run smallsteps alone"
    return words


def test_from_a_table_to_a_report(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_page("import-my-data.md", capsys)
    train, test = (list(read_records(f"{part}.jsonl")) for part in ("train", "test"))
    assert len(train) + len(test) == 40 and not {one.question for one in train} & {one.question for one in test}
    assert all(len(one.rationales) == 3 and one.rationales[0].correct for one in train)
    run_page("pick-rationales.md", capsys)
    assert len(list(read_records("chosen.jsonl"))) == 40
    run_page("add-a-variation.md", capsys)
    run_page("vote-over-samples.md", capsys)
    assert len({line.split('"sample"')[1][:4] for line in Path("answers.jsonl").read_text().splitlines()}) > 1
    Path("study.yaml").write_text(yaml.safe_dump(STUDY), encoding="utf-8")
    run_page("compare-methods.md", capsys, accepted=(0, 1))  # the gate does not hold for two untrained students
    assert (folder / "runs" / "mine" / "leaderboard.md").exists() and (folder / "runs" / "second").is_dir()
    shutil.copytree("runs/mine", "runs/demo")
    run_page("read-the-report.md", capsys)
    assert (folder / "report.html").exists() and list((folder / "runs" / "demo").rglob("gains.jsonl"))
