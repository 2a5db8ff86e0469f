"""The journey of a newcomer, from the commands of the README alone: own table → corpus → teacher → study → report.

Only what is the reader's own is put in their place: the table, the endpoint's address, the student, a short budget.
"""

from __future__ import annotations

import csv
import json
import random
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from commands import smallsteps
from servers import Answer, Seen, Server, reply

README = Path(__file__).parents[2] / "README.md"
COLUMNS = ("Nr", "final result", "problem text", "school year")
STUDENT = "HuggingFaceTB/SmolLM2-135M"


def documented() -> list[str]:
    """The command lines under "Your own data"."""
    section = README.read_text(encoding="utf-8").partition("## Your own data")[2]
    (block, *_) = re.findall(r"^```sh\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    return [command for line in block.splitlines() for command in line.split(" && ")]


def write_table(path: Path, count: int = 80) -> None:
    """A table as a spreadsheet writes it: odd names, another order, cells with commas and line breaks."""
    draw = random.Random(0)
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        for number in range(count):
            first, second = draw.sample(range(2, 60), 2)
            text = f"Ann, who likes pears, has {first} of them.\nShe buys {second} more. How many has she? ({number})"
            table.writerow([number, first + second, text, "4b"])


def teacher(request: Seen) -> Answer:
    """Reasons rightly three times out of four."""
    prompt = request.body["messages"][-1]["content"]
    numbers = re.search(r"has (\d+) of them\.\s+She buys (\d+) more", prompt)
    assert numbers is not None
    first, second = int(numbers[1]), int(numbers[2])
    texts = []
    for index in range(request.body.get("n") or 1):
        total = first + second + (index % 4 == 3)
        texts.append(f"Way {index}: {first} + {second} = {total}. So the answer is: {total}")
    return reply(request, texts)


def test_from_a_table_to_a_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_table(Path("mine.csv"))
    done = []
    with Server(teacher) as server:
        for line in documented():
            own = {"question=problem": "question=problem text", "answer=solution": "answer=final result",
                   STUDENT: "tiny-decoder", "http://localhost:8000/v1": server.url}  # fmt: skip
            words = [own.get(word, word) for word in shlex.split(line)]
            assert words[0] == "smallsteps"
            if words[1] == "compare":
                shorten(Path(words[2]))
            assert smallsteps(*words[1:]) == 0, f"{line}\n{capsys.readouterr().err}"
            done.append(words[1])
    assert done == ["import", "import", "sample", "select", "init", "compare", "report"]
    train, test, corpus = (read(f"{name}.jsonl") for name in ("train", "test", "corpus"))
    assert len(train) + len(test) == 80 and not {one["question"] for one in train} & {one["question"] for one in test}
    assert all(one["meta"]["school year"] == "4b" for one in train), "further columns are kept"
    assert {len(one["rationales"]) for one in read("sampled.jsonl")} == {8}
    assert {len(one["rationales"]) for one in corpus} == {4}
    assert all(told["correct"] for one in corpus for told in one["rationales"])
    scores = json.loads(Path("runs/corpus/scores.json").read_text())
    assert {arm["method"] for arm in scores["arms"]} == {"answer_only", "cot", "scotd", "step_by_step", "post"}
    assert all(arm["n"] == len(test) for arm in scores["arms"])
    page = Path("runs/corpus/report.html").read_text(encoding="utf-8")
    assert "step_by_step" in page and f"{len(test)}" in page


def shorten(study: Path) -> None:
    """The reader's study with a budget for a test."""
    raw = yaml.safe_load(study.read_text(encoding="utf-8"))
    assert raw["task"] == "gsm8k" and raw["seeds"] == [0, 1, 2]
    raw |= {"seeds": [0], "budget": {"steps": 2}, "decoding": {"max_new_tokens": 8},
            "students": [{"name": "tiny-decoder", "width": 16, "heads": 2}]}  # fmt: skip
    study.write_text(yaml.safe_dump(raw, sort_keys=False), encoding="utf-8")


def read(path: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]
