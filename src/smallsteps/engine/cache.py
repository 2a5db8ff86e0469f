"""A key-value cache with room to grow: a new token is written in place instead of copying all earlier ones.

transformers' `DynamicCache` copies all keys and values in every layer at every step, and again when lines leave.
Dimensions: B lines, H key-value heads, T tokens read so far, D width of a head.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers.cache_utils import DynamicCache, DynamicLayer, EncoderDecoderCache

ROOM = 32  # tokens of room at least; an eighth of the length where that is more (wide gaps slow a CPU's kernel down)


class PreallocatedLayer(DynamicLayer):  # type: ignore[misc]
    """One layer's keys and values [B, H, T, D], views of buffers that have room for more tokens."""

    keys: Tensor
    values: Tensor
    _key_buffer: Tensor
    _value_buffer: Tensor

    def __init__(self, keys: Tensor, values: Tensor, room: int = ROOM) -> None:
        super().__init__()
        self.device, self.is_initialized = keys.device, True
        self._allocate(keys, values, room)

    def update(self, key_states: Tensor, value_states: Tensor, *_: Any, **__: Any) -> tuple[Tensor, Tensor]:
        """Write the tokens behind those before them; returns all keys and values."""
        start = self.keys.shape[-2]
        end = start + key_states.shape[-2]
        if end > self._key_buffer.shape[-2]:
            self._allocate(self.keys, self.values, max(ROOM, start // 8, end - start))
        self.keys, self.values = self._key_buffer[:, :, :end], self._value_buffer[:, :, :end]
        self.keys[:, :, start:], self.values[:, :, start:] = key_states, value_states
        return self.keys, self.values

    def select(self, selection: Selection) -> None:
        """Go on with some lines: in place where there are no more than before."""
        if selection.count > self.keys.shape[0]:
            self.batch_select_indices(selection.keep)
            return
        for seen in (self.keys, self.values):
            selection.move(seen)
        self._key_buffer, self._value_buffer = (
            buffer[: selection.count] for buffer in (self._key_buffer, self._value_buffer)
        )
        length = self.keys.shape[-2]
        self.keys, self.values = self._key_buffer[:, :, :length], self._value_buffer[:, :, :length]

    def batch_select_indices(self, indices: Tensor) -> None:
        """Go on with the lines `indices`, in new buffers."""
        self._allocate(self.keys[indices], self.values[indices], ROOM)

    def batch_repeat_interleave(self, repeats: int) -> None:
        """Every line `repeats` times."""
        self._allocate(self.keys.repeat_interleave(repeats, 0), self.values.repeat_interleave(repeats, 0), ROOM)

    def reorder_cache(self, beam_idx: Tensor) -> None:
        """Go on with the lines `beam_idx`."""
        self.batch_select_indices(beam_idx.to(self.keys.device))

    def reset(self) -> None:
        """Forget all tokens, keep the buffers."""
        self.keys, self.values = self._key_buffer[:, :, :0], self._value_buffer[:, :, :0]

    def _allocate(self, keys: Tensor, values: Tensor, room: int) -> None:
        length = keys.shape[-2]
        self._key_buffer, self._value_buffer = (_with_room(one, room) for one in (keys, values))
        self.keys, self.values = self._key_buffer[:, :, :length], self._value_buffer[:, :, :length]


def _with_room(states: Tensor, room: int) -> Tensor:
    lines, heads, length, width = states.shape
    buffer = states.new_zeros(lines, heads, length + room, width)
    buffer[:, :, :length] = states
    return buffer


@dataclass(frozen=True)
class Selection:
    """Which lines go on: `keep` [count]. Only lines that change places (`targets` from `sources`) are copied."""

    keep: Tensor
    count: int
    targets: Tensor
    sources: Tensor

    @classmethod
    def of(cls, rows: list[int], device: torch.device) -> Selection:
        """The selection of `rows`, in this order; a row that stands twice is copied."""
        moved = [(target, source) for target, source in enumerate(rows) if target != source]
        targets, sources = ([pair[side] for pair in moved] for side in (0, 1))
        keep, *places = (torch.tensor(one, dtype=torch.long, device=device) for one in (rows, targets, sources))
        return cls(keep, len(rows), *places)

    def move(self, states: Tensor) -> None:
        """Put the lines that go on into the first `count` places of `states` [B, …], in place."""
        if len(self.targets):
            states[self.targets] = states[self.sources]

    def of_lines(self, states: Tensor) -> Tensor:
        """The lines of `states` [B, …] that go on: a view where no more go on than there were."""
        if self.count > len(states):
            return states[self.keep]
        self.move(states)
        return states[: self.count]


def preallocate(cache: Any) -> None:
    """Give the full-attention layers of a cache room to grow.

    Other layers (sliding windows, recurrent states) and the caches that a model brings itself stay as they are.
    """
    for part, room in _parts(cache):
        part.layers = [
            PreallocatedLayer(layer.keys, layer.values, room) if _is_plain(layer) else layer for layer in part.layers
        ]


def select(cache: Any, selection: Selection) -> None:
    """Go on with some lines of a cache."""
    parts = _parts(cache)
    if not parts:
        cache.batch_select_indices(selection.keep)
    for part, _ in parts:
        for layer in part.layers:
            if isinstance(layer, PreallocatedLayer):
                layer.select(selection)
            else:  # every layer reorders all of its states; selecting leaves recurrent ones out
                layer.reorder_cache(selection.keep)


def _parts(cache: Any) -> tuple[tuple[DynamicCache, int], ...]:
    """The caches of transformers' own kinds inside one, each with its room: cross-attention does not grow."""
    if type(cache) is DynamicCache:
        return ((cache, ROOM),)
    inner = (cache.self_attention_cache, cache.cross_attention_cache) if type(cache) is EncoderDecoderCache else ()
    if inner and all(type(one) is DynamicCache for one in inner):
        return (inner[0], ROOM), (inner[1], 0)
    return ()


def _is_plain(layer: Any) -> bool:
    return type(layer) is DynamicLayer and layer.get_seq_length() > 0
