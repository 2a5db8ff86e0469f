"""A folder of `train` belongs to one training: the same goes on or begins anew, another is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

import smallsteps as st
from model_types import RECORDS
from models import folder_of
from smallsteps.errors import OptionError
from smallsteps.records import write_records

SETTINGS = {"max_steps": 2, "per_device_train_batch_size": 4, "validation": 0, "logging_steps": 1}
STUDENT = {"name": "tiny-decoder", "width": 16, "layers": 1, "heads": 2}


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("other", ["seed", "setting", "corpus", "method", "student", "budget"])
def test_another_training_is_refused_and_changes_nothing(other: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    st.train_student(STUDENT, "cot", RECORDS, **SETTINGS, output_dir=out)
    before, changed = files(out), dict(SETTINGS)
    changed |= {"seed": {"seed": 1}, "setting": {"learning_rate": 1e-3}, "budget": {"max_steps": 3}}.get(other, {})
    with pytest.raises(OptionError, match=r"a training with other settings is here; choose another folder, or delete"):
        st.train_student(
            "tiny-decoder" if other == "student" else STUDENT,
            "scotd" if other == "method" else "cot",
            RECORDS[1:] if other == "corpus" else RECORDS,
            **changed,
            output_dir=out,
        )
    assert files(out) == before


def test_the_same_training_begins_anew_when_it_has_finished(tmp_path: Path) -> None:
    write_records(tmp_path / "corpus.jsonl", RECORDS)
    for corpus in (RECORDS, tmp_path / "corpus.jsonl"):  # the same questions, wherever they come from
        st.train_student(STUDENT, "cot", corpus, **SETTINGS, output_dir=tmp_path / "out")
        log = tmp_path / "out" / "training" / "main" / "log.jsonl"
        assert len(log.read_text().splitlines()) == 2
        assert not list(log.parent.glob("checkpoint-*"))


@pytest.mark.parametrize("change", ["weights", "config"])
def test_another_model_in_the_students_folder_is_another_training(change: str, tmp_path: Path) -> None:
    model = tmp_path / "model"
    folder_of("gpt2", model)
    st.train_student(str(model), "cot", RECORDS, **SETTINGS, output_dir=tmp_path / "out")
    folder_of("gpt2", model, **({"n_layer": 3} if change == "weights" else {"layer_norm_epsilon": 1e-3}))
    with pytest.raises(OptionError, match="a training with other settings is here"):
        st.train_student(str(model), "cot", RECORDS, **SETTINGS, output_dir=tmp_path / "out")
