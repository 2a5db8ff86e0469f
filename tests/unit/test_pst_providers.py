"""What a study makes for pst: vectors once, cached by content, their cost charged to every arm that uses them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from smallsteps.engine.student import Student, load_student
from smallsteps.errors import UnknownNameError
from smallsteps.methods import Vectors, vector_key
from smallsteps.records import Rationale, Record
from smallsteps.study import requirements
from smallsteps.study.arms import Arm, study_arms
from smallsteps.study.requirements import NeedsContext, needed_arms, provide
from smallsteps.study.run import initial_student
from smallsteps.study.sources import Parts
from smallsteps.study.spec import check_study


def records(prefix: str, numbers: range) -> list[Record]:
    return [
        Record(
            f"{prefix}{n}", "word_problems", f"{prefix} {n} and {n}?", str(2 * n),
            rationales=tuple(Rationale(text, str(2 * n), True) for text in (f"{n} + {n} = {2 * n}.", f"Twice {n}.")),
        )
        for n in numbers
    ]  # fmt: skip


PARTS = Parts(records("train", range(2, 8)), records("held", range(12, 14)), records("test", range(3)), ())


def arm(seed: int = 0, **options: Any) -> Arm:
    raw = {
        "name": "x",
        "task": "word_problems",
        "corpus": {"train": "a", "test": "b"},
        "students": [{"name": "tiny-decoder", "width": 16, "layers": 1, "heads": 2}],
        "methods": [{"name": "pst", **options}],
        "seeds": [seed],
        "budget": {"steps": 1},
    }
    (only,) = study_arms(check_study(raw), raw)
    return only


def context(folder: Path, **seconds: float) -> NeedsContext:
    return NeedsContext(folder / "cache", seconds, folder / "arms")


def test_training_and_validation_rationales_all_have_a_vector(tmp_path: Path) -> None:
    provided = provide(arm(target="lsa"), PARTS, context(tmp_path))
    expected = {
        vector_key(record.id, one.text) for record in (*PARTS.train, *PARTS.validation) for one in record.rationales
    }
    assert set(provided.vectors) == expected
    assert provided.train == PARTS.train and provided.validation == PARTS.validation


def test_made_once_and_charged_to_every_arm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = provide(arm(target="lsa"), PARTS, context(tmp_path))
    monkeypatch.setattr(requirements, "lsa_vectors", None)  # would fail if it were called again
    second = provide(arm(seed=1, target="lsa", weight=0.1), PARTS, context(tmp_path))
    assert second.seconds == first.seconds > 0
    assert all(np.array_equal(first.vectors[key], second.vectors[key]) for key in first.vectors)
    assert len(list((tmp_path / "cache").iterdir())) == 2


def test_another_corpus_target_student_or_shuffle_makes_others(tmp_path: Path) -> None:
    shop = context(tmp_path)
    other = replace(PARTS, train=PARTS.train[:-1])
    wanted = [
        (arm(target="lsa"), PARTS),
        (arm(target="lsa"), other),
        (arm(target="frozen"), PARTS),
        (arm(target="frozen", seed=1), PARTS),
        (arm(target="lsa", shuffled=True), PARTS),
        (arm(target="lsa", shuffled=True, seed=1), PARTS),
    ]
    made = [provide(one, parts, shop).vectors for one, parts in wanted]
    key = vector_key("train2", "2 + 2 = 4.")
    assert len({found[key].tobytes() for found in made}) == len(made)
    assert len(list((tmp_path / "cache").glob("*.safetensors"))) == len(made)


def test_frozen_reads_the_student_as_it_is_before_training(tmp_path: Path) -> None:
    from smallsteps.training.semantic_vectors import pooled_vectors
    from smallsteps.training.vectors import rationale_vectors

    one = arm(target="frozen")
    everything = [*PARTS.train, *PARTS.validation]
    student = initial_student(one, one.build(), everything)
    expected = rationale_vectors(everything, lambda texts: pooled_vectors(student, texts))
    found = provide(one, PARTS, context(tmp_path)).vectors
    assert all(found[key] == pytest.approx(vector, abs=1e-6) for key, vector in expected.items())


def test_arm_takes_the_finished_cot_student_and_pays_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = arm(target="arm")
    (needed,) = needed_arms(one)
    assert (needed.method, needed.auxiliary, needed.seed) == ("cot", True, one.seed)
    asked: list[Path] = []

    def load(folder: Path, **_: object) -> tuple[None, dict[str, Student], str]:
        asked.append(folder)
        return None, {"main": load_student("tiny-decoder", PARTS.train, seed=5, size=one.student.size)}, "word_problems"

    monkeypatch.setattr("smallsteps.decoding.answering.load_trained", load)
    provided = provide(one, PARTS, context(tmp_path, **{needed.name: 41.5}))
    assert asked == [tmp_path / "arms" / needed.name]
    assert provided.seconds > 41.5 and next(iter(provided.vectors.values())).shape == (16,)


def test_an_unknown_target_is_answered_with_a_guess(tmp_path: Path) -> None:
    one = arm(target="lsa")
    with pytest.raises(UnknownNameError, match="unknown target 'lsq'; did you mean 'lsa'"):
        requirements._embedding(Vectors("lsq"), one, PARTS.train, context(tmp_path))
