"""How an arm is trained: its budget, our own settings, and those of transformers under their own names."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from smallsteps.errors import OptionError, suggestion
from smallsteps.training.dataset import BatchUnit


@dataclass(frozen=True)
class Budget:
    """How long a student trains: exactly one of the three.

    steps: optimiser steps.
    epochs: passes over the training questions.
    tokens: supervised tokens, those with a weight in the loss, counted before views are merged.
    """

    steps: int | None = None
    epochs: float | None = None
    tokens: int | None = None

    @classmethod
    def of(cls, options: Mapping[str, float]) -> Budget:
        """A budget from one mapping. Raises OptionError for a unit that does not exist and for more than one."""
        for name in options:
            if name not in cls.__dataclass_fields__:
                raise OptionError(f"budget: unknown key '{name}'; {suggestion(name, cls.__dataclass_fields__)}")
            if not math.isfinite(options[name]):
                raise OptionError(f"budget: {name} = {options[name]}: expected a number above 0")
        steps, epochs, tokens = (options.get(name) for name in ("steps", "epochs", "tokens"))
        return cls(None if steps is None else int(steps), epochs, None if tokens is None else int(tokens))

    def __post_init__(self) -> None:
        given = [name for name in ("steps", "epochs", "tokens") if getattr(self, name) is not None]
        if len(given) != 1:
            raise OptionError(f"budget: exactly one of steps, epochs and tokens is given, found {given or 'none'}")
        if getattr(self, given[0]) <= 0:
            raise OptionError(f"budget: {given[0]} = {getattr(self, given[0])}: expected a number above 0")


@dataclass(frozen=True)
class Training:
    """How an arm is trained: our own settings, and everything else under its Hugging Face name in `arguments`.

    batch_unit: what `per_device_train_batch_size` counts: each `question` with all its views, or each `view`.
    row_tokens: the most tokens of a row, a padded view or a trie; none given: 1024 on a CPU, 8192 on a GPU.
    pass_tokens: the most tokens of one forward pass; none given: 2048 on a CPU, 16384 on a GPU.
    max_length: the most tokens of one view; longer views are left out and counted. None given: the student's positions.
    layout: `forest` shares the common prefixes of views, `padded` does not; `auto` uses the forest where a self-check
        finds it exact on this student.
    evaluations: how often the validation loss is computed.
    select: which checkpoint is kept: the `best` by validation loss, or the `last`.
    checkpoints: whether only the `chosen` checkpoint is kept, or the parameters of `all` evaluations.
    arguments: those of `transformers.TrainingArguments`. In a study they are written flat, next to the settings above.
    """

    batch_unit: BatchUnit = "question"
    row_tokens: int | None = None
    pass_tokens: int | None = None
    max_length: int | None = None
    layout: str = "auto"
    evaluations: int = 4
    select: str = "best"
    checkpoints: str = "chosen"
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Training:
        """Training settings from one flat mapping. Raises OptionError for a name that nobody knows."""
        own = {item for item in cls.__dataclass_fields__ if item != "arguments"}
        known = own | _hugging_face_names()
        for name in options:
            if name not in known:
                raise OptionError(f"training: unknown key '{name}'; {suggestion(name, known).partition(' known:')[0]}")
        ours = {name: value for name, value in options.items() if name in own}
        return cls(**ours, arguments={name: value for name, value in options.items() if name not in own})

    def __post_init__(self) -> None:
        if self.layout not in ("auto", "forest", "padded"):
            raise OptionError(f"training.layout = '{self.layout}'; expected auto, forest or padded")
        if self.select not in ("best", "last"):
            raise OptionError(f"training.select = '{self.select}'; expected best or last")
        if self.checkpoints not in ("chosen", "all"):
            raise OptionError(f"training.checkpoints = '{self.checkpoints}'; expected chosen or all")
        if self.batch_unit not in ("question", "view"):
            raise OptionError(f"training.batch_unit = '{self.batch_unit}'; expected question or view")
        for name, least in (("row_tokens", 1), ("pass_tokens", 1), ("max_length", 1), ("evaluations", 0)):
            value = getattr(self, name)
            if value is not None and (type(value) is not int or value < least):
                raise OptionError(f"training.{name} = {value!r}: expected a whole number of at least {least}")


def _hugging_face_names() -> set[str]:
    from transformers import TrainingArguments

    return set(TrainingArguments.__dataclass_fields__)
