"""The check before training: leaks and broken decoding are found on the user's model, whatever it is made of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

import model_types
from model_types import RECORDS, answers, generated
from models import folder_of
from smallsteps.engine import attention
from smallsteps.engine.student import Student, card_of, load_student
from smallsteps.engine.tokens import EncodedView
from smallsteps.engine.uncached import Uncached
from smallsteps.errors import OptionError
from smallsteps.methods import make_method
from smallsteps.training import check_cache, preparation
from smallsteps.training.dataset import TrainingDataset
from smallsteps.training.leaks import leak
from smallsteps.training.losses import Mix
from smallsteps.training.preparation import checked
from smallsteps.training.self_check import Check, check_layouts, sample_for_check

METHOD = make_method("scotd", {"draw": "all"})


class Notes:
    """A progress that remembers what it was told."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def bar(self, title: str, total: float | None) -> Any:
        from smallsteps.progress import SILENT

        return SILENT.bar(title, total)

    def note(self, text: str) -> None:
        self.notes.append(text)


def of_type(kind: str, folder: Path, dtype: str = "float32") -> Student:
    """A small random student of a model type."""
    tokenizer = model_types.byte_level_with_start(model_types.TEXTS)
    model_types.build(kind, len(tokenizer) + 8).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return load_student(str(folder), dtype=dtype)


def dataset(student: Student, **more: Any) -> TrainingDataset:
    return TrainingDataset(RECORDS, METHOD, "main", student.tokenizer, student.template, seed=0, **more)


def check(student: Student, notes: Notes | None = None) -> Check:
    return checked(student, METHOD, dataset(student), progress=notes or Notes())


@pytest.mark.parametrize("kind", ["jamba", "lfm2", "mamba2"])
def test_state_that_is_not_attention_leaks_between_packed_rows(kind: str, tmp_path: Path) -> None:
    """These accept the forest's mask and do not heed it: padded rows are trained on, and answers are right."""
    notes, student = Notes(), of_type(kind, tmp_path)
    found = check(student, notes)
    assert found.layout == "padded" and found.loss < 1e-5 and found.gradient < 1e-5
    assert any("the token forest is not exact on this model" in note for note in notes.notes)
    assert answers(student) == generated(student)


@pytest.mark.parametrize("kind", ["jamba", "lfm2"])
def test_half_precision_hides_no_leak(kind: str, tmp_path: Path) -> None:
    """A leak of a few per mille is smaller than the rounding of bfloat16."""
    assert check(of_type(kind, tmp_path, "bfloat16")).layout == "padded"
    assert check(load_student(str(folder_of("llama", tmp_path / "llama")), dtype="bfloat16")).layout == "forest"


@pytest.mark.parametrize("kind", ["mamba", "falcon_mamba"])
def test_decoding_without_a_cache_where_the_state_is_disturbed(kind: str, tmp_path: Path) -> None:
    notes, student = Notes(), of_type(kind, tmp_path)
    assert not check(student, notes).cached
    assert isinstance(student.architecture, Uncached) and any("it decodes without one" in one for one in notes.notes)
    assert answers(student) == generated(student)
    student.save(tmp_path / "saved", card_of("scotd", {}, "word_problems", "main"))
    from smallsteps.decoding.answering import load_trained

    _, students, _ = load_trained(tmp_path / "saved")
    assert answers(students["main"]) == generated(student)


@pytest.mark.parametrize("kind", ["bert", "xlnet", "camembert"])
def test_models_that_read_both_ways_are_refused(kind: str, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"^this student cannot be trained: .* take another student$"):
        check(of_type(kind, tmp_path))


@pytest.mark.parametrize("kind", ["gemma2", "gpt_oss", "xglm"])
def test_models_with_eager_attention_alone_keep_the_forest(kind: str, tmp_path: Path) -> None:
    student = of_type(kind, tmp_path)
    assert attention.choices(student.model) == ("eager",)
    found = check(student)
    assert (found.layout, found.attention) == ("forest", "eager")
    assert found.loss < 1e-6 and found.gradient < 1e-5


@pytest.mark.parametrize("kind", ["t5gemma", "switch_transformers", "t5", "bart"])
def test_encoder_decoders_are_compared_too(kind: str, tmp_path: Path) -> None:
    student = of_type(kind, tmp_path)
    found = check(student)
    assert found.layout == "shared" and 0 < found.gradient < 1e-5
    assert answers(student) == generated(student)


@pytest.mark.parametrize("family", ["llama", "t5"])
def test_a_model_that_mixes_the_lines_of_a_batch_is_refused(family: str, tmp_path: Path) -> None:
    student = load_student(str(folder_of(family, tmp_path)))
    inner = student.model.get_decoder() if student.architecture.split else student.model.model

    def mix(_: Any, __: Any, output: Any) -> Any:
        output["last_hidden_state"] = output.last_hidden_state + 0.01 * output.last_hidden_state.mean(0, keepdim=True)
        return output

    inner.register_forward_hook(mix)
    groups = [dataset(student)[0, index] for index in range(4)]
    with pytest.raises(OptionError, match="the loss differs by"):
        check_layouts(student, groups, Mix.of(METHOD.mix), layouts=("padded", "shared"))


