"""How answers are decoded."""

from __future__ import annotations

from dataclasses import dataclass

from smallsteps.errors import InputError
from smallsteps.tensors.device import AUTO


@dataclass(frozen=True)
class Decoding:
    """How answers are generated.

    max_new_tokens: the most tokens of an answer.
    samples: answers per question; more than one are voted on, and take a temperature.
    temperature: 0 is greedy decoding.
    batch_size: samples decoded together.
    seed: random seed of the sampling.
    with_rationale: let a student that answers first write its rationale too, instead of stopping after the answer.
    adaptive_stop: stop sampling a question once the vote among its samples can no longer change.
    device: where students answer, as PyTorch names it (cpu, cuda, cuda:1, mps); auto takes the accelerator, if any.
    """

    max_new_tokens: int = 256
    samples: int = 1
    temperature: float = 0.0
    batch_size: int = 64
    seed: int = 0
    with_rationale: bool = False
    adaptive_stop: bool = False
    device: str = AUTO

    def __post_init__(self) -> None:
        for name, item in self.__dataclass_fields__.items():
            value, kind = getattr(self, name), type(item.default)
            if type(value) is not kind and not (kind is float and type(value) is int):
                noun = {int: "a whole number", float: "a number", bool: "true or false"}[kind]
                raise InputError(f"decoding.{name} = {value!r}: expected {noun}")
        if self.max_new_tokens < 1 or self.samples < 1 or self.batch_size < 1 or self.temperature < 0:
            raise InputError(
                "decoding: max_new_tokens, samples and batch_size are at least 1 and temperature at least 0, found "
                f"{self.max_new_tokens}, {self.samples}, {self.batch_size} and {self.temperature}"
            )
        if self.samples > 1 and self.temperature == 0:
            raise InputError("decoding: several samples at temperature 0 are all the same; set decoding.temperature")
