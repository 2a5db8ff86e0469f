"""Attention along the forest: each branch of a trie looks at its own ancestors and itself, and at nothing else.

A dense mask makes every token of a row look at all others and throws most of it away. Here the order is cut into
branches (`branches.py`): the unbranched beginning of a trie runs through a plain causal kernel, the rest under small
masks. This is registered with transformers as an attention implementation of its own; without a forest it is `sdpa`.
Dimensions: B lines, T tokens of a line, N = B * T, H heads, D width of a head, S branches, Q queries, K keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.weak import WeakTensorKeyDictionary

from smallsteps.engine.branches import Ints, as_lines, branches, grouped

NAME = "smallsteps_forest"
FLEX = "flex_attention"
SPARSE = (NAME, FLEX)  # these spend nothing on what a forest hides


@dataclass(frozen=True)
class Block:
    """Stretches that one call of the kernel computes together.

    `mask` [S, 1, Q, K] is added to the scores; None stands for plain causal attention of each branch to itself.
    """

    branches: int
    queries: int
    keys: int
    mask: Tensor | None


@dataclass(frozen=True)
class Plan:
    """The blocks of a pass, one behind the other.

    `queries` [Σ S·Q] and `keys` [Σ S·K] are flat token indices, padded with 0. `place` [N] says where among the
    queries each token stands.
    """

    blocks: tuple[Block, ...]
    queries: Tensor
    keys: Tensor
    place: Tensor

    @property
    def one_chain(self) -> bool:
        """Whether the pass is a single unbranched row."""
        return len(self.blocks) == 1 and self.blocks[0].mask is None and self.blocks[0].branches == 1


def choices(model: Any) -> tuple[str, ...]:
    """The attention implementations for a forest, the fastest on the model's device first; the model's own is the last.

    Only a model that uses `sdpa` is switched: whoever chose another implementation has a reason.
    """
    own = str(model.config.get_text_config()._attn_implementation)
    if own not in (NAME, "sdpa") or not model._can_set_attn_implementation():
        return (own,)
    on_gpu = next(model.parameters()).device.type == "cuda"
    return (*((FLEX,) if on_gpu else ()), NAME, "sdpa")


def use(model: Any, name: str) -> None:
    """Switch a model to one of its `choices`."""
    from transformers.masking_utils import AttentionMaskInterface, sdpa_mask
    from transformers.modeling_utils import AttentionInterface

    if name == NAME:
        AttentionInterface.register(NAME, forest_attention)
        AttentionMaskInterface.register(NAME, sdpa_mask)  # generation and padded rows bring ordinary masks
    if model.config.get_text_config()._attn_implementation != name:
        model.set_attn_implementation(name)


def skips_hidden(model: Any) -> bool:
    """Whether the model's attention spends nothing on what a forest hides, so that rows may be long."""
    return model.config.get_text_config()._attn_implementation in SPARSE


def structure(exits: Tensor, depth: Tensor, window: int | None = None) -> Tensor:
    """What `forest_attention` takes in place of a mask: [B, 1, 3, T] of exits, depths and the window (0: none).

    `exits` and `depth` are [B, T]. Integers in four dimensions: models hand such a tensor through untouched.
    """
    return torch.stack([exits, depth, torch.full_like(exits, window or 0)], dim=1)[:, None]


