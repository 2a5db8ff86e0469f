"""pst through the whole loop on both kinds of students: what it logs, what it leaves behind, how its answers end."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open
from transformers import AutoTokenizer

from smallsteps.decoding.answering import answer_questions
from smallsteps.decoding.settings import Decoding
from smallsteps.engine.student import Student, card_of, load_student
from smallsteps.engine.tiny import TinySize
from smallsteps.engine.tokens import encode_prompt
from smallsteps.errors import OptionError
from smallsteps.methods import Method, make_method
from smallsteps.records import Rationale, Record
from smallsteps.scoring.answers import Answer
from smallsteps.training.settings import Budget, Training
from smallsteps.training.train import train
from smallsteps.training.trainer import EXTRA_MODULE
from smallsteps.training.vectors import lsa_vectors, rationale_vectors

SIZE = TinySize(width=32, layers=1, heads=2, vocabulary=200, positions=128)
TOLD = [f"One more than {n}{', counted by hand,' * (n % 2)} makes {n + 1}." for n in range(8)]
RECORDS = [
    Record(
        f"q{n}", "word_problems", f"Ann has {n} {'red ' * n}apples. How many?", str(n + 1),
        rationales=(Rationale(told, str(n + 1), True),),
    )
    for n, told in enumerate(TOLD)
]  # fmt: skip
STEPS = 200  # with a warm-up they lead any first parameters to margins of logits that no rounding reaches
KINDS = ["tiny-decoder", "tiny-encdec"]


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Models this small are slower on several threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@dataclass(frozen=True)
class Taught:
    """A student that knows its few questions by heart, and the folder it was trained in."""

    student: Student
    method: Method
    folder: Path
    before: int


def taught(kind: str, folder: Path, name: str, options: dict[str, Any], steps: int) -> Taught:
    student, method = load_student(kind, RECORDS, seed=0, size=SIZE), make_method(name, options)
    before = len(student.tokenizer)
    vectors = rationale_vectors(RECORDS, lambda texts: lsa_vectors(texts, 8))
    settings = {"learning_rate": 0.01, "per_device_train_batch_size": 8, "evaluations": 0, "max_grad_norm": 1.0,
                "warmup_steps": STEPS // 10, "logging_steps": 1}  # fmt: skip
    train(
        student, method, "main", RECORDS, RECORDS[:2], budget=Budget(steps=steps),
        training=Training.of(settings), seed=0, folder=folder / "training", vectors=vectors if method.needs() else {},
    )  # fmt: skip
    return Taught(student, method, folder, before)


@pytest.fixture(scope="module", params=KINDS)
def pst(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Taught:
    options = {"rationale_weight": 1.0, "target": "lsa"}
    return taught(request.param, tmp_path_factory.mktemp(request.param), "pst", options, STEPS)


def answers(one: Taught, **decoding: Any) -> list[Answer]:
    return answer_questions(one.method, {"main": one.student}, RECORDS, Decoding(**decoding), "arm")


def length(one: Taught, number: int) -> int:
    """How many tokens an answer line has."""
    text = f" So the answer is: {number}\n"
    return len(one.student.tokenizer(text, add_special_tokens=False)["input_ids"])


def test_the_training_log_holds_the_guards_and_meaning_is_learnt(pst: Taught) -> None:
    lines = [json.loads(line) for line in (pst.folder / "training" / "log.jsonl").read_text().splitlines()]
    watched = [line for line in lines if "semantic_retrieval" in line]
    assert len(watched) == STEPS and all(line["semantic_places"] == 8 for line in watched)
    assert watched[-1]["semantic_retrieval"] > 3 / 8 and watched[-1]["semantic_h_spread"] > 0.1
    assert abs(watched[-1]["semantic_g_cosine"]) < 0.2


def test_nothing_is_left_in_the_student_but_the_token(pst: Taught, tmp_path: Path) -> None:
    pst.student.save(tmp_path / "student", card_of("pst", {"target": "lsa"}, "word_problems", "main"))
    with safe_open(tmp_path / "student" / "model.safetensors", "pt") as file:
        names = set(file.keys())
    plain = load_student("tiny-encdec" if pst.student.template.split else "tiny-decoder", RECORDS, size=SIZE).model
    assert names <= set(plain.state_dict()) and not any(EXTRA_MODULE in name for name in names)
    assert not hasattr(pst.student.model, EXTRA_MODULE)
    assert sorted(path.name for path in (tmp_path / "student").iterdir()) == [
        "config.json", "generation_config.json", "model.safetensors", "smallsteps.json", "tokenizer.json",
        "tokenizer_config.json",
    ]  # fmt: skip
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "student")
    assert len(tokenizer) == pst.before + 1 and tokenizer.convert_ids_to_tokens(pst.before) == "<sem>"
    assert type(plain).from_pretrained(tmp_path / "student").get_input_embeddings().num_embeddings == pst.before + 1


@pytest.mark.parametrize("batch_size", [1, 3, 8])
def test_answers_end_behind_the_answer_line_in_any_batch(pst: Taught, batch_size: int) -> None:
    found = answers(pst, batch_size=batch_size, max_new_tokens=60)
    assert all(re.fullmatch(r" So the answer is: \d\n", answer.text) for answer in found)
    assert {answer.tokens for answer in found} == {length(pst, 1)} and {answer.finish for answer in found} == {"stop"}
    assert [answer.text for answer in found] == [answer.text for answer in answers(pst, max_new_tokens=60)]


def test_with_rationale_the_rationale_follows_and_sem_is_in_no_text(pst: Taught) -> None:
    found = answers(pst, batch_size=5, max_new_tokens=60, with_rationale=True)
    assert {answer.finish for answer in found} == {"eos"}
    for short, answer, told in zip(answers(pst), found, TOLD, strict=True):
        assert re.fullmatch(r" So the answer is: \d\n " + re.escape(told), answer.text)
        assert answer.text.startswith(short.text) and answer.tokens > short.tokens + 5, "<sem> and the rationale"


def test_finished_questions_leave_the_batch(pst: Taught, monkeypatch: pytest.MonkeyPatch) -> None:
    from smallsteps.decoding import writer as decode

    widths: list[int] = []
    kind = type(pst.student.architecture)
    step = kind.step
    monkeypatch.setattr(
        kind,
        "step",
        lambda self, model, state, tokens, alive=None: (
            widths.append(len(tokens) if alive is None else int(alive.sum())),
            step(self, model, state, tokens, alive),
        )[1],
    )
    watch = decode.Stop("So the answer is:", "\n")
    prompts = [pst.method.prompt(record, "main") for record in RECORDS[:3]]
    prefixes = [encode_prompt(pst.student.tokenizer, pst.student.template, prompt) for prompt in prompts]
    writer = decode.StudentWriter({"main": pst.student}, Decoding(batch_size=3, max_new_tokens=60))
    short = writer("main", prefixes, ["a", "b", "c"], watch, 3)
    assert {one.finish for one in short} == {"length"} and {len(one.tokens) for one in short} == {3}
    start = int(pst.student.template.split)  # a decoder behind an encoder takes a step to read its start token
    assert widths == [3] * (start + 2)
    widths.clear()
    first, second = (len(one.tokens) for one in writer("main", prefixes[:2], ["a", "b"], None, 60))
    assert first < second < 60, "the second rationale is the longer one"
    assert widths == [2] * (start + first) + [1] * (second - first)


def test_resuming_keeps_w_and_gives_the_same_student(tmp_path: Path) -> None:
    options = {"target": "lsa", "distance": "mse"}
    settings = {"learning_rate": 0.01, "per_device_train_batch_size": 4, "select": "best", "evaluations": 2}
    vectors = rationale_vectors(RECORDS, lambda texts: lsa_vectors(texts, 8))

    def run(folder: Path) -> dict[str, torch.Tensor]:
        student = load_student("tiny-decoder", RECORDS, seed=0, size=SIZE)
        train(
            student, make_method("pst", options), "main", RECORDS, RECORDS[:2], budget=Budget(steps=8),
            training=Training.of(settings), seed=0, folder=folder, vectors=vectors,
        )  # fmt: skip
        return {name: tensor.clone() for name, tensor in student.model.state_dict().items()}

    whole = run(tmp_path / "a")
    assert (tmp_path / "a" / "checkpoint-4" / "complete").exists()
    (tmp_path / "a" / "checkpoint-8" / "complete").unlink()
    again = run(tmp_path / "a")
    assert all(torch.equal(whole[name], again[name]) for name in whole)


def test_a_vocabulary_that_cannot_grow_is_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    student = load_student("tiny-decoder", RECORDS, seed=0, size=SIZE)

    def refuse(*_: Any, **__: Any) -> None:
        raise NotImplementedError("these embeddings are quantised")

    monkeypatch.setattr(student.model, "resize_token_embeddings", refuse)
    with pytest.raises(
        OptionError, match=r"adds the token '<sem>', but all \d+ places of the student's vocabulary are"
    ):
        train(student, make_method("pst", {}), "main", RECORDS, [], budget=Budget(steps=1),
              training=Training.of({}), seed=0, folder=tmp_path)  # fmt: skip


def test_vectors_are_needed_for_every_taught_rationale() -> None:
    vectors = rationale_vectors(RECORDS, lambda texts: np.array([[float(len(text)), 1.0] for text in texts]))
    method = make_method("pst", {})
    named = {key for r in RECORDS for view in method.views(r, "main") for mark in view.marks for key in mark.keys}
    assert named == set(vectors)
