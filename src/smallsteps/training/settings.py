"""How an arm is trained: its budget, our own settings, and those of transformers under their own names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_type_hints

from smallsteps.errors import OptionError, suggestion
from smallsteps.training.arguments import RENAMED, argument_types, coerce, coerced
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
        """A budget from one mapping. Raises OptionError for an unknown unit and a value that is no number."""
        for name in options:
            if name not in cls.__dataclass_fields__:
                raise OptionError(f"budget: unknown key '{name}'; {suggestion(name, cls.__dataclass_fields__)}")
        hints = get_type_hints(cls)
        return cls(**{name: coerce(f"budget.{name}", value, hints[name]) for name, value in options.items()})

    def __post_init__(self) -> None:
        given = [name for name in ("steps", "epochs", "tokens") if getattr(self, name) is not None]
        if len(given) != 1:
            raise OptionError(f"budget: exactly one of steps, epochs and tokens is given, found {given or 'none'}")
        if getattr(self, given[0]) <= 0:
            raise OptionError(f"budget: {given[0]} = {getattr(self, given[0])}; it is above 0")


@dataclass(frozen=True)
class Training:
    """How an arm is trained: our own settings, and everything else under its Hugging Face name in `arguments`.

    batch_unit: what `per_device_train_batch_size` counts: each `question` with all its views, or each `view`.
    row_tokens: the most tokens of a row, a padded view or a trie; none given: 1024 on a CPU, 8192 on a GPU, or the
        longest view where it is longer.
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
        """Training settings from one flat mapping.

        Raises OptionError for an unknown name, a value that does not fit and a setting that the loop does not heed.
        """
        hints = {name: hint for name, hint in get_type_hints(cls).items() if name != "arguments"}
        known = {*hints, *argument_types()} - {*RENAMED}
        for name in options:
            if name not in known and name not in RENAMED:
                raise OptionError(f"training: unknown key '{name}'; {suggestion(name, known).partition(' known:')[0]}")
        ours = {name: _own(name, value, hints[name]) for name, value in options.items() if name in hints}
        return cls(**ours, arguments=coerced({name: value for name, value in options.items() if name not in hints}))

    def __post_init__(self) -> None:
        for name in ("row_tokens", "pass_tokens", "max_length"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise OptionError(f"training.{name} = {value}; it is at least 1")
        if self.evaluations < 0:
            raise OptionError(f"training.evaluations = {self.evaluations}; it is at least 0")


_CHOICES = {
    "batch_unit": ("question", "view"),
    "layout": ("auto", "forest", "padded"),
    "select": ("best", "last"),
    "checkpoints": ("chosen", "all"),
}


def _own(name: str, value: Any, hint: Any) -> Any:
    """The value of one of our own settings. Raises OptionError where it does not fit."""
    if name not in _CHOICES:
        return coerce(f"training.{name}", value, hint)
    *most, last = _CHOICES[name]
    if value not in _CHOICES[name]:
        raise OptionError(f"training.{name} = '{value}'; expected {', '.join(most)} or {last}")
    return value
