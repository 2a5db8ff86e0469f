"""Which tokens see which: the forest's rule in the form that each attention implementation takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from smallsteps.engine import attention


def forest_masks(model: Any, exits: Tensor, depth: Tensor) -> Any:
    """The visibility `j <= i < exit[j]` in the form that the model's attention takes, one per attention type.

    Masks [B, 1, T, T] (boolean, or numbers to add for `eager`), the structure itself, or blocks for FlexAttention.
    `exits` and `depth` are [B, T]. In sliding-window layers also `depth[i] - depth[j] < window`.
    """
    config = model.config.get_text_config()
    if config._attn_implementation == attention.NAME:
        return _by_layer_type(config, lambda window: attention.structure(exits, depth, window))
    if config._attn_implementation == attention.FLEX:
        from smallsteps.engine.flex_attention import block_mask

        return _by_layer_type(config, lambda window: block_mask(exits, depth, window))
    seen, additive = visible(exits), config._attn_implementation == "eager"

    def mask(window: int | None) -> Tensor:
        near = seen if window is None else seen & (depth[:, :, None] - depth[:, None, :] < window)
        return _to_add(near, model.dtype)[:, None] if additive else near[:, None]

    return _by_layer_type(config, mask)


def _to_add(seen: Tensor, dtype: torch.dtype) -> Tensor:
    """What eager attention adds to its scores: 0 where a key is seen, the lowest number where it is not."""
    return torch.zeros(seen.shape, dtype=dtype, device=seen.device).masked_fill_(~seen, torch.finfo(dtype).min)


def _by_layer_type(config: Any, mask: Callable[[int | None], Any]) -> Any:
    """One mask, or one per attention type where a model has several; `mask` makes that of a window (None: none)."""
    if not slides(config):
        return mask(None)
    if getattr(config, "layer_types", None) is None:
        return mask(config.sliding_window)
    return {"full_attention": mask(None), "sliding_attention": mask(config.sliding_window)}


def visible(exits: Tensor) -> Tensor:
    """Which places see which, `j <= i < exit[j]`: [B, T, T] for `exits` [B, T]."""
    place = torch.arange(exits.shape[1], device=exits.device)
    visible: Tensor = (place[None, None, :] <= place[:, None]) & (place[:, None] < exits[:, None, :])
    return visible


def slides(config: Any) -> bool:
    """Whether some layers of a model attend within a sliding window only."""
    types = getattr(config, "layer_types", None)
    return getattr(config, "sliding_window", None) is not None and (types is None or "sliding_attention" in types)
