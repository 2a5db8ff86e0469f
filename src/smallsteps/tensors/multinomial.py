"""Sampling tokens by inverse CDF: one uniform number per row, whatever the size of the vocabulary."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

BLOCK = 512  # tokens; a row is summed in blocks, and only the block that holds the draw is accumulated token by token


def draw_tokens(
    logits: Tensor, uniforms: Sequence[float], temperature: float = 1.0, top_p: float | None = None
) -> Tensor:
    """One token [B] per row of `logits` [B, V], drawn from the softmax of logits / temperature.

    `uniforms` are B numbers in [0, 1). A row's token depends on its own logits and its own number alone. With `top_p`
    the draw is restricted to the smallest set of likeliest tokens that holds that share of the probability.
    """
    import torch

    wide = torch.float32 if logits.device.type == "mps" else torch.float64  # MPS has no float64
    share = torch.tensor(list(uniforms), dtype=wide, device=logits.device)[:, None]
    warm = (logits if logits.dtype == wide else logits.float()) / temperature
    if top_p is None or top_p >= 1:
        return _draw(warm.softmax(-1), share)
    ordered, tokens = warm.sort(dim=-1, descending=True)
    likely = ordered.softmax(-1)
    before = likely.cumsum(-1, dtype=wide) - likely
    drawn = _draw(likely.masked_fill(before >= top_p, 0.0), share)
    return tokens.gather(1, drawn[:, None])[:, 0]


def _draw(weights: Tensor, share: Tensor) -> Tensor:
    """For each row of `weights` [B, V] the first place whose cumulated weight exceeds `share` [B, 1] of the total."""
    import torch

    vocabulary = weights.shape[1]
    whole = vocabulary // BLOCK * BLOCK
    sums = weights[:, :whole].reshape(len(weights), whole // BLOCK, BLOCK).sum(-1)
    if whole < vocabulary:
        sums = torch.cat([sums, weights[:, whole:].sum(-1, keepdim=True)], dim=1)
    sums = sums.to(share.dtype)
    cumulated = sums.cumsum(-1)
    target = share * cumulated[:, -1:]
    block = _first_above(cumulated, target)
    places = block * BLOCK + torch.arange(BLOCK, device=weights.device)
    inside = weights.gather(1, places.clamp(max=vocabulary - 1)).masked_fill(places >= vocabulary, 0.0)
    rest = (target - (cumulated - sums).gather(1, block)).clamp(min=0.0)
    return (block * BLOCK + _first_above(inside.cumsum(-1, dtype=share.dtype), rest))[:, 0]


def _first_above(cumulated: Tensor, target: Tensor) -> Tensor:
    """The first place [B, 1] of `cumulated` [B, N] above `target` [B, 1], which rounding may have lifted to the total.

    A place of weight 0 is never the first above anything.
    """
    import torch

    total = cumulated[:, -1:]
    below = torch.minimum(target, torch.nextafter(total, torch.zeros_like(total)))
    return torch.searchsorted(cumulated, below, right=True)