def forest_attention(
    module: torch.nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    **kwargs: Any,
) -> tuple[Tensor, Tensor | None]:
    """Attention [B, T, H, D] of a forest that `structure` describes; with any other mask, `sdpa` as it is.

    `query` is [B, H, T, D], `key` and `value` may have fewer heads. Raises ValueError for what only other kernels know.
    """
    if attention_mask is None or attention_mask.dtype != torch.int64:
        from transformers.integrations.sdpa_attention import sdpa_attention_forward

        plain: tuple[Tensor, None] = sdpa_attention_forward(
            module, query, key, value, attention_mask, dropout=dropout, scaling=scaling, **kwargs
        )
        return plain
    unknown = [name for name in ("softcap", "position_bias", "s_aux") if kwargs.get(name) is not None]
    if unknown:
        raise ValueError(f"attention along the forest does not know {unknown[0]}")
    plan, heads = plan_of(attention_mask, query.dtype), query.shape[1]
    if plan.one_chain:  # nothing to gather
        key, value = (one.repeat_interleave(heads // one.shape[1], dim=1) for one in (key, value))
        chain = F.scaled_dot_product_attention(query, key, value, dropout_p=dropout, is_causal=True, scale=scaling)
        return chain.transpose(1, 2), None
    gathered = [
        _gathered(one, index) for one, index in ((query, plan.queries), (key, plan.keys), (value, plan.keys))
    ]  # at once for all blocks: each gathering costs an empty gradient of the whole pass
    looking = torch.split(gathered[0], [block.branches * block.queries for block in plan.blocks])
    seen = [torch.split(one, [block.branches * block.keys for block in plan.blocks]) for one in gathered[1:]]
    found = [
        _attend(block, parts, heads, dropout, scaling)
        for block, *parts in zip(plan.blocks, looking, *seen, strict=True)
    ]
    placed = torch.cat(found).index_select(0, plan.place)
    return placed.view(query.shape[0], query.shape[2], heads, -1), None


def _gathered(heads: Tensor, index: Tensor) -> Tensor:
    """Tokens of [B, heads, T, D] by their flat index: [len(index), heads, D]."""
    flat = heads.transpose(1, 2).flatten(0, 1)
    return flat.flatten(1).index_select(0, index).view(-1, *flat.shape[1:])


def _attend(block: Block, parts: Sequence[Tensor], heads: int, dropout: float, scaling: float | None) -> Tensor:
    """The outputs [S·Q, H·D] of a block, from its queries [S·Q, H, D] and its keys and values [S·K, …, D]."""
    query, key, value = (one.view(block.branches, -1, *one.shape[1:]).transpose(1, 2) for one in parts)
    if key.shape[1] < heads:
        key, value = (one.repeat_interleave(heads // one.shape[1], dim=1) for one in (key, value))
    out = F.scaled_dot_product_attention(
        query, key, value, block.mask, dropout_p=dropout, is_causal=block.mask is None, scale=scaling
    )
    return out.transpose(1, 2).flatten(0, 1).flatten(1)


_plans: WeakTensorKeyDictionary = WeakTensorKeyDictionary()  # every layer of a pass asks for the same one


def plan_of(described: Tensor, dtype: torch.dtype) -> Plan:
    """The plan of a pass that `structure` describes, made once for all layers."""
    plan: Plan | None = _plans.get(described)  # type: ignore[no-untyped-call]
    if plan is None or any(block.mask is not None and block.mask.dtype != dtype for block in plan.blocks):
        lines = described[:, 0].cpu().numpy()
        plan = make_plan(lines[:, 0], lines[:, 1], int(lines[0, 2, 0]), dtype, described.device)
        _plans[described] = plan
    return plan


def make_plan(exits: Ints, depth: Ints, window: int, dtype: torch.dtype, device: torch.device) -> Plan:
    """Cut the forests `exits` and `depth` [B, T] into branches and put these together into blocks."""
    lines, width = exits.shape
    exits = (exits + np.arange(lines)[:, None] * width).ravel()
    depths = depth.ravel()
    blocks, queries, keys = [], [], []
    for chosen in grouped(branches(exits, depths, window)):
        looking = as_lines([np.arange(one.start, one.stop) for one in chosen])
        seen = looking if chosen[0].plain else as_lines([one.seen for one in chosen])
        mask = None if chosen[0].plain else _mask(looking, seen, exits, depths, window, dtype).to(device)
        blocks.append(Block(len(chosen), looking.shape[1], seen.shape[1], mask))
        queries.append(looking.ravel())
        keys.append(seen.ravel())
    looking = np.concatenate(queries)
    place = np.empty(lines * width, np.int64)
    real = np.flatnonzero(looking >= 0)
    place[looking[real]] = real
    indices = (np.maximum(looking, 0), np.maximum(np.concatenate(keys), 0), place)
    return Plan(tuple(blocks), *(torch.from_numpy(index).to(device) for index in indices))


def _mask(looking: Ints, seen: Ints, exits: Ints, depths: Ints, window: int, dtype: torch.dtype) -> Tensor:
    """The visibility `j <= i < exit[j]` of `seen` [S, K] from `looking` [S, Q] as a mask to add: [S, 1, Q, K]."""
    query, key = looking[:, :, None], seen[:, None, :]
    visible = (key >= 0) & (key <= query) & (query < exits[key])
    if window:
        visible &= depths[query] - depths[key] < window
    visible[:, :, 0] |= looking < 0  # a padded query must see something, or its output is no number
    mask = torch.zeros(visible.shape, dtype=dtype).masked_fill_(torch.from_numpy(~visible), -torch.inf)
    return mask[:, None]
