"""A study grows in its folder: finished arms stay to the bit, what cannot be compared is refused, one process each."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from commands import smallsteps
from smallsteps.study.lock import LOCK, FolderInUseError, folder_lock

WORDS: dict[str, Any] = {"options": {"steps": "1-2"}}
SMALL: dict[str, Any] = {
    "name": "small",
    "task": "word_problems",
    "corpus": {
        "train": {"generate": "word_problems", "count": 60, "rationales": 2, **WORDS},
        "test": {"generate": "word_problems", "count": 12, "part": "test", "rationales": 0, **WORDS},
        "validation": 0.2,
    },
    "students": [{"name": "tiny-decoder", "width": 16, "heads": 2, "as": "small"}],
    "methods": ["answer_only", "cot"],
    "baseline": "answer_only",
    "budget": {"steps": 2},
    "training": {"learning_rate": 0.003, "per_device_train_batch_size": 8, "evaluations": 1},
    "decoding": {"max_new_tokens": 12},
}


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def compare(*more: str, **changes: Any) -> int:
    Path("study.yaml").write_text(yaml.safe_dump({**SMALL, **changes}, sort_keys=False), encoding="utf-8")
    return smallsteps("compare", "study.yaml", *more)


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return " ".join(capsys.readouterr().err.split())


def contents(folder: Path) -> dict[str, str]:
    """A hash and the time of change of every file below a folder."""
    return {
        str(path): f"{hashlib.sha256(path.read_bytes()).hexdigest()} {path.stat().st_mtime_ns}"
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_seeds_methods_and_students_are_added(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compare() == 0
    before = contents(work / "runs" / "small" / "arms")
    more = [*SMALL["students"], {"name": "tiny-encdec", "width": 16, "heads": 2, "as": "encdec"}]
    assert compare(methods=["answer_only", "cot", "post"], seeds=[0, 1], students=more) == 0
    after = contents(work / "runs" / "small" / "arms")
    assert before and {path: after[path] for path in before} == before
    arms = [one["arm"] for one in json.loads(Path("runs/small/scores.json").read_text())["arms"]]
    assert len(arms) == len(set(arms)) == 12
    table = Path("runs/small/leaderboard.md").read_text(encoding="utf-8")
    assert "post" in table and "encdec" in table
    assert "[12/12]" in said(capsys)


def test_points_of_a_sweep_and_tasks_are_added(work: Path) -> None:
    one = {"methods": ["cot"], "baseline": "cot", "budget": {"steps": 1}}
    assert compare(**one, sweep={"method.rationales": [1]}) == 0
    before = contents(work / "runs" / "small" / "arms")
    assert compare(**one, sweep={"method.rationales": [1, 2]}) == 0
    coins = {"train": {"generate": "coin_flip", "count": 30}, "test": {"generate": "coin_flip", "count": 6,
             "part": "test", "rationales": 0}}  # fmt: skip
    both = {"task": None, "corpus": None, "tasks": {"word_problems": SMALL["corpus"], "coin_flip": coins}}
    assert compare(**one, **both, sweep={"method.rationales": [1, 2]}) == 0
    after = contents(work / "runs" / "small" / "arms")
    assert {path: after[path] for path in before} == before
    assert len(json.loads(Path("runs/small/scores.json").read_text())["arms"]) == 4


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"training": {**SMALL["training"], "learning_rate": 0.01}}, "training.learning_rate = 0.003, the study now "
         "says 0.01"),
        ({"decoding": {"max_new_tokens": 20}}, "decoding.max_new_tokens = 12, the study now says 20"),
        ({"methods": ["answer_only", {"name": "cot", "draw": "all"}]}, "method.draw = not set, the study now says all"),
        ({"corpus": {**SMALL["corpus"], "validation": 0.5}}, "corpus.validation = 0.2, the study now says 0.5"),
        ({"students": [{"name": "tiny-decoder", "width": 32, "heads": 2, "as": "small"}]}, "student.size.width = 16, "
         "the study now says 32"),
        ({"tune": {"training.learning_rate": [0.01]}}, "tune.training.learning_rate = not set, the study now says"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_refused(
    work: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, Any], told: str
) -> None:
    assert compare(budget={"steps": 1}) == 0
    before = contents(work / "runs")
    capsys.readouterr()
    assert compare(budget={"steps": 1}, **changes) == 2
    text = said(capsys)
    assert told in text and "change it back, name another folder with --out, or start over with --replace" in text
    assert contents(work / "runs") == before


def test_a_corpus_file_that_changed_is_refused_by_its_content(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert smallsteps("generate", "word_problems", "-n", "20", "-o", "train.jsonl") == 0
    corpus = {**SMALL["corpus"], "train": "train.jsonl"}
    assert compare(corpus=corpus, budget={"steps": 1}) == 0
    assert smallsteps("generate", "word_problems", "-n", "21", "-o", "train.jsonl") == 0
    assert compare(corpus=corpus, budget={"steps": 1}) == 2
    assert "had corpus.train (by content) = " in said(capsys)


def test_settings_of_memory_may_change(work: Path) -> None:
    assert compare() == 0
    before = contents(work / "runs" / "small" / "arms")
    training = {**SMALL["training"], "row_tokens": 512, "pass_tokens": 600}
    assert compare(training=training, decoding={"max_new_tokens": 12, "batch_size": 3}) == 0
    assert contents(work / "runs" / "small" / "arms") == before


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"students": ["tiny-decoderr"]}, "did you mean 'tiny-decoder'?"),
        ({"students": [{"name": "tiny-decoder", "width": 7}]}, "width = 7: expected a multiple of twice the heads"),
        ({"students": [{"name": "tiny-decoder", "heads": 0}]}, "heads = 0: expected a whole number above 0"),
        ({"students": [{"name": "tiny-decoder", "dtype": "float31"}]}, "dtype = 'float31'; did you mean 'float32'?"),
        ({"corpus": {**SMALL["corpus"], "test": "tset.jsonl"}}, "tset.jsonl: there is no such file"),
        (
            {"training": {"per_device_train_batch_size": 0}},
            "per_device_train_batch_size = 0; it is at least 1",
        ),
        ({"training": {"learning_rate": -1}}, "learning_rate = -1.0; it is at least 0"),
        ({"training": {"evaluations": 1.5}}, "training.evaluations = 1.5; expected a whole number"),
        ({"tune": {"training.learning_rate": []}}, "training.learning_rate has no values"),
        ({"tune": {"training.learning_rate": ["high"]}}, "training.learning_rate = 'high'; expected a number"),
        ({"budget": {"steps": float("inf")}}, "steps = inf; expected a whole number"),
        ({"decoding": {"batch_size": [1]}}, "decoding.batch_size = [1]: expected a whole number"),
        ({"seeds": [-1]}, "field 'seeds.0': input should be greater than or equal to 0"),
    ],
)
def test_a_typo_writes_nothing_and_its_correction_runs(
    work: Path, capsys: pytest.CaptureFixture[str], wrong: dict[str, Any], told: str
) -> None:
    assert compare(budget=wrong.pop("budget", {"steps": 1}), **wrong) == 2
    assert told in said(capsys)
    assert sorted(path.name for path in work.iterdir()) == ["study.yaml"]


def test_a_corrected_typo_runs(work: Path) -> None:
    assert compare(students=["tiny-decoderr"]) == 2
    assert compare(methods=["cot"], baseline="cot", budget={"steps": 1}) == 0


def test_an_arm_that_was_only_begun_starts_anew(work: Path) -> None:
    assert compare(methods=["cot"], baseline="cot", budget={"steps": 1}) == 0
    arm = next((work / "runs").rglob("config.json")).parent
    for name in ("scores.json", "answers.jsonl", "student"):
        (arm / name).rename(work / name)  # as a run leaves it that was killed before its first checkpoint
    assert compare(methods=["cot"], baseline="cot", budget={"steps": 2}) == 0
    assert json.loads((arm / "config.json").read_text())["budget"] == {"steps": 2}


def test_a_name_is_one_folder_below_runs(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (work / "victim").mkdir()
    (work / "victim" / "precious.txt").write_text("precious")
    (work / "victim" / "study.json").write_text("{}")
    (work / "inner").mkdir()
    os.chdir(work / "inner")
    few: dict[str, Any] = {"methods": ["cot"], "baseline": "cot", "budget": {"steps": 1}}
    assert compare("--replace", name="../../victim", **few) == 0
    assert [path.name for path in Path("runs").iterdir()] == ["victim"]
    assert compare("--replace", "--out", "../victim", **few) == 2
    assert "--replace removes only what a run wrote, and no run stands here" in said(capsys)
    assert (work / "victim" / "precious.txt").read_text() == "precious"


def test_replace_keeps_what_no_run_wrote(work: Path) -> None:
    few: dict[str, Any] = {"methods": ["cot"], "baseline": "cot", "budget": {"steps": 1}}
    assert compare(**few) == 0
    Path("runs/small/notes.txt").write_text("mine")
    assert compare("--replace", **{**few, "budget": {"steps": 2}}) == 0
    assert Path("runs/small/notes.txt").read_text() == "mine"
    assert json.loads(Path("runs/small/scores.json").read_text())["study"]["budget"] == {"steps": 2}
    assert any(Path("runs/small/corpus").iterdir())


HOLDER = """
import sys
from pathlib import Path
from smallsteps.study.lock import folder_lock
with folder_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_two_processes_do_not_share_a_folder_and_a_dead_one_does_not_hold_it(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = work / "runs" / "small"
    with subprocess.Popen([sys.executable, "-c", HOLDER, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as one:
        assert one.stdout is not None and one.stdout.readline() == b"held\n"
        assert compare(methods=["cot"], baseline="cot", budget={"steps": 1}) == 2
        text = said(capsys)
        assert f"runs/small is in use by process {one.pid} on " in text and "wait until it ends" in text
        assert not (folder / "study.json").exists()
        one.kill()
    assert (folder / LOCK).exists()  # a killed process leaves its note, and no lock
    assert compare(methods=["cot"], baseline="cot", budget={"steps": 1}) == 0
    assert not (folder / LOCK).exists()


def test_a_lock_leaves_no_trace_and_is_free_again_after_an_error(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    with pytest.raises(KeyError), folder_lock(folder):
        with pytest.raises(FolderInUseError, match=f"in use by process {os.getpid()} on "), folder_lock(folder):
            raise AssertionError("two at once")
        raise KeyError
    assert not (tmp_path / "a").exists()
    with folder_lock(folder):
        (folder / "work.txt").write_text("done")
    assert [path.name for path in folder.iterdir()] == ["work.txt"]
