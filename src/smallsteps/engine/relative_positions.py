"""Relative positions along a trie: a decoder that learns a bias for each distance (T5) counts distances by depth."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor


def counts_relatively(model: Any) -> bool:
    """Whether a model's decoder knows positions by relative distances alone."""
    return bool(_biased(model))


@contextmanager
def by_depth(model: Any, depth: Tensor) -> Iterator[None]:
    """While it lasts, the decoder's distance between places i and j is depth[i] - depth[j], with `depth` [L, W].

    Right for places of which one lies on the other's path in the trie; no others may see each other.
    """
    apart = depth[:, :, None] - depth[:, None, :]
    modules = _biased(model)
    for module in modules:
        module.compute_bias = _Bias(module.compute_bias, apart)
    try:
        yield
    finally:
        for module in modules:
            del module.compute_bias  # the class's own stands behind it


def _biased(model: Any) -> list[Any]:
    found = [
        module for module in model.get_decoder().modules() if getattr(module, "has_relative_attention_bias", False)
    ]
    return [module for module in found if hasattr(module, "compute_bias")]


class _Bias:
    """Stands in for a module's `compute_bias`: biases [L, H, W, W] by the distance between depths."""

    def __init__(self, compute: Any, apart: Tensor) -> None:
        self.compute, self.apart = compute, apart

    def __call__(self, length: int, *_: Any, **__: Any) -> Tensor:
        last = self.compute(length, length)[0, :, -1]  # biases [H, W] of the last place towards every place
        distance = self.apart.clamp(0, length - 1)
        return torch.stack([row.flip(0)[distance] for row in last], dim=1)
