"""Decoding without a cache: every step reads the whole sequence again.

Slow, and right for every model that reads from left to right: for those without a key-value cache, and for those whose
state is disturbed by padding. The self-check chooses it where decoding with a cache gives other logits than one
forward pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from smallsteps.engine.architecture import DecodeState, padded
from smallsteps.engine.batches import Layout
from smallsteps.engine.decoder_only import DecoderOnly, accepted

SEQUENCES = "sequences"


class Uncached(DecoderOnly):
    """A decoder-only model that is asked for each token with all tokens before it."""

    layout: Layout = "padded"

    @torch.no_grad()
    def begin(self, model: Any, prefixes: Sequence[Sequence[int]]) -> tuple[Tensor, DecodeState]:
        """Read the prefixes, padded at the right."""
        ids, mask = padded(model, prefixes)
        state = DecodeState(_NoCache(), mask, mask.sum(-1), {SEQUENCES: ids})
        return self._last(model, state), state

    @torch.no_grad()
    def step(self, model: Any, state: DecodeState, tokens: Tensor, alive: Tensor | None = None) -> Tensor:
        """Write one token after each sequence and read all of it; lines that are not alive stay as they are."""
        reads = torch.ones_like(state.positions) if alive is None else alive.to(state.positions.dtype)
        ids, mask = (_widened(one) for one in (state.extras[SEQUENCES], state.mask))
        lines = torch.arange(len(ids), device=ids.device)
        ids[lines, state.positions] = torch.where(reads > 0, tokens, ids[lines, state.positions])
        mask[lines, state.positions] = reads
        state.extras[SEQUENCES], state.mask, state.positions = ids, mask, state.positions + reads
        return self._last(model, state)

    def resumes(self, model: Any) -> bool:
        """No: there is no state to go on with."""
        return False

    def _last(self, model: Any, state: DecodeState) -> Tensor:
        arguments = {"input_ids": state.extras[SEQUENCES], "attention_mask": state.mask, "use_cache": False}
        logits: Tensor = model(**accepted(model, arguments)).logits
        return logits[torch.arange(len(logits), device=logits.device), state.positions - 1]


class _NoCache:
    """Nothing to select from: the sequences are selected with the rest of the state."""

    def batch_select_indices(self, keep: Any) -> None:
        """Holds no lines."""


def _widened(tensor: Tensor) -> Tensor:
    return torch.cat([tensor, tensor.new_zeros(len(tensor), 1)], dim=1)
