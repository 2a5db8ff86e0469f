"""Rationales ranked by a student's own likelihood: as computed directly, one pass a question, on every way in."""

from __future__ import annotations

from math import inf
from pathlib import Path
from typing import Any

import pytest
import torch

from commands import smallsteps
from models import folder_of
from smallsteps.decoding.scorer import StudentScorer
from smallsteps.engine.student import Student, card_of, load_student
from smallsteps.engine.tokens import encode_prompt
from smallsteps.errors import FileError
from smallsteps.methods import make_method
from smallsteps.records import Rationale, Record, read_records, write_records
from smallsteps.selection import select_records, student_logprobs
from smallsteps.study.prepare import prepare_records

TEXTS = (
    "Tom has 12 apples and buys 7 more, 12 + 7 = 19.", "12 + 7 = 19.", "  We count on from 12 and get 19.",
    "Nineteen.", "He has 19 apples now, because 7 more than 12 is 19, he says.", "12 + 7 = 19.",
)  # fmt: skip
RECORDS = [
    Record("q1", "word_problems", "Tom has 12 apples. How many?", "19", rationales=tuple(map(Rationale, TEXTS))),
    Record("q2", "word_problems", "Is the coin still heads up?", "7", rationales=tuple(map(Rationale, TEXTS[2:5]))),
]
METHOD = make_method("cot", {})


@pytest.fixture(scope="module", params=["llama", "gpt2", "t5", "bart"])
def student(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Student:
    loaded = load_student(str(folder_of(request.param, tmp_path_factory.mktemp("model"))))
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in loaded.model.parameters():
            parameter.add_(0.2 * torch.randn(parameter.shape, generator=generator))
    loaded.model.eval()
    return loaded


def directly(student: Student, record: Record, text: str) -> float:
    """The mean log-probability of the rationale's tokens behind the prompt, from one forward pass of its own."""
    tokenizer, template = student.tokenizer, student.template
    prompt = METHOD.prompt(record, "main")
    prefix = list(encode_prompt(tokenizer, template, prompt))
    known = tokenizer(prompt, add_special_tokens=False)["input_ids"]
    target = tokenizer(f"{prompt} {text.lstrip()}", add_special_tokens=False)["input_ids"][len(known) :]
    with torch.no_grad():
        if template.split:
            target = [*template.target_start, *target]
            start = student.model.config.decoder_start_token_id
            reads = torch.tensor([[start, *target[:-1]]])
            logits = student.model(input_ids=torch.tensor([prefix]), decoder_input_ids=reads).logits[0]
        else:
            logits = student.model(torch.tensor([[*prefix, *target]])).logits[0, len(prefix) - 1 : -1]
    logs = logits.double().log_softmax(-1)
    return float(logs[range(len(target)), target].mean())


def test_scores_are_the_mean_log_probabilities_computed_directly(student: Student) -> None:
    scores = student_logprobs(StudentScorer(student, METHOD))
    for record in RECORDS:
        expected = [directly(student, record, rationale.text) for rationale in record.rationales]
        assert list(scores(record)) == pytest.approx(expected, rel=2e-4)


def test_the_likeliest_are_kept(student: Student) -> None:
    scores = student_logprobs(StudentScorer(student, METHOD))
    for record, chosen in zip(RECORDS, select_records(RECORDS, by="likely", k=2, scores=scores), strict=True):
        expected = sorted((directly(student, record, one.text) for one in record.rationales), reverse=True)[:2]
        found = sorted((directly(student, record, one.text) for one in chosen.rationales), reverse=True)
        assert found == pytest.approx(expected, rel=2e-4)


def test_a_question_takes_one_pass_and_is_read_once(tmp_path: Path) -> None:
    scorer = StudentScorer(load_student(str(folder_of("llama", tmp_path))), METHOD)
    scores = student_logprobs(scorer)
    scores(RECORDS[0])
    assert scorer.passes == 1
    tokens = [len(scorer.student.tokenizer(" " + text.lstrip())["input_ids"]) for text in dict.fromkeys(TEXTS)]
    prompt = len(scorer.student.tokenizer(METHOD.prompt(RECORDS[0], "main"))["input_ids"])
    assert scorer.tokens <= prompt + sum(tokens)


def test_a_rationale_without_words_is_the_least_likely(tmp_path: Path) -> None:
    scores = student_logprobs(StudentScorer(load_student(str(folder_of("gpt2", tmp_path))), METHOD))
    silent = Record("q3", "word_problems", "How many?", "19", rationales=(Rationale(" "), Rationale("19.")))
    assert scores(silent)[0] == -inf < float(scores(silent)[1] or 0)
    assert list(scores(Record("q4", "word_problems", "How many?", "19", rationales=(Rationale(""),)))) == [-inf]
    assert list(scores(Record("q5", "word_problems", "How many?", "19"))) == []


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    student = load_student(str(folder_of("gpt2", tmp_path / "model")))
    student.save(tmp_path / "arm" / "student" / "main", card_of("cot", {}, "word_problems", "main"))
    return tmp_path / "arm"


def test_command_and_study_choose_alike_and_a_study_asks_the_student_once(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus, out = tmp_path / "corpus.jsonl", tmp_path / "out.jsonl"
    write_records(corpus, RECORDS)
    assert smallsteps("select", corpus, "-o", out, "--by", "likely", "-k", 2, "--scorer", trained) == 0
    steps: Any = [{"select": {"by": "likely", "k": 2, "scorer": str(trained)}}]
    prepared = prepare_records(RECORDS, steps, tmp_path)
    assert prepared == list(read_records(out))
    assert [len(record.rationales) for record in prepared] == [2, 2]
    monkeypatch.setattr(
        "smallsteps.decoding.scorer.load_scorer", lambda folder: pytest.fail("the student was asked again")
    )
    assert prepare_records(RECORDS, steps, tmp_path) == prepared


def test_a_scorer_without_use_and_a_folder_without_a_student_are_refused_in_a_sentence(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus, out = tmp_path / "corpus.jsonl", tmp_path / "out.jsonl"
    write_records(corpus, RECORDS)
    assert smallsteps("select", corpus, "-o", out, "--by", "random", "--scorer", trained) == 2
    assert "only the selection 'likely' uses a scorer; add by: likely" in " ".join(capsys.readouterr().err.split())
    with pytest.raises(FileError, match="no trained student lies here"):
        prepare_records(RECORDS, [{"select": {"by": "likely", "scorer": str(tmp_path)}}], tmp_path)
    assert not out.exists()
