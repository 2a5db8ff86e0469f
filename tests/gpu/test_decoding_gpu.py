"""On a GPU: students answer there as on the CPU and as `generate` does, and sample from the right distribution."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.stats import chisquare

from models import folder_of
from smallsteps.decoding.answering import answer_questions, load_trained
from smallsteps.decoding.settings import Decoding
from smallsteps.decoding.writer import StudentWriter
from smallsteps.engine.student import Student, card_of, load_student
from smallsteps.records import Record
from smallsteps.tensors.device import device_of, find_device
from smallsteps.tensors.multinomial import draw_tokens

DEVICE = "cuda"
pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")]

RECORDS = [Record(f"q{number}", "word_problems", "Tom has 12 apples. " * (1 + number % 4) + f"Now {number}?", "12")
           for number in range(12)]  # fmt: skip
FAMILIES = ("llama", "qwen3", "gpt2", "opt", "mistral_sliding", "gemma3", "t5", "bart")


def trained(family: str, folder: Path) -> Path:
    student = load_student(str(folder_of(family, folder / "plain")))
    student.save(folder / "trained", card_of("cot", {}, "word_problems", "main"))
    return folder / "trained"


@pytest.mark.parametrize("family", FAMILIES)
def test_answers_on_the_gpu_are_those_of_the_cpu(family: str, tmp_path: Path) -> None:
    """In float64, so that no tie is broken by rounding."""
    folder, texts = trained(family, tmp_path), {}
    for device in (DEVICE, "cpu"):
        method, students, _ = load_trained(folder, device)
        assert device_of(students["main"].model).type == device
        students["main"].model.double()
        for temperature in (0.0, 1.0):
            decoding = Decoding(24, batch_size=5, temperature=temperature, device=device)
            answers = answer_questions(method, students, RECORDS, decoding, "arm")
            texts[device, temperature] = [answer.text for answer in answers]
    assert texts[DEVICE, 0.0] == texts["cpu", 0.0]
    assert texts[DEVICE, 1.0] == texts["cpu", 1.0]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_first_token_is_that_of_generate(dtype: torch.dtype, tmp_path: Path) -> None:
    """Of the logits that the model computes on its own, in the dtype of practice."""
    student = load_student(str(folder_of("qwen3", tmp_path / "model")))
    student.model.to(DEVICE, dtype)
    write = StudentWriter({"main": student}, Decoding(1, batch_size=1))
    prefixes = [write.tokens(f"Q: {record.question}\nA:") for record in RECORDS]
    ours = [one.tokens for one in write("main", prefixes, [record.id for record in RECORDS])]
    for prefix, tokens in zip(prefixes, ours, strict=True):
        assert tokens in ((_generated(student, prefix),), ())


def _generated(student: Student, prefix: tuple[int, ...]) -> int:
    ids = torch.tensor([prefix], device=DEVICE)
    out = student.model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=1, do_sample=False)
    return int(out[0, -1])


def test_draws_follow_the_softmax_at_the_size_of_a_real_vocabulary() -> None:
    vocabulary, draws = 151_936, 20_000
    head = torch.linspace(6, 0, 40, device=DEVICE)
    logits = torch.full((vocabulary,), -30.0, device=DEVICE)
    logits[::3800] = head
    draw, found = random.Random(3), []
    for _ in range(draws // 500):
        found += draw_tokens(logits.expand(500, -1), [draw.random() for _ in range(500)], 1.3).tolist()
    expected = torch.softmax(logits.double() / 1.3, -1)[::3800].cpu().numpy()
    observed = np.array([found.count(place) for place in range(0, vocabulary, 3800)])
    assert observed.sum() == draws
    assert chisquare(observed, expected / expected.sum() * draws).pvalue > 1e-3


def test_auto_is_the_gpu() -> None:
    assert find_device("auto").type == DEVICE
