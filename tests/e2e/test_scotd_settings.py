"""SCoTD as the docs set it up: supervised and few-shot, both baselines, two teachers, and the vote that stops early."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from commands import smallsteps
from smallsteps.records import Record, read_records, write_records
from smallsteps.report.arm_table import make_arm_table
from smallsteps.report.content import Table
from smallsteps.report.costs import costs_section
from smallsteps.report.load import load_run
from smallsteps.scoring.answers import read_answers
from smallsteps.study.arms import study_arms
from smallsteps.study.sources import generated
from smallsteps.study.spec import Generate, check_study

DOCS = Path(__file__).parents[2] / "docs" / "studies" / "scotd.md"
STUDENT = {"name": "tiny-decoder", "width": 16, "heads": 2, "as": "small"}


def documented() -> dict[str, Any]:
    """The study in the docs."""
    (block,) = re.findall(r"```yaml\n(name: scotd settings.*?)```", DOCS.read_text(encoding="utf-8"), flags=re.DOTALL)
    return dict(yaml.safe_load(block))


def told_by(records: list[Record], teacher: str) -> list[Record]:
    return [replace(one, rationales=tuple(replace(r, teacher=teacher) for r in one.rationales)) for one in records]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus told by two teachers, `greedy` once and `sampled` four times a question, and test questions."""
    place = tmp_path_factory.mktemp("scotd")
    source = Generate(generate="coin_flip", count=60, rationales=1, error_rate=0.4)
    greedy = told_by(list(generated(source)), "greedy")
    sampled = told_by(list(generated(source.model_copy(update={"rationales": 4}))), "sampled")
    corpus = [replace(a, rationales=(*a.rationales, *b.rationales)) for a, b in zip(greedy, sampled, strict=True)]
    write_records(place / "corpus.jsonl", corpus)
    write_records(place / "unlabelled.jsonl", [
        replace(one, answer=None, rationales=tuple(replace(r, correct=None) for r in one.rationales)) for one in corpus
    ])  # fmt: skip
    test = generated(Generate(generate="coin_flip", count=8, part="test", rationales=0))
    write_records(place / "test.jsonl", test)
    return place


def study(folder: Path, **changes: Any) -> dict[str, Any]:
    corpus = {"train": str(folder / "corpus.jsonl"), "test": str(folder / "test.jsonl"), "validation": 0}
    return documented() | {"corpus": corpus, "students": [STUDENT], "seeds": [0], "budget": {"steps": 3}} | changes


def taught(folder: Path) -> dict[str, dict[str, list[str]]]:
    """By arm and question, the targets of the documented study's methods when every kept rationale is drawn."""
    raw = study(folder)
    records = list(read_records(folder / "corpus.jsonl"))
    found: dict[str, dict[str, list[str]]] = {}
    for arm in study_arms(check_study(raw), raw):
        method = replace(arm.build(), draw="all")
        found[arm.label] = {
            one.id: [
                "".join(piece.text for piece in view.target) for view in method.views(method.visit(one, 0, 0), "main")
            ]
            for one in records
        }
    return found


def test_each_setting_teaches_what_it_should(folder: Path) -> None:
    targets = taught(folder)
    for record in read_records(folder / "corpus.jsonl"):
        greedy, sampled = record.rationales[0], record.rationales[1:]
        right = [one for one in sampled if one.correct]
        supervised, few_shot = targets["scotd"][record.id], targets["scotd-few-shot"][record.id]
        assert len(supervised) == len(right) and len(few_shot) == len(sampled) == 4
        assert all(target.rstrip().endswith(f"So the answer is: {record.answer}") for target in supervised)
        assert all(
            one.text.strip() in target and target.rstrip().endswith(f": {one.answer}")
            for one, target in zip(sampled, few_shot, strict=True)
        ), "few-shot: the teacher's own answers, wrong ones included"
        assert len(targets["greedy-cot"][record.id]) == int(bool(greedy.correct))
        assert [target.strip() for target in targets["label-only"][record.id]] == [f"So the answer is: {record.answer}"]
        (pseudo,) = targets["label-only-few-shot"][record.id]
        assert pseudo.strip() == f"So the answer is: {greedy.answer}", "the label that the teacher gave"


