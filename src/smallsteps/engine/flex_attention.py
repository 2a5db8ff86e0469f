"""The forest's mask for FlexAttention, the kernel that skips the blocks that a mask hides (CUDA)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.attention.flex_attention import BlockMask, create_block_mask

MaskMod = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]


def visibility(exits: Tensor, depth: Tensor, window: int | None = None) -> MaskMod:
    """The rule `j <= i < exit[j]`, in sliding-window layers also `depth[i] - depth[j] < window`, as a `mask_mod`.

    `exits` and `depth` are [B, T].
    """

    def visible(line: Tensor, head: Tensor, query: Tensor, key: Tensor) -> Tensor:
        seen: Tensor = (key <= query) & (query < exits[line, key])
        return seen if window is None else seen & (depth[line, query] - depth[line, key] < window)

    return visible


def block_mask(exits: Tensor, depth: Tensor, window: int | None = None) -> BlockMask:
    """The rule in blocks of 128 by 128 tokens, without those where nothing is visible.

    All pairs are in memory for a moment, a byte each: 64 MiB for a row of 8 192 tokens. That is cheap next to a
    compilation for each shape of row.
    """
    lines, width = exits.shape
    with torch.no_grad():
        return create_block_mask(visibility(exits, depth, window), lines, None, width, width, device=exits.device)
