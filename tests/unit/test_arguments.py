"""Training settings: values by type, what the loop does not heed refused by name, before anything is loaded."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from transformers import TrainingArguments

from model_types import RECORDS
from smallsteps.engine.pretrained import LoadingOptions
from smallsteps.engine.student import load_student
from smallsteps.errors import OptionError
from smallsteps.methods import make_method
from smallsteps.training.arguments import RENAMED
from smallsteps.training.settings import Budget, Training
from smallsteps.training.train import train


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("learning_rate", "5e-5", 5e-5),
        ("weight_decay", "1E-2", 1e-2),
        ("adam_epsilon", "1e-9", 1e-9),
        ("gradient_accumulation_steps", "2", 2),
        ("gradient_accumulation_steps", 2.0, 2),
        ("max_grad_norm", 1, 1.0),
        ("bf16", "true", True),
        ("bf16", 0, False),
        ("lr_scheduler_type", "cosine", "cosine"),
        ("neftune_noise_alpha", "5", 5.0),
        ("neftune_noise_alpha", None, None),
        ("lr_scheduler_kwargs", {"num_cycles": 2}, {"num_cycles": 2}),
    ],
)
def test_values_take_the_type_of_the_argument(name: str, value: Any, expected: Any) -> None:
    found = Training.of({name: value}).arguments[name]
    assert found == expected and type(found) is type(expected)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"learning_rate": "fast"}, "training.learning_rate = 'fast'; expected a number"),
        ({"learning_rate": [1]}, r"training.learning_rate = \[1\]; expected a number"),
        ({"learning_rate": -1}, "training.learning_rate = -1.0; it is at least 0"),
        ({"learning_rate": math.nan}, "training.learning_rate = nan; it is at least 0"),
        ({"per_device_train_batch_size": 0}, "training.per_device_train_batch_size = 0; it is at least 1"),
        ({"per_device_eval_batch_size": 0}, "training.per_device_eval_batch_size = 0; it is at least 1"),
        ({"gradient_accumulation_steps": 0}, "it is at least 1"),
        ({"gradient_accumulation_steps": 1.5}, "expected a whole number"),
        ({"bf16": "perhaps"}, "training.bf16 = 'perhaps'; expected true or false"),
        ({"optim": "adam"}, "training.optim = 'adam'; .*known: .*adamw_torch"),
        ({"lr_scheduler_type": "linaer"}, "did you mean 'linear'"),
        ({"evaluations": "often"}, "training.evaluations = 'often'; expected a whole number"),
        ({"evaluations": -1}, "training.evaluations = -1; it is at least 0"),
        ({"row_tokens": 0}, "training.row_tokens = 0; it is at least 1"),
        ({"max_length": "long"}, "training.max_length = 'long'"),
    ],
)
def test_values_that_do_not_fit(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(OptionError, match=sentence):
        Training.of(settings)


@pytest.mark.parametrize(
    ("name", "way_out"),
    [
        ("max_steps", "budget"), ("num_train_epochs", "budget"), ("output_dir", "--out"), ("seed", "--seed"),
        ("label_smoothing_factor", "does not use it"), ("load_best_model_at_end", "training.select"),
        ("push_to_hub", "smallsteps push"), ("eval_strategy", "training.evaluations"),
        ("auto_find_batch_size", "training.pass_tokens"), ("use_liger_kernel", "leave it out"),
    ],
)  # fmt: skip
def test_what_the_loop_does_not_heed_is_refused_with_the_way_out(name: str, way_out: str) -> None:
    with pytest.raises(OptionError, match=rf"^training\.{name}: .*{way_out}"):
        Training.of({name: 1})


def test_refused_settings_exist() -> None:
    assert set(RENAMED) <= set(TrainingArguments.__dataclass_fields__)


@pytest.mark.parametrize(
    ("budget", "expected"), [({"steps": "3e2"}, 300), ({"epochs": "2.5"}, 2.5), ({"tokens": 1000.0}, 1000)]
)
def test_budgets_are_numbers(budget: dict[str, Any], expected: float) -> None:
    assert getattr(Budget.of(budget), next(iter(budget))) == expected


@pytest.mark.parametrize("value", ["1e999", math.inf, "many", 2.5, True])
def test_budgets_that_are_no_whole_number(value: Any) -> None:
    with pytest.raises(OptionError, match=r"budget\.steps = .*; expected a whole number"):
        Budget.of({"steps": value})


@pytest.mark.parametrize("settings", [{"optim": "lomo"}, {"optim": "adamw_bnb_8bit"}, {"report_to": "wandb"}])
def test_a_missing_package_is_a_sentence(settings: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"^training.*(nstall|available)") as caught:
        train(load_student("tiny-decoder", RECORDS), make_method("cot"), "main", RECORDS, [], budget=Budget(steps=1),
              training=Training.of(settings), seed=0, folder=tmp_path)  # fmt: skip
    assert "\n" not in str(caught.value)


def test_dtypes_by_name() -> None:
    assert LoadingOptions("bfloat16").dtype == "bfloat16"
    for wrong in ("bf16", "Tensor", "nn", ""):
        with pytest.raises(OptionError, match=rf"^dtype = '{wrong}'; .*known: .*bfloat16"):
            LoadingOptions(wrong)


def test_a_study_reads_5e_5(tmp_path: Path) -> None:
    import yaml

    assert yaml.safe_load("learning_rate: 5e-5") == {"learning_rate": "5e-5"}  # why values are coerced
    train(load_student("tiny-decoder", RECORDS), make_method("cot"), "main", RECORDS, [], budget=Budget(steps=2),
          training=Training.of({"learning_rate": "5e-5", "lr_scheduler_type": "constant", "logging_steps": 1}), seed=0,
          folder=tmp_path)  # fmt: skip
    assert json.loads((tmp_path / "log.jsonl").read_text().splitlines()[0])["learning_rate"] == 5e-5
