"""The studies of contrast and transfer in a few steps: what they train on, show, test and report; and bad input."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from commands import smallsteps as run
from smallsteps.records import read_records
from smallsteps.study.sources import load_parts
from smallsteps.study.spec import Corpus, read_study

RECIPES = Path(__file__).parents[2] / "recipes"
SMALL = ["seeds=[0]", "budget.steps=2", "training.per_device_train_batch_size=4", "decoding.max_new_tokens=6",
         "students=[{name: tiny-decoder, width: 16, heads: 2, as: small}]"]  # fmt: skip
GENERATED = {
    "transfer_families": ["corpus.train.count=40", "corpus.test.0.count=8", "corpus.test.1.count=8",
                          "corpus.test.2.count=8"],
    "contrast_words": ["corpus.train.count=40", "corpus.test.count=12"],
    "transfer_tasks": ["corpus.train.0.count=30", "corpus.train.1.count=30", "corpus.test.0.count=6",
                       "corpus.test.1.count=6", "corpus.test.2.count=6", "corpus.demonstrations.count=12"],
}  # fmt: skip


def compare(study: Path, out: Path, *settings: str) -> int:
    return run("compare", str(study), "--out", str(out), *(word for one in settings for word in ("--set", one)))


@pytest.fixture(scope="module", params=GENERATED)
def finished(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    name = request.param
    folder = tmp_path_factory.mktemp(name) / name
    assert compare(RECIPES / f"{name}.yaml", folder, *SMALL, *GENERATED[name]) == 0
    return folder


def test_the_recipe_runs_resumes_and_reports_its_groups_side_by_side(
    finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stamp = {path: path.stat().st_mtime_ns for path in finished.rglob("scores.json") if path.parent != finished}
    assert compare(RECIPES / f"{finished.name}.yaml", finished, *SMALL, *GENERATED[finished.name]) == 0
    assert {path: path.stat().st_mtime_ns for path in stamp} == stamp, "a finished arm is read, not run again"
    arms = json.loads((finished / "scores.json").read_text(encoding="utf-8"))["arms"]
    assert len(arms) == 3 and all(len(arm["groups"]) >= 2 for arm in arms)
    assert all((arm["consistency"] is not None) == (finished.name == "contrast_words") for arm in arms)
    board = (finished / "leaderboard.md").read_text(encoding="utf-8")
    assert all(f"{group} %" in board for group in arms[0]["groups"])
    assert ("consistent %" in board) == (finished.name == "contrast_words")
    assert run("report", str(finished)) == 0
    page = (finished / "report.html").read_text(encoding="utf-8")
    assert ("consistent: whole contrast sets" in page) == (finished.name == "contrast_words")
    capsys.readouterr()


@pytest.mark.parametrize("finished", ["transfer_tasks"], indirect=True)
def test_test_prompts_hold_demonstrations_of_their_own_task_and_no_test_question(finished: Path) -> None:
    study, _ = read_study(RECIPES / "transfer_tasks.yaml", [*SMALL, *GENERATED["transfer_tasks"]])
    parts = load_parts(next(iter(study.corpora.values())), finished / "corpus", "")
    questions = {record.id: record.question.strip() for record in parts.test}
    answers = (finished / "arms/tracking_shuffled_objects/scotd-2-shown/small/seed0/answers.jsonl").read_text("utf-8")
    openings = {"coin_flip": "A coin is heads up", "last_letter_concatenation": "Take the last letters",
                "tracking_shuffled_objects": "Alice, Bob, and Claire"}  # fmt: skip
    for line in answers.splitlines():
        answer = json.loads(line)
        asked = answer["prompt"].split("Q: ")[1:]
        assert len(asked) == 3 and all(one.startswith(openings[answer["task"]]) for one in asked)
        assert asked[2].startswith(questions[answer["id"]]) and asked[0].count("So the answer is:") == 1
        assert not any(one.startswith(question) for one in asked[:2] for question in questions.values())


def test_the_tokenizer_knows_the_words_of_test_questions_and_not_of_their_answers(tmp_path: Path) -> None:
    rows = [{"id": f"r{n}", "task": "strategy_qa", "question": f"Is {n} odd?", "answer": "no"} for n in range(4)]
    tested = {"id": "t", "task": "strategy_qa", "question": "Is zebra odd?", "answer": "yes",
              "rationales": [{"text": "Quaggas are."}]}  # fmt: skip
    for name, some in (("train", rows), ("test", [tested])):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in some), encoding="utf-8")
    sources: dict[str, Any] = {part: str(tmp_path / f"{part}.jsonl") for part in ("train", "test")}
    without = load_parts(Corpus(**sources, validation=0), tmp_path, "")
    parts = load_parts(Corpus(**sources, validation=0, test_words=True), tmp_path, "")
    assert without.words == [] and "words" not in without.hashes and "words" in parts.hashes
    (word,) = parts.words
    assert (word.question, word.answer, word.rationales) == ("Is zebra odd?", None, ())
    assert parts.told[-1] == word and without.told == parts.told[:-1]


def test_a_student_taught_with_demonstrations_is_asked_with_them(tmp_path: Path) -> None:
    corpus, student, test = tmp_path / "corpus.jsonl", tmp_path / "student", tmp_path / "test.jsonl"
    assert run("generate", "coin_flip", "-n", "20", "-o", str(corpus)) == 0
    assert run("generate", "coin_flip", "-n", "3", "--part", "test", "--rationales", "0", "-o", str(test)) == 0
    taught = ["train", str(corpus), "-o", str(student), "--method", "scotd", "--option", "demonstrations=1",
              "--steps", "1", "--set", "per_device_train_batch_size=2"]  # fmt: skip
    assert run(*taught) == 0
    asked = ["answer", str(student), str(test), "-o", str(tmp_path / "answers.jsonl"), "--max-new-tokens", "2"]
    assert run(*asked) == 2
    assert run(*asked, "--demonstrations", str(test)) == 2
    assert run(*asked, "--demonstrations", str(corpus)) == 0
    prompts = [json.loads(line)["prompt"] for line in (tmp_path / "answers.jsonl").read_text("utf-8").splitlines()]
    shown = {record.question for record in read_records(corpus)}
    assert all(prompt.count("Q: ") == 2 and any(question in prompt for question in shown) for prompt in prompts)


def changed(tmp_path: Path, **corpus: Any) -> Path:
    """The study of tasks with other entries in its corpus; None leaves one out."""
    raw = yaml.safe_load((RECIPES / "transfer_tasks.yaml").read_text(encoding="utf-8"))
    for source in raw["corpus"]["train"]:
        source["count"] = 30
    raw["corpus"] = {key: value for key, value in (raw["corpus"] | corpus).items() if value is not None}
    path = tmp_path / "study.yaml"
    path.write_text(yaml.safe_dump(raw), encoding="utf-8")
    return path


SOURCE = {"generate": "tracking_shuffled_objects", "count": 6, "part": "test", "rationales": 1}


@pytest.mark.parametrize(
    ("corpus", "settings", "told"),
    [
        ({"demonstrations": None}, (), "needs 2 demonstrations of the task 'tracking_shuffled_objects'"),
        ({"demonstrations": SOURCE}, (), "is the test question"),
        ({"train": []}, (), "'corpus.train': the list is empty; name at least one source"),
        ({"train": [{"generate": "coin_flip", "count": 9, "colour": "red"}]}, (), "unknown key"),
        ({"train": [SOURCE | {"part": "train"}] * 2}, (), "make ids unique"),
        ({}, ("students=[no/such-model]",), "test_words: the student 'no/such-model' brings its own tokenizer"),
    ],
)
def test_what_is_wrong_with_such_a_corpus_is_one_sentence(
    corpus: dict[str, Any], settings: tuple[str, ...], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = GENERATED["transfer_tasks"][2:5]
    assert compare(changed(tmp_path, **corpus), tmp_path / "run", *small, *settings) == 2
    message = " ".join(capsys.readouterr().err.split())
    assert told in message and "Traceback" not in message
    assert not (tmp_path / "run" / "arms").exists(), "refused before anything was trained"


@pytest.mark.parametrize("name", ["contrast_imdb", "transfer_sst2"])
def test_the_recipes_on_public_data_are_studies(name: str) -> None:
    """Every key, method and option is known; data and student are the reader's."""
    from smallsteps.study.arms import study_arms

    study, raw = read_study(RECIPES / f"{name}.yaml", data="data")
    assert study_arms(study, raw)
