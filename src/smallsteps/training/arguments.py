"""Settings of `transformers.TrainingArguments`: which ones our loop heeds, and their values by type.

YAML reads `5e-5` as text, and a setting that nothing reads is worse than one that is refused.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from smallsteps.errors import OptionError, suggestion

BUDGET = "set the budget: steps, epochs or tokens (smallsteps train --steps, --epochs, --tokens)"
OUT = "name the folder with --out"
SEED = "set the seed: seeds in a study, --seed for smallsteps train"
OURS = "it is what smallsteps does itself; leave it out"
SELECT = "choose the checkpoint with training.select: best or last"
HUB = "upload the finished student folder with smallsteps push"
NOWHERE = "the training loop of smallsteps does not use it; leave it out"
RENAMED = {
    "max_steps": BUDGET,
    "num_train_epochs": BUDGET,
    "output_dir": OUT,
    "resume_from_checkpoint": "the same command resumes by itself; leave it out",
    "seed": SEED,
    "data_seed": SEED,
    "full_determinism": NOWHERE,
    "eval_strategy": "set how often with training.evaluations",
    "eval_steps": "set how often with training.evaluations",
    "eval_delay": "set how often with training.evaluations",
    "load_best_model_at_end": SELECT,
    "metric_for_best_model": SELECT,
    "greater_is_better": SELECT,
    "save_total_limit": "keep every checkpoint with training.checkpoints: all",
    "auto_find_batch_size": "bound a forward pass with training.pass_tokens",
    "torch_empty_cache_steps": NOWHERE,
    "bf16_full_eval": NOWHERE,
    "fp16_full_eval": NOWHERE,
    "use_liger_kernel": "it replaces the loss that smallsteps computes itself; leave it out",
    "liger_kernel_config": NOWHERE,
    "label_smoothing_factor": NOWHERE,
    "average_tokens_across_devices": OURS,
    "remove_unused_columns": OURS,
    "logging_nan_inf_filter": OURS,
    "include_num_input_tokens_seen": OURS,
    "disable_tqdm": OURS,
    "ignore_data_skip": OURS,
    "use_cache": OURS,
    "train_sampling_strategy": OURS,
    "dataloader_drop_last": OURS,
    **dict.fromkeys(
        ("label_names", "length_column_name", "prediction_loss_only", "eval_do_concat_batches",
         "eval_use_gather_object", "eval_accumulation_steps", "include_for_metrics", "batch_eval_metrics",
         "do_train", "do_eval", "do_predict", "local_rank", "enable_jit_checkpoint", "skip_memory_metrics"),
        NOWHERE,
    ),
    **dict.fromkeys(
        ("push_to_hub", "hub_token", "hub_private_repo", "hub_model_id", "hub_strategy", "hub_always_push",
         "hub_revision"), HUB,
    ),
}  # fmt: skip
"""Settings that would change nothing, each with the way out."""
AT_LEAST = {
    "per_device_train_batch_size": 1,
    "per_device_eval_batch_size": 1,
    "gradient_accumulation_steps": 1,
    "learning_rate": 0,
    "weight_decay": 0,
    "warmup_steps": 0,
    "max_grad_norm": 0,
    "adam_epsilon": 0,
    "logging_steps": 0,
    "save_steps": 0,
    "dataloader_num_workers": 0,
}


def coerced(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of transformers with their values by type.

    Raises OptionError for a setting that the loop does not heed, a value of another type and one out of range.
    """
    hints = argument_types()
    found = {}
    for name, value in arguments.items():
        if name in RENAMED:
            raise OptionError(f"training.{name}: {RENAMED[name]}")
        found[name] = _in_range(name, coerce(f"training.{name}", value, hints[name]))
    return found


@cache
def argument_types() -> dict[str, Any]:
    """The type of every argument of the installed transformers."""
    from transformers import TrainingArguments

    hints = get_type_hints(TrainingArguments)
    return {name: hints[name] for name in TrainingArguments.__dataclass_fields__}


def coerce(where: str, value: Any, hint: Any) -> Any:
    """A value as the type that a field has. Raises OptionError where it cannot be one."""
    kinds = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    if value is None and type(None) in kinds:
        return None
    enum = next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Enum)), None)
    if enum is not None:
        return _member(where, value, enum)
    if any(_fits(value, kind) for kind in kinds):
        return value
    for kind in (int, float, bool):
        if kind in kinds:
            return _number(where, value, kind)
    expected = " or ".join(getattr(kind, "__name__", str(kind)) for kind in kinds if kind is not type(None))
    raise OptionError(f"{where} = {value!r}; expected {expected}")


def _fits(value: Any, kind: Any) -> bool:
    kind = get_origin(kind) or kind
    return kind is Any or (isinstance(kind, type) and type(value) is kind)


def _member(where: str, value: Any, enum: type[Enum]) -> str:
    known = [str(one.value) for one in enum]
    text = str(value.value if isinstance(value, Enum) else value)
    if text not in known:
        raise OptionError(f"{where} = {text!r}; {suggestion(text, known)}")
    return text


def _number(where: str, value: Any, kind: type) -> Any:
    if kind is bool:
        known = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False}
        if str(value).lower() in known:
            return known[str(value).lower()]
        raise OptionError(f"{where} = {value!r}; expected true or false")
    try:
        if isinstance(value, bool | list | dict):
            raise ValueError
        number = float(value)
        if kind is int and number != int(number):
            raise ValueError
        return kind(number)
    except (TypeError, ValueError, OverflowError):
        raise OptionError(f"{where} = {value!r}; expected {'a whole number' if kind is int else 'a number'}") from None


def _in_range(name: str, value: Any) -> Any:
    least = AT_LEAST.get(name)
    if least is not None and value is not None and not value >= least:
        raise OptionError(f"training.{name} = {value}; it is at least {least}")
    return value
