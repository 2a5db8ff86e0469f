"""A whole study in seconds: run, resume, refuse, sweep, tune, several students; and what bad input is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from commands import smallsteps

HERE = Path(__file__).parent.parent
SMALL: dict[str, Any] = {
    "name": "small",
    "task": "word_problems",
    "corpus": {
        "train": {"generate": "word_problems", "count": 60, "rationales": 2, "options": {"steps": "1-2"}},
        "test": {
            "generate": "word_problems",
            "count": 12,
            "part": "test",
            "rationales": 0,
            "options": {"steps": "1-2"},
        },
        "validation": 0.2,
    },
    "students": [{"name": "tiny-decoder", "width": 16, "heads": 2, "as": "small"}],
    "methods": ["answer_only", "cot"],
    "baseline": "answer_only",
    "budget": {"steps": 2},
    "training": {"learning_rate": 0.003, "per_device_train_batch_size": 8, "evaluations": 1},
    "decoding": {"max_new_tokens": 12},
}


def study_file(folder: Path, **changes: Any) -> Path:
    path = folder / "study.yaml"
    path.write_text(yaml.safe_dump({**SMALL, **changes}, sort_keys=False), encoding="utf-8")
    return path


def compare(folder: Path, *more: str, **changes: Any) -> int:
    return smallsteps("compare", str(study_file(folder, **changes)), "--out", str(folder / "run"), *more)


def scores(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "run" / "scores.json").read_text())
    return found


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return " ".join(capsys.readouterr().err.split())


def test_a_study_end_to_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compare(tmp_path) == 0
    found = scores(tmp_path)
    assert [arm["method"] for arm in found["arms"]] == ["answer_only", "cot"]
    for arm in found["arms"]:
        assert sum(arm["outcomes"].values()) == arm["n"] == 12
        assert arm["interval"][0] <= arm["accuracy"] <= arm["interval"][1]
        assert arm["supervised_tokens"] > 0
        folder = tmp_path / "run" / "arms" / arm["arm"]
        assert {"config.json", "answers.jsonl", "scores.json"} <= {path.name for path in folder.iterdir()}
        assert (folder / "student" / "main" / "model.safetensors").exists()
        assert not list(folder.rglob("*.bin")) and not list(folder.rglob("checkpoint-*"))
    assert {one["level"] for one in found["comparisons"]} == {"students", "methods"}
    table = (tmp_path / "run" / "leaderboard.md").read_text()
    assert "| answer_only |" in table and "95 % interval" in table
    assert "answer_only" in capsys.readouterr().out


def test_the_student_is_an_ordinary_hugging_face_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    assert compare(tmp_path) == 0
    arm = tmp_path / "run" / "arms" / "word_problems" / "cot" / "small" / "seed0"
    model = AutoModelForCausalLM.from_pretrained(arm / "student" / "main")
    tokenizer = AutoTokenizer.from_pretrained(arm / "student" / "main")
    answer = json.loads((arm / "answers.jsonl").read_text().splitlines()[0])
    ids = tokenizer(answer["prompt"], return_tensors="pt", add_special_tokens=False)
    out = model.generate(**ids, max_new_tokens=12, do_sample=False)
    new = tokenizer.decode(out[0, ids["input_ids"].shape[1] :], skip_special_tokens=True)
    assert new.startswith(answer["text"])  # our decoding may stop at the answer line, plain generate goes on
    capsys.readouterr()
    assert smallsteps("answer", str(arm), "How many apples does Tom have?", "--max-new-tokens", "3") == 0
    assert "(3 tokens, length)" in capsys.readouterr().out
    assert (
        smallsteps(
            "score", str(arm / "answers.jsonl"), "--corpus", str(next((tmp_path / "run" / "corpus").glob("*test*")))
        )
        == 0
    )
    assert smallsteps("show", str(arm / "answers.jsonl"), "-n", "2") == 0


def test_finished_arms_are_not_run_again(tmp_path: Path) -> None:
    assert compare(tmp_path) == 0
    weights = sorted((tmp_path / "run").rglob("model.safetensors"))
    before = [path.stat().st_mtime_ns for path in weights]
    (tmp_path / "run" / "scores.json").unlink()
    assert compare(tmp_path) == 0
    assert [path.stat().st_mtime_ns for path in weights] == before
    assert scores(tmp_path)["arms"]


def test_scoring_again_needs_no_model(tmp_path: Path) -> None:
    assert compare(tmp_path) == 0
    arm = tmp_path / "run" / "arms" / "word_problems" / "cot" / "small" / "seed0"
    first = json.loads((arm / "scores.json").read_text())
    (arm / "scores.json").unlink()
    for path in (arm / "student").rglob("model.safetensors"):
        path.write_bytes(b"no model")
    assert compare(tmp_path) == 0
    assert json.loads((arm / "scores.json").read_text())["outcomes"] == first["outcomes"]


def test_another_budget_in_the_same_folder_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compare(tmp_path) == 0
    assert compare(tmp_path, budget={"steps": 3}) == 2
    assert "had budget.steps = 2, the study now says 3; arms with different settings cannot be compared" in said(capsys)
    assert compare(tmp_path, "--replace", budget={"steps": 3}) == 0
    assert scores(tmp_path)["study"]["budget"] == {"steps": 3}


def test_arms_side_by_side_give_the_same_scores(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    assert compare(tmp_path / "one") == 0
    assert compare(tmp_path / "two", "--jobs", "2") == 0
    both = [[(arm["arm"], arm["outcomes"]) for arm in scores(tmp_path / name)["arms"]] for name in ("one", "two")]
    assert both[0] == both[1]


def test_sweeps_and_preparation(tmp_path: Path) -> None:
    corpus = {**SMALL["corpus"], "prepare": [{"corrupt": {"kind": "numbers", "rate": 0.0}}]}
    sweep = {"corpus.prepare.0.corrupt.rate": [0.0, 1.0], "method.rationales": [1, 2]}
    assert compare(tmp_path, corpus=corpus, sweep=sweep, methods=["cot", "answer_only"], budget={"steps": 1}) == 0
    points = [arm["point"] for arm in scores(tmp_path)["arms"] if arm["method"] == "cot"]
    assert points == [
        {"corpus.prepare.0.corrupt.rate": rate, "method.rationales": count} for rate in (0.0, 1.0) for count in (1, 2)
    ]


def test_tuning_gives_every_arm_the_same_trials(tmp_path: Path) -> None:
    tune = {"training.learning_rate": [0.001, 0.01], "method.alpha": [0.2, 0.8]}
    assert compare(tmp_path, tune=tune, methods=["answer_only", "step_by_step"], budget={"steps": 1}) == 0
    tuning = scores(tmp_path)["tuning"]
    assert {len(trials) for trials in tuning.values()} == {4}
    for trials in tuning.values():
        assert sum(trial["chosen"] for trial in trials) == 1
    plain = next(trials for name, trials in tuning.items() if "answer_only" in name)
    assert len({trial["seed"] for trial in plain}) == 2  # no alpha of its own: further seeds instead


def test_methods_that_need_more(tmp_path: Path) -> None:
    """Several paths, a decoding loop of its own, a prior arm; an extra loss with cached vectors."""
    methods = [f"{HERE / 'example_methods.py'}:{name}" for name in ("TwoHands", "Meaning")]
    students = [*SMALL["students"], {"name": "tiny-encdec", "width": 16, "heads": 2, "as": "encdec"}]
    assert compare(tmp_path, methods=methods, students=students, baseline="Meaning") == 0
    found = scores(tmp_path)
    assert [arm["method"] for arm in found["arms"]] == ["TwoHands", "TwoHands", "Meaning", "Meaning"]
    arms = tmp_path / "run" / "arms" / "word_problems"
    assert (arms / "answer_only" / "small" / "seed0" / "scores.json").exists()  # the needed arm, in no table
    hands = arms / "TwoHands" / "small" / "seed0"
    assert {path.name for path in (hands / "student").iterdir()} == {"reason", "conclude"}
    needed = json.loads((arms / "answer_only" / "small" / "seed0" / "scores.json").read_text())
    own = json.loads((hands / "scores.json").read_text())
    spent = sum(cost["seconds"] for cost in own["paths"].values())
    assert own["train_seconds"] == pytest.approx(spent + needed["train_seconds"])
    meaning = arms / "Meaning" / "small" / "seed0" / "student" / "main"
    import safetensors.torch

    assert not any("extra" in name for name in safetensors.torch.load_file(meaning / "model.safetensors"))
    assert list((tmp_path / "run" / "cache").glob("vectors-*.safetensors"))


def test_the_gate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compare(tmp_path, "--gate", "cot > answer_only") == 1  # one seed decides nothing about methods
    assert "gate 'cot > answer_only'" in capsys.readouterr().out
    assert compare(tmp_path, "--gate", "cot beats answer_only") == 2


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"methods": ["cott"]}, "unknown method 'cott'; did you mean 'cot'?"),
        ({"metods": ["cot"]}, "study.yaml:{line}: field 'metods': unknown key; did you mean 'methods'?"),
        ({"training": {"learning_rat": 1}}, "training: unknown key 'learning_rat'; did you mean 'learning_rate'?"),
        ({"decoding": {"max_tokens": 1}}, "unknown decoding setting 'max_tokens'; did you mean 'max_new_tokens'?"),
        ({"students": ["tiny-decodr"]}, "did you mean 'tiny-decoder'?"),
        ({"baseline": "cott"}, "unknown baseline 'cott'; did you mean 'cot'?"),
        ({"task": "word_problem"}, "unknown task 'word_problem'; did you mean 'word_problems'?"),
        ({"budget": {"step": 1}}, "budget: unknown key 'step'; did you mean 'steps'?"),
        ({"methods": ["cot", {"name": "cot"}]}, "two arms are named"),
        ({"corpus": {**SMALL["corpus"], "train": "missing.jsonl"}}, "missing.jsonl: there is no such file"),
        ({"sweep": {"method.alfa": [1]}}, "unknown method option 'alfa'"),
        ({"students": []}, "field 'students'"),
    ],
)
def test_bad_studies_are_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, Any], expected: str
) -> None:
    assert compare(tmp_path, **changes) == 2
    text = said(capsys)
    lines = study_file(tmp_path, **changes).read_text().splitlines()
    line = next((number for number, one in enumerate(lines, start=1) if one.startswith("metods")), 0)
    assert expected.format(line=line) in text
    assert "Traceback" not in text
    assert not list(tmp_path.rglob("scores.json"))


def test_bad_corpora_are_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = '{"id": "%s", "task": "word_problems", "question": "How many %s?", "answer": %s, "rationales": []}'
    (tmp_path / "test.jsonl").write_text(good % ("t", "pears", '"3"') + "\n")
    cases = {
        good % ("a", "apples", '"3"') + "\n" + good[:30]: "train.jsonl:2: broken JSON",
        good % ("a", "apples", "null"): "train.jsonl:1: field 'answer': record 'a' has no gold answer",
        "": "train.jsonl: the corpus is empty",
        good % ("a", "pears", '"3"'): "every training question stands in the test part as well",
    }
    for text, expected in cases.items():
        (tmp_path / "train.jsonl").write_text(text)
        corpus = {"train": str(tmp_path / "train.jsonl"), "test": str(tmp_path / "test.jsonl"), "validation": 0}
        assert compare(tmp_path, corpus=corpus) == 2
        assert expected in said(capsys)


def test_an_answer_cut_off_is_truncated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compare(tmp_path, methods=["cot"], baseline="cot", decoding={"max_new_tokens": 1}) == 0
    warned = said(capsys)
    (arm,) = scores(tmp_path)["arms"]
    assert f"Answers cut off by the length limit: {arm['arm']} (12 of 12)" in warned
    assert "raise decoding.max_new_tokens (now 1)" in warned
    assert arm["outcomes"]["truncated"] == 12
    assert arm["generated_tokens"] <= 1
