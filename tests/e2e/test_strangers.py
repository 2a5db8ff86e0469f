"""Every method trains, saves, loads and answers with models and tokenizers that strangers bring."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from models import folder_of
from smallsteps.decoding.answering import answer_questions, load_trained
from smallsteps.decoding.settings import Decoding
from smallsteps.engine.student import card_of, load_student
from smallsteps.methods import METHODS, make_method
from smallsteps.records import Rationale, Record
from smallsteps.training.settings import Budget, Training
from smallsteps.training.train import train

RECORDS = [
    Record(
        f"r{number}", "word_problems", f"Tom has {number} apples and buys 7 more. How many apples does Tom have now?",
        str(number + 7), rationales=(Rationale(f"Tom has {number} + 7 = {number + 7} apples.", str(number + 7), True),),
    )
    for number in range(4)
]  # fmt: skip
TRAINING = Training.of({"learning_rate": 1e-3, "per_device_train_batch_size": 4})
PLAIN = [name for name in METHODS.names() if not make_method(name, {}).needs()]


@pytest.mark.parametrize("family", ["llama", "qwen3", "opt", "gpt2", "t5", "bart"])
def test_a_stranger_is_taught_and_asked(family: str, tmp_path: Path) -> None:
    source = folder_of(family, tmp_path / "source")
    for name in PLAIN:
        method, folder = make_method(name, {}), tmp_path / name
        for path in method.path_names:
            student = load_student(str(source))
            before = torch.cat([parameter.detach().flatten().clone() for parameter in student.model.parameters()])
            done = train(
                student, method, path, RECORDS, [], budget=Budget(steps=1), training=TRAINING, seed=0,
                folder=folder / "training" / path,
            )  # fmt: skip
            assert done.layout == student.architecture.layout
            after = torch.cat([parameter.detach().flatten() for parameter in student.model.parameters()])
            assert not torch.equal(before, after[: len(before)])
            student.save(folder / "student" / path, card_of(name, {}, "word_problems", path))
        loaded, students, task = load_trained(folder)
        assert (loaded, task) == (method, "word_problems")
        answers = answer_questions(loaded, students, RECORDS, Decoding(max_new_tokens=6), "arm")
        assert [answer.id for answer in answers] == [record.id for record in RECORDS]
        assert all(answer.finish in ("eos", "stop", "length") for answer in answers)
