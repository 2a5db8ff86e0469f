"""Students answer, are traced and score on the device that is asked for, with all of their inputs there.

The `meta` device stands for an accelerator: it computes shapes only, and refuses to meet a tensor of another device.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from commands import smallsteps
from models import folder_of
from smallsteps.decoding import answering, loop
from smallsteps.decoding.answering import answer_questions, load_trained
from smallsteps.decoding.scorer import load_scorer
from smallsteps.decoding.settings import Decoding
from smallsteps.decoding.trace import trace_answers
from smallsteps.engine.lm_head import PIECE, logits_at_once
from smallsteps.engine.student import Student, card_of, load_student
from smallsteps.errors import OptionError
from smallsteps.records import Record
from smallsteps.scoring.answers import Answer
from smallsteps.tensors import device as devices
from smallsteps.tensors.device import device_of, find_device, put

QUESTIONS = [Record(f"q{number}", "word_problems", "Tom has 12 apples. " * (1 + number) + "How many?", "12")
             for number in range(5)]  # fmt: skip
META = torch.device("meta")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return trained("llama", tmp_path / "trained")


def trained(family: str, folder: Path) -> Path:
    student = load_student(str(folder_of(family, folder.with_name(f"{family}-plain"))))
    student.save(folder, card_of("cot", {}, "word_problems", "main"))
    return folder


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose accelerator is `meta`."""
    monkeypatch.setattr(torch.accelerator, "current_accelerator", lambda check_available=False: META)
    monkeypatch.setattr(torch.accelerator, "device_count", lambda: 1)


