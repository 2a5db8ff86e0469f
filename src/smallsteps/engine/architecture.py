"""What an architecture is: decoder-only or encoder-decoder, one file each; nothing else knows them apart.

An architecture says how a row runs through the model, and how the model is decoded step by step with its cache.
Dimensions: B lines, T tokens of a row, K kept positions, V vocabulary, H width.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from inspect import signature
from typing import Any

import torch
from torch import Tensor

from smallsteps.engine import lm_head as heads
from smallsteps.engine.batches import Layout, Row
from smallsteps.engine.cache import Selection, select
from smallsteps.tensors.device import device_of


@dataclass
class DecodeState:
    """Where the decoding of a batch of lines stands. `positions` [B] counts the tokens that each has read."""

    cache: Any
    mask: Tensor
    positions: Tensor
    extras: dict[str, Tensor] = field(default_factory=dict)


class Architecture(ABC):
    """How rows and decoding steps run through a model."""

    layout: Layout
    split: bool

    @abstractmethod
    def run(self, model: Any, row: Row) -> Tensor:
        """Run a row through a model, which may be wrapped: logits [1, K, V] of what its output head is shown."""

    def forward(self, model: Any, row: Row) -> tuple[Tensor, Tensor]:
        """Logits [K, V] at the row's kept positions, and final states [M, H] at its marked ones.

        `model` may be wrapped (data-parallel, sharded, adapted).
        """
        with heads.narrowed(bare(model), row) as states:
            logits = self.run(model, row)
        return logits[0], states[0]

    def losses(self, model: Any, row: Row) -> tuple[Tensor, Tensor]:
        """The nll [S] of the row's supervised tokens, and final states [M, H] at its marked places.

        The logits of a big vocabulary are never held all at once.
        """
        if not heads.fits(bare(model), row):
            with heads.in_pieces(bare(model), row) as seen:
                logits = self.run(model, row)
            if heads.agrees(bare(model), logits[0], seen[0].sample):
                return seen[0].nll, seen[0].states
        logits, states = self.forward(model, row)
        return heads.token_nll(logits, row.where, row.label), states

    @abstractmethod
    def represent(self, model: Any, sequences: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
        """Final states [B, T, H] over texts, the encoder's where there is one, and the mask [B, T] of real tokens."""

    @abstractmethod
    def begin(self, model: Any, prefixes: Sequence[Sequence[int]]) -> tuple[Tensor, DecodeState]:
        """Read the prefixes: logits [B, V] of the next token, and the state after them."""

    @abstractmethod
    def step(self, model: Any, state: DecodeState, tokens: Tensor, alive: Tensor | None = None) -> Tensor:
        """Read one more token a line, `tokens` [B]: logits [B, V] of the next. The state moves on in place.

        Lines that are not `alive` [B] wait: they read nothing and take no position; ignore their logits.
        """

    @abstractmethod
    def resumes(self, model: Any) -> bool:
        """Whether a state can read more of a prefix after tokens were generated on it (`extend`)."""

    def extend(self, model: Any, state: DecodeState, tokens: Sequence[Sequence[int]]) -> Tensor:
        """Read at least one more token of every line's prefix in one pass: logits [B, V] of the next.

        Only for an architecture that `resumes`. The state moves on in place.
        """
        raise NotImplementedError(f"{type(self).__name__} re-reads the whole prefix")

    @abstractmethod
    def room(self, model: Any) -> int | None:
        """How many tokens of one sequence the model's positions allow, None where they do not end."""

    def select(self, state: DecodeState, rows: list[int]) -> None:
        """Go on with some lines, by index; the others leave the batch. A line that is named twice is copied.

        Cheapest where few lines change places, see `finished_last`.
        """
        selection = Selection.of(rows, state.mask.device)
        select(state.cache, selection)
        state.mask, state.positions = state.mask[selection.keep], state.positions[selection.keep]
        state.extras = {name: selection.of_lines(tensor) for name, tensor in state.extras.items()}


def bare(model: Any) -> Any:
    """The Hugging Face model inside its wrappers."""
    while hasattr(model, "module"):
        model = model.module
    return model


def padded(model: Any, sequences: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Sequences as ids and mask [B, T], padded at the right, on the model's device."""
    device, width = device_of(model), max(map(len, sequences))
    ids = [[*sequence, *[0] * (width - len(sequence))] for sequence in sequences]
    mask = [[1] * len(sequence) + [0] * (width - len(sequence)) for sequence in sequences]
    return torch.tensor(ids, device=device), torch.tensor(mask, device=device)


def cache_argument(model: Any) -> str:
    """What a model calls its cache, coming and going: `cache` since transformers 5.24, `past_key_values` before it."""
    return _cache_word_of(type(bare(model)).forward)


@cache
def _cache_word_of(forward: Callable[..., Any]) -> str:
    return "cache" if "cache" in signature(forward).parameters else "past_key_values"
