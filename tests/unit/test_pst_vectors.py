"""Vectors of rationales: centred whatever the batching, kept on disk, shuffled for the control."""

from __future__ import annotations

import sys
import types
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from smallsteps.engine.student import Student, load_student
from smallsteps.engine.tiny import TinySize
from smallsteps.errors import InputError, OptionError
from smallsteps.methods import vector_key
from smallsteps.records import Rationale, Record
from smallsteps.training import semantic_vectors
from smallsteps.training.semantic_vectors import pooled_vectors
from smallsteps.training.vectors import (
    centred,
    lsa_vectors,
    rationale_vectors,
    read_vectors,
    sentence_vectors,
    shuffled_vectors,
    write_vectors,
)


def record(number: int, *texts: str) -> Record:
    return Record(f"q{number}", "word_problems", f"Question {number}?", "1", rationales=tuple(map(Rationale, texts)))


RECORDS = [
    record(0, "One apple and two pears.", "Short."),
    record(1, "Three boats sail to the far island and come back again."),
    record(2, "Ten take away two leaves eight.", "Eight are left.", "Short."),
    record(3),
]
COUNT = 6


@pytest.fixture(scope="module", params=["tiny-decoder", "tiny-encdec"])
def student(request: pytest.FixtureRequest) -> Student:
    return load_student(request.param, RECORDS, seed=1, size=TinySize(width=16, layers=1, heads=2, positions=64))


def lengths(texts: list[str] | tuple[str, ...]) -> np.ndarray:
    return np.array([[len(text), text.count(" ")] for text in texts], float)


def test_vectors_are_centred_over_distinct_texts_and_share_one_scale() -> None:
    found = rationale_vectors(RECORDS, lengths)
    assert set(found) == {vector_key(r.id, one.text) for r in RECORDS for one in r.rationales} and len(found) == COUNT
    assert np.array_equal(found[vector_key("q0", "Short.")], found[vector_key("q2", "Short.")])
    distinct = np.unique(np.stack(list(found.values())), axis=0)
    assert distinct.mean(0) == pytest.approx([0, 0], abs=1e-6)
    assert float(np.square(distinct).mean()) == pytest.approx(1, rel=1e-6)


def test_centring_survives_a_huge_common_offset() -> None:
    small = np.array([[1.0, 2.0], [3.0, -1.0], [0.5, 0.0]])
    assert centred(small + 1e4) == pytest.approx(centred(small), abs=1e-6)
    assert not centred(np.ones((3, 2))).any(), "vectors without any difference stay 0"


def test_pooled_states_do_not_depend_on_the_batch(student: Student, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [one.text for r in RECORDS for one in r.rationales]
    together = rationale_vectors(RECORDS, lambda some: pooled_vectors(student, some))
    monkeypatch.setattr(semantic_vectors, "BATCH_TOKENS", 1)
    alone = rationale_vectors(RECORDS, lambda some: pooled_vectors(student, some))
    for key, vector in together.items():
        assert vector == pytest.approx(alone[key], abs=1e-4)
    backwards = pooled_vectors(student, texts[::-1])[::-1]
    assert backwards == pytest.approx(pooled_vectors(student, texts), abs=1e-5)


def test_pooled_states_are_the_mean_over_the_texts_own_tokens(student: Student) -> None:
    import torch

    text = RECORDS[1].rationales[0].text
    ids = student.tokenizer(text, add_special_tokens=False)["input_ids"]
    with torch.no_grad():
        model = student.model.get_encoder() if student.template.split else student.model.base_model
        states = model(input_ids=torch.tensor([ids])).last_hidden_state[0]
    assert pooled_vectors(student, ["Short.", text])[1] == pytest.approx(states.mean(0).numpy(), abs=1e-5)
    assert np.isfinite(pooled_vectors(student, ["", "x " * 500])).all(), "no token, and more than the positions allow"


def test_lsa_tells_texts_by_their_words() -> None:
    texts = ["red apple red", "red apple apple", "blue boat", "blue boat boat", "blue boat sails"]
    found = lsa_vectors(texts, 2)
    unit = found / np.linalg.norm(found, axis=1, keepdims=True)
    assert unit[0] @ unit[1] > 0.9 and abs(unit[0] @ unit[2]) < 0.1 and unit[2] @ unit[3] > 0.9
    assert lsa_vectors(texts, 64).shape == (5, 4)


def test_shuffling_gives_every_question_another_ones_vectors() -> None:
    found = rationale_vectors(RECORDS, lengths)
    shuffled = shuffled_vectors(RECORDS, found, seed=0)
    owner = {vector.tobytes(): key.partition("#")[0] for key, vector in found.items() if "Short" not in key}
    lent = {key.partition("#")[0]: owner.get(vector.tobytes()) for key, vector in shuffled.items()}
    assert set(shuffled) == set(found)
    assert all(own != other for own, other in lent.items())
    assert Counter(map(bytes, found.values())).keys() >= Counter(map(bytes, shuffled.values())).keys()
    assert any(
        not np.array_equal(shuffled[key], shuffled_vectors(RECORDS, found, seed)[key])
        for seed in (1, 2, 3)
        for key in found
    )


def test_too_little_is_refused() -> None:
    with pytest.raises(InputError, match="at least 2 different rationales, the corpus has 1"):
        rationale_vectors([record(0, "a"), record(1, "a")], lengths)
    with pytest.raises(InputError, match="at least 2 questions with rationales"):
        shuffled_vectors(RECORDS[:1], {}, 0)


def test_files_keep_vectors_by_key(tmp_path: Path) -> None:
    found = rationale_vectors(RECORDS, lengths)
    write_vectors(tmp_path / "cache" / "v.safetensors", found)
    again = read_vectors(tmp_path / "cache" / "v.safetensors")
    assert list(again) == list(found) and all(np.array_equal(again[key], found[key]) for key in found)
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["v.safetensors"]


def test_a_missing_sentence_transformers_package_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(OptionError, match=r"sentence-transformers is not installed; add it with pip install") as caught:
        sentence_vectors(["a", "b"])
    assert "take the target lsa" in str(caught.value)


def test_a_sentence_transformer_that_is_not_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    package = types.ModuleType("sentence_transformers")

    def refuse(name: str) -> None:
        raise OSError(f"{name} is not a local folder\nand more lines")

    package.SentenceTransformer = refuse  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sentence_transformers", package)
    with pytest.raises(
        OptionError, match=r"target = 'sentence-transformer:nobody/none' cannot be loaded \(nobody/none"
    ) as caught:
        sentence_vectors(["a", "b"], "nobody/none")
    assert "\n" not in str(caught.value)


def test_a_sentence_transformer_encodes_every_text(monkeypatch: pytest.MonkeyPatch) -> None:
    package = types.ModuleType("sentence_transformers")

    class Encoder:
        def __init__(self, name: str) -> None:
            self.name = name

        def encode(self, texts: list[str], show_progress_bar: bool) -> np.ndarray:
            return np.array([[len(text), len(self.name)] for text in texts])

    package.SentenceTransformer = Encoder  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sentence_transformers", package)
    assert sentence_vectors(["a", "bcd"], "own").tolist() == [[1, 3], [3, 3]]
