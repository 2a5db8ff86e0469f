"""Decoding: the same as plain `generate`, whatever the batch; stops, limits and samples."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from models import folder_of
from smallsteps.decoding.settings import Decoding
from smallsteps.decoding.writer import StudentWriter
from smallsteps.engine.student import Student, load_student
from smallsteps.errors import InputError
from smallsteps.methods import Stop

PROMPTS = (
    "Q: Tom has 12 apples and buys 7 more.\nA:",
    "Q: A coin is heads up. Ann flips the coin. Is the coin still heads up?\nA:",
    "Q: how many?\nA:",
)
FAMILIES = ("llama", "gpt2", "opt", "mistral_sliding", "t5", "bart")


@pytest.fixture(scope="module", params=FAMILIES)
def student(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Student:
    loaded = load_student(str(folder_of(request.param, tmp_path_factory.mktemp("model"))))
    loaded.model.double()
    return loaded


def written(
    student: Student, prompts: tuple[str, ...] = PROMPTS, stop: Stop | None = None, **settings: float
) -> list[str]:
    write = StudentWriter({"main": student}, Decoding(**{"max_new_tokens": 12, **settings}))  # type: ignore[arg-type]
    return [one.text for one in write("main", [write.tokens(prompt) for prompt in prompts], list(prompts), stop)]


def test_greedy_decoding_is_that_of_generate(student: Student) -> None:
    write = StudentWriter({"main": student}, Decoding(max_new_tokens=12))
    prefixes = [write.tokens(prompt) for prompt in PROMPTS]
    ours = [one.tokens for one in write("main", prefixes, list(PROMPTS))]
    for prefix, tokens in zip(prefixes, ours, strict=True):
        ids = torch.tensor([prefix])
        out = student.model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=12, do_sample=False)[0]
        plain = out[1:].tolist() if student.architecture.split else out[len(prefix) :].tolist()
        end = plain.index(student.template.end) if student.template.end in plain else len(plain)
        assert list(tokens) == plain[:end]


def test_texts_do_not_depend_on_the_batch(student: Student) -> None:
    for settings in ({}, {"temperature": 0.9, "seed": 3}):
        together = written(student, **settings)
        alone = [text for prompt in PROMPTS for text in written(student, (prompt,), **settings)]
        one_by_one = written(student, batch_size=1, **settings)
        assert together == alone == one_by_one


def test_seeds_and_samples_differ(student: Student) -> None:
    assert written(student, temperature=1.0, seed=1) == written(student, temperature=1.0, seed=1)
    assert written(student, temperature=1.0, seed=1) != written(student, temperature=1.0, seed=2)
    writers = [
        StudentWriter({"main": student}, Decoding(max_new_tokens=12, samples=2, temperature=1.0), sample)
        for sample in (0, 1)
    ]
    first, second = ([one.tokens for one in write("main", [write.tokens(PROMPTS[0])], ["k"])] for write in writers)
    assert first != second


def test_a_finished_line_leaves_and_the_others_go_on(tmp_path: Path) -> None:
    """The text stops behind the close of the answer line, not at an earlier one."""
    student = load_student(str(folder_of("gpt2", tmp_path)))
    script = student.tokenizer(" Tom.\nThe rest. So the answer is: 19\n and on", add_special_tokens=False)["input_ids"]
    short = student.tokenizer(" 1\n", add_special_tokens=False)["input_ids"]
    _recite(student, {0: [*short, student.template.end], 1: script})
    write = StudentWriter({"main": student}, Decoding(max_new_tokens=60))
    lines = write("main", [[5] * 9, [5] * 8], ["a", "b"], Stop("So the answer is:", "\n"))
    assert [(line.text, line.finish) for line in lines] == [
        (" 1\n", "eos"),
        (" Tom.\nThe rest. So the answer is: 19\n", "stop"),
    ]
    _recite(student, {0: script, 1: script})
    (cut, _) = write("main", [[5] * 9, [5] * 8], ["a", "b"], Stop("So the answer is:", "\n"), max_new_tokens=4)
    assert (len(cut.tokens), cut.finish) == (4, "length")


def _recite(student: Student, scripts: dict[int, list[int]]) -> None:
    """Let the model say given tokens: line by line in the order of the batch, the finished ones gone."""
    state = {"step": 0, "lines": list(scripts)}

    def begin(model: object, prefixes: object) -> tuple[torch.Tensor, object]:
        state.update(step=0, lines=list(scripts))
        return _logits(), object()

    def step(model: object, decoding: object, tokens: torch.Tensor, alive: object) -> torch.Tensor:
        state["step"] += 1  # type: ignore[operator]
        return _logits()

    def select(decoding: object, rows: list[int]) -> None:
        state["lines"] = [state["lines"][index] for index in rows]  # type: ignore[index]

    def _logits() -> torch.Tensor:
        rows = torch.zeros(len(state["lines"]), len(student.tokenizer))  # type: ignore[arg-type]
        for row, line in enumerate(state["lines"]):  # type: ignore[arg-type]
            script = scripts[line]
            rows[row, script[min(state["step"], len(script) - 1)]] = 1.0  # type: ignore[type-var]
        return rows

    told = {"begin": begin, "step": step, "select": select, "room": lambda model: None}
    student.architecture = type("Reciting", (), {name: staticmethod(one) for name, one in told.items()})()


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(InputError, match=r"at temperature 0 are all the same; set decoding\.temperature"):
        Decoding(samples=3)
    with pytest.raises(InputError, match="at least 1"):
        Decoding(max_new_tokens=0)


def test_decoding_ends_where_positions_do(tmp_path: Path) -> None:
    student = load_student(str(folder_of("gpt2", tmp_path, n_positions=40)))
    write = StudentWriter({"main": student}, Decoding(max_new_tokens=100))
    (line,) = write("main", [[5] * 30], ["a"])
    assert line.finish in ("length", "eos")
    assert len(line.tokens) <= 11