def test_a_study_votes_stops_early_and_tells_what_it_spent(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    raw = study(folder, decoding={"max_new_tokens": 8, "samples": 5, "temperature": 0.7, "adaptive_stop": True})
    raw["methods"] = [one for one in raw["methods"] if one.get("as") in ("label-only", "scotd-few-shot")]
    (folder / "study.yaml").write_text(yaml.safe_dump(raw), encoding="utf-8")
    assert smallsteps("compare", folder / "study.yaml", "-o", folder / "run") == 0
    scores = json.loads((folder / "run" / "scores.json").read_text())
    for arm in scores["arms"]:
        answers = list(read_answers(folder / "run" / "arms" / arm["arm"] / "answers.jsonl"))
        assert arm["samples"] == pytest.approx(len(answers) / 8)
        assert arm["saved"] == pytest.approx(1 - len(answers) / 40)
        assert arm["generated_tokens"] == pytest.approx(sum(one.tokens for one in answers) / 8)
    assert "| samples | saved % |" in (folder / "run" / "leaderboard.md").read_text()
    assert "saved %" in capsys.readouterr().out
    section = costs_section(make_arm_table(load_run(folder / "run")), {"label-only": 0, "scotd-few-shot": 1})
    costs = next(part for part in section.parts if isinstance(part, Table))
    titles = [one.title for one in costs.columns]
    method, samples, saved = (titles.index(name) for name in ("method", "samples", "saved %"))
    shown = {row[method].text: (row[samples].text, row[saved].text) for row in costs.rows}
    assert shown == {
        arm["method"]: (f"{arm['samples']:.1f}", f"{100 * arm['saved']:.1f}") for arm in scores["arms"]
    }  # fmt: skip


def test_few_shot_training_takes_questions_without_gold_answers_and_others_say_why_not(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unlabelled, settings = folder / "unlabelled.jsonl", ("--steps", 2, "--validation", 0)
    assert smallsteps("train", unlabelled, "-o", tmp_path, *settings, "--method", "scotd") == 2
    assert "has no gold answer" in capsys.readouterr().err
    few_shot = ("--method", "scotd", "--option", "keep=all", "--option", "label=teacher")
    assert smallsteps("train", unlabelled, "-o", tmp_path, *settings, *few_shot, "--option", "teacher=sample") == 2
    assert "teacher of this corpus 'sample'" in capsys.readouterr().err
    assert smallsteps("train", unlabelled, "-o", tmp_path, *settings, *few_shot, "--option", "teacher=sampled") == 0
    out, sampling = tmp_path / "answers.jsonl", ("--samples", 5, "--temperature", 0.7, "--max-new-tokens", 6)
    capsys.readouterr()
    assert smallsteps("answer", tmp_path, folder / "test.jsonl", "-o", out, *sampling, "--adaptive-stop") == 0
    drawn = len(list(read_answers(out)))
    assert f"{drawn} of 40 samples were drawn ({100 * (1 - drawn / 40):.1f} % saved)" in capsys.readouterr().out
    assert smallsteps("score", out, "--corpus", folder / "test.jsonl", "-o", tmp_path / "scores.json") == 0
    assert json.loads((tmp_path / "scores.json").read_text())["arms"][0]["samples"] == pytest.approx(drawn / 8)


def test_a_study_names_the_unlabelled_question_and_the_unknown_teacher_before_it_trains(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = study(folder, methods=["cot"])
    raw["corpus"]["train"] = str(folder / "unlabelled.jsonl")
    few_shot = {"name": "scotd", "keep": "all", "label": "teacher"}
    for methods, message in (
        (
            ["cot"],
            "unlabelled.jsonl:1: field 'answer': record 'coin_flip-train-0-0' has no gold answer, and this needs one; "
            "add it, leave the record out, or teach few-shot: keep: all, label: teacher",
        ),
        ([{**few_shot, "teacher": "gredy"}], "did you mean 'greedy'"),
    ):
        (folder / "bad.yaml").write_text(yaml.safe_dump(raw | {"methods": methods, "baseline": None}), encoding="utf-8")
        assert smallsteps("compare", folder / "bad.yaml", "-o", folder / "bad") == 2
        assert message in " ".join(capsys.readouterr().err.split())
        assert not (folder / "bad" / "arms").exists()