class Seen:
    """The devices of everything that a student is given."""

    def __init__(self, student: Student) -> None:
        self.devices: set[str] = set()
        self.passes = 0
        student.model.register_forward_pre_hook(self._look, with_kwargs=True)

    def _look(self, _: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> None:
        self.passes += 1
        self.devices |= {one.device.type for one in (*arguments, *named.values()) if isinstance(one, torch.Tensor)}


def scripted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read tokens off a device that holds no numbers: lines end one by one."""

    def choose(logits: torch.Tensor, lines: Any, going: Any, temperature: float) -> tuple[torch.Tensor, list[int]]:
        assert logits.device.type == "meta" and len(logits) == len(lines)
        ended = [2 if len(line.tokens) > 2 * len(line.prefix) % 5 else 7 for line in lines]
        return logits.argmax(-1), ended

    monkeypatch.setattr(loop, "choose", choose)
    for look in ("fast_all", "_ignore_bidirectional_mask_sdpa"):  # they look at values as well
        monkeypatch.setattr(f"transformers.masking_utils.{look}", lambda *_: False)


@pytest.mark.usefixtures("fake")
@pytest.mark.parametrize("family", ["llama", "mistral_sliding", "t5", "bart"])
def test_an_accelerator_is_where_students_answer_and_all_their_inputs_are(
    family: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    method, students, _ = load_trained(trained(family, tmp_path / "trained"))
    assert {parameter.device for parameter in students["main"].model.parameters()} == {META}
    scripted(monkeypatch)
    seen = Seen(students["main"])
    answers = answer_questions(method, students, QUESTIONS, Decoding(12, batch_size=3), "arm")
    assert len(answers) == 5 and seen.devices <= {"meta"} and seen.passes + len(answers) > 8


@pytest.mark.usefixtures("fake")
def test_answering_moves_students_to_the_device_of_the_settings(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    method, students, _ = load_trained(folder, "cpu")
    assert device_of(students["main"].model).type == "cpu"
    answer_questions(method, students, QUESTIONS, Decoding(3, device="cpu"), "arm")
    assert device_of(students["main"].model).type == "cpu"
    scripted(monkeypatch)
    answer_questions(method, students, QUESTIONS, Decoding(3), "arm")
    assert device_of(students["main"].model).type == "meta"


class StoppedError(Exception):
    """Raised in place of a forward pass on a device without numbers."""


def stops(student: Student) -> Seen:
    seen = Seen(student)

    def stop(*_: Any) -> None:
        raise StoppedError

    student.model.register_forward_pre_hook(stop)
    return seen


@pytest.mark.usefixtures("fake")
def test_traces_and_scorers_run_on_the_accelerator(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    method, students, _ = load_trained(folder)
    seen = stops(students["main"])
    answers = [
        Answer("q0", "word_problems", "arm", 0, "", " It is 12. So the answer is: 12\n", 9, "stop", None, 0.0, 1)
    ]
    monkeypatch.setattr("smallsteps.decoding.trace._layout", lambda *_: _padded())
    with pytest.raises(StoppedError):
        trace_answers(method, students["main"], {"q0": QUESTIONS[0]}, answers)
    assert seen.devices == {"meta"}
    scorer = load_scorer(folder)
    assert device_of(scorer.student.model) == META
    seen = stops(scorer.student)
    scorer._layout = "padded"
    with pytest.raises(StoppedError):
        scorer.measure(QUESTIONS[:1], [[["It is 12."]]], "question")
    assert seen.devices == {"meta"}


def _padded() -> Any:
    from smallsteps.engine.batches import Collator

    return Collator("padded", (), 256, 256)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The devices that commands ask for."""
    found: list[str] = []

    def find(name: str = "auto") -> torch.device:
        found.append(name)
        return torch.device("cpu")

    monkeypatch.setattr(answering, "find_device", find)
    yield found


def test_the_answer_command_takes_a_device(folder: Path, asked: list[str]) -> None:
    assert smallsteps("answer", folder, "How many?", "--device", "cuda:1", "--max-new-tokens", 2) == 0
    assert set(asked) == {"cuda:1"}


def test_a_device_that_is_not_there_is_refused_in_one_sentence(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if torch.accelerator.is_available():
        pytest.skip("this machine has an accelerator")
    for name, told in (("cuda", "not available"), ("gpu", "unknown to PyTorch")):
        with pytest.raises(OptionError, match=f"device '{name}' is {told}.*use auto"):
            find_device(name)
        assert smallsteps("answer", folder, "How many?", "--device", name) == 2
        assert f"device '{name}' is {told}" in " ".join(capsys.readouterr().err.split())
    assert find_device("cpu") == find_device("auto") == torch.device("cpu")


@pytest.mark.usefixtures("fake")
def test_a_second_accelerator_that_is_not_there_is_refused() -> None:
    assert find_device("auto") == find_device("meta") == META
    with pytest.raises(OptionError, match=r"'meta:1' is not available: this machine has 1, numbered from 0"):
        find_device("meta:1")
    with pytest.raises(OptionError, match="PyTorch finds 'meta' here"):
        find_device("cuda")


def test_devices_without_float64_get_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    class Mps:
        type = "mps"

    weights, moved = torch.ones(3, dtype=torch.float64), []
    monkeypatch.setattr(torch.Tensor, "to", lambda one, device, **_: (moved.append(one.dtype), one)[1])
    assert (
        put(weights, Mps()).dtype == torch.float32 and put(torch.ones(2, dtype=torch.long), Mps()).dtype == torch.long
    )
    assert put(weights, torch.device("cpu")).dtype == torch.float64 and moved[0] == torch.float32
    assert Decoding().device == devices.AUTO


def test_one_question_longer_than_the_positions_is_an_error_and_ends_nothing_else(tmp_path: Path) -> None:
    method, students, _ = load_trained(trained("gpt2", tmp_path / "trained"))
    long = Record("long", "word_problems", "Tom has 12 apples. " * 200, "12")
    answers = answer_questions(method, students, [QUESTIONS[0], long, QUESTIONS[1]], Decoding(4), "arm")
    assert [answer.finish == "error" for answer in answers] == [False, True, False]
    assert json.dumps(answers[1].text) == '""' and answers[0].tokens > 0


def test_several_gpus_in_one_process_are_not_shared_by_data_parallel(tmp_path: Path) -> None:
    """Trainer would hand each GPU a part of the batch, and would count its batches by all of them."""
    from transformers import TrainingArguments

    from smallsteps.training.trainer import _on_one_device

    arguments = TrainingArguments(output_dir=str(tmp_path), report_to="none", use_cpu=True)
    arguments._n_gpu = 4
    assert arguments.train_batch_size == 4 * arguments.per_device_train_batch_size
    assert _on_one_device(arguments).n_gpu == 1
    assert arguments.train_batch_size == arguments.per_device_train_batch_size


@pytest.mark.parametrize(("gib", "positions"), [(80, 1104), (8, 110)])
def test_pieces_of_the_output_head_suit_the_memory_of_a_gpu(
    gib: int, positions: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = type("Properties", (), {"total_memory": gib * 2**30})
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: memory)
    assert logits_at_once(torch.device("cuda")) // 151_936 == positions
    assert logits_at_once(torch.device("cpu")) == PIECE == 2**24
