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
    """How much training an arm gets: optimiser `steps`, `epochs` over the questions, or supervised `tokens`."""

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

    batch_unit: what `per_device_train_batch_size` counts. row_tokens: the most tokens of one view or trie (None:
    1 024 on a CPU, 8 192 on a GPU). pass_tokens: the most tokens of one forward pass (None: 2 048 or 16 384).
    max_length: longer views are left out. layout: `auto` or one by name.
    evaluations: how often the validation part is looked at. select: the checkpoint kept, `best` or `last`.
    checkpoints: whether nothing but the `chosen` parameters stays, or those of `all` evaluations as well.
    arguments: of `transformers.TrainingArguments`.
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