def test_a_model_that_fails_is_named_no_layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    student = load_student(str(folder_of("gpt2", tmp_path)))

    def fail(*_: Any, **__: Any) -> Any:
        raise RuntimeError("no kernel for this")

    monkeypatch.setattr(student.model, "forward", fail)
    with pytest.raises(
        OptionError, match=r"its model fails on a batch of several examples \(RuntimeError: no kernel for this\)"
    ):
        check(student)


@pytest.mark.parametrize("family", ["gpt2", "t5"])
def test_a_model_that_decodes_otherwise_is_refused(
    family: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Steps that see a cache give other logits, and no other way of decoding gives those of one pass either."""
    student = load_student(str(folder_of(family, tmp_path)))
    forward = type(student.model).forward

    def other(self: Any, *args: Any, **named: Any) -> Any:
        output = forward(self, *args, **named)
        if not named.get("use_cache", True) and len(named.get("input_ids", ())) < 2 and family != "t5":
            return output
        output["logits"] = output.logits.flip(-1) if named.get("use_cache") or family != "t5" else output.logits
        return output

    monkeypatch.setattr(type(student.model), "forward", other)
    views = [view for index in range(3) for view in dataset(student)[0, index]]
    from smallsteps.training.decoding_check import check_decoding

    with pytest.raises(OptionError, match="decodes other tokens than one forward pass predicts"):
        check_decoding(student, views)


def test_the_check_sees_what_training_sees(tmp_path: Path) -> None:
    """Several questions, several rationales of one, the longest view that fits, nothing that does not."""
    student = load_student(str(folder_of("gpt2", tmp_path)))
    most = sorted(len(view.tokens) for group in map(dataset(student).__getitem__, [(0, i) for i in range(8)])
                  for view in group)[-4]  # fmt: skip
    groups = preparation._groups(dataset(student, max_length=most))
    sample = sample_for_check(groups)
    lengths = [len(view.tokens) for group in sample for view in group]
    assert len(sample) == 3 and max(len(group) for group in sample) > 1
    assert max(lengths) == most == max(len(view.tokens) for group in groups for view in group)
    one = TrainingDataset(RECORDS, make_method("scotd", {}), "main", student.tokenizer, student.template, seed=0)
    drawn: list[list[EncodedView]] = preparation._groups(one)
    assert len({view.tokens.tobytes() for group in drawn for view in group}) > len(RECORDS)  # epochs draw others


def test_the_model_is_left_as_it_was(tmp_path: Path) -> None:
    student = load_student(str(folder_of("gpt2", tmp_path)))
    student.model.train()
    before, state = [one.clone() for one in student.model.parameters()], torch.get_rng_state()
    check(student)
    assert student.model.training and torch.equal(state, torch.get_rng_state())
    assert all(one.grad is None and torch.equal(one, other) for one, other in
               zip(student.model.parameters(), before, strict=True))  # fmt: skip


def test_a_check_is_kept_by_model_tokenizer_and_method(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMALLSTEPS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(check_cache, "SMALL", 0)
    runs: list[int] = []
    compared = preparation.check_layouts
    monkeypatch.setattr(preparation, "check_layouts", lambda *a, **b: runs.append(1) or compared(*a, **b))
    folder = str(folder_of("gpt2", tmp_path / "gpt2"))
    first, again = check(load_student(folder)), check(load_student(folder))
    assert first == again and len(runs) == 1
    student = load_student(folder)
    checked(student, make_method("scotd", {"draw": "one"}), dataset(student))
    assert len(runs) == 2
    with torch.no_grad():
        student.model.transformer.h[0].mlp.c_fc.weight += 0.1
    check(student)
    assert len(runs) == 3
    student.add_tokens(["<new>"])
    check(student)
    assert len(runs) == 4
    for file in (tmp_path / "cache" / "self-checks").iterdir():
        file.write_text("{", encoding="utf-8")  # cut off
    check(load_student(folder))
    check(load_student(folder))
    assert len(runs) == 5


def test_a_tiny_student_leaves_nothing_in_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMALLSTEPS_CACHE", str(tmp_path / "cache"))
    check(load_student("tiny-decoder", RECORDS))
    assert not (tmp_path / "cache").exists()


def test_a_leak_is_0_where_nothing_is_seen(tmp_path: Path) -> None:
    student = load_student(str(folder_of("llama", tmp_path)))
    groups = [dataset(student)[0, index] for index in (1, 2)]
    assert leak(student, groups, "forest") == leak(student, groups, "padded") == 0


@pytest.mark.parametrize("layout", ["forest", "padded"])
def test_the_same_example_twice_is_no_leak(layout: Any, tmp_path: Path) -> None:
    """A question may be drawn alike in two epochs: one and the same example then stands in two groups."""
    student = load_student(str(folder_of("gpt2", tmp_path)))
    views = dataset(student)[0, 2]
    assert leak(student, [views[:1], views, views[:1]], layout) == 0
