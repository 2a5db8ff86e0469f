"""`smallsteps import` and `smallsteps export` as a user meets them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from layouts import SAMPLES, write_lines
from smallsteps.cli import main
from smallsteps.records import read_records


def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: object
) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["smallsteps", *map(str, arguments)])
    monkeypatch.setenv("COLUMNS", "160")
    with pytest.raises(SystemExit) as caught:
        main()
        raise SystemExit(0)
    told = capsys.readouterr()
    return int(caught.value.code or 0), told.out, told.err


def test_import_prints_one_table_that_adds_up(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    source, out = SAMPLES["mentor_kd"](tmp_path), tmp_path / "train.jsonl"
    status, told, _ = run(monkeypatch, capsys, "import", "mentor-kd", source, "--part", "train", "-o", out)
    lines = [line.split() for line in told.splitlines()]
    assert status == 0
    assert ["read", "3", "3"] in lines
    assert ["-", "repeated:", "joined", "2"] in lines
    assert ["written", "1", "3", "3", "(100.0%)", "0", "3.00"] in lines
    assert "not checked against a test part" in told
    assert [record.id for record in read_records(out)] == ["date_understanding_3_train-0"]


def test_against_drops_and_counts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    source, out = SAMPLES["verify_cot"](tmp_path), tmp_path / "train.jsonl"
    test = write_lines(tmp_path / "t.jsonl", [{"id": "1", "task": "gsm8k", "question": "Another one?", "answer": "4"}])
    status, told, _ = run(monkeypatch, capsys, "import", "verify-cot", source, "--against", test, "-o", out)
    assert status == 0 and "checked against 1 test questions" in told and "not checked" not in told
    status, _, told = run(
        monkeypatch, capsys, "import", "verify_cot", source, "--against", source, "-o", tmp_path / "x"
    )
    assert status == 2 and "no question is left" in told and not (tmp_path / "x").exists()


def test_answers_are_written_beside_the_gold_records(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    output = {"is_correct": True, "solution": "2 + 2 = 4\nA: 4"}
    arms = dict.fromkeys(("6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification"), output)
    source = write_lines(tmp_path / "solutions.jsonl", [{"question": "Q?", "ground_truth": "2 + 2\nA: 4"} | arms])
    out, answers = tmp_path / "gold.jsonl", tmp_path / "answers.jsonl"
    status, told, _ = run(monkeypatch, capsys, "import", "gsm8k", source, "-o", out, "--answers", answers)
    assert status == 0 and "4 answers" in told
    assert len(answers.read_text().splitlines()) == 4
    status, _, told = run(
        monkeypatch, capsys, "import", "aqua", SAMPLES["aqua"](tmp_path), "--answers", answers, "-o", out
    )
    assert status == 2 and "hold no outputs of models" in told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["import", "mentor-kb", "x.json"], "did you mean 'mentor_kd'"),
        (["import", "csv", "no.csv", "--task", "gsm8k"], "there is no such file"),
        (["import", "csv", "no.csv", "--test-share", "2"], "--test-share 2.0: expected a share"),
        (["import", "csv", "no.csv", "--set", "colour=red"], "unknown option of the layout csv 'colour'"),
        (["export", "mentor-kd", "no.jsonl", "-o", "x"], "there is no such file|can be imported but not exported"),
    ],
)
def test_bad_input_is_one_sentence_and_status_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: list[str], told: str
) -> None:
    import re

    monkeypatch.chdir(tmp_path)
    status, _, error = run(monkeypatch, capsys, *arguments)
    assert status == 2
    assert re.search(told, error) and "Traceback" not in error and len(error.strip().splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_export_writes_what_import_takes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    first, out, second = tmp_path / "a.jsonl", tmp_path / "b.parquet", tmp_path / "c.jsonl"
    run(monkeypatch, capsys, "import", "mentor-kd", SAMPLES["mentor_kd"](tmp_path), "-o", first)
    status, told, _ = run(monkeypatch, capsys, "export", "parquet", first, "-o", out)
    assert status == 0 and "3 rows" in told
    run(monkeypatch, capsys, "import", "parquet", out, "-o", second)
    assert second.read_bytes() == first.read_bytes()


def test_importing_needs_no_torch() -> None:
    code = (
        "import sys, smallsteps.cli.import_, smallsteps.cli.export, smallsteps.corpus.importing;"
        "print('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
