"""The distance of a student's state from a rationale's vector.

Dimensions: M positions, H width, D vector width, N vectors.

The loss at a position depends on that position and the cached vectors of the corpus, never on the rest of the batch, so
that splitting a step differently changes nothing.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from smallsteps.methods._method import Marks

Distance = Callable[[Tensor, Marks, int, float, int], Tensor]


def projection(width: int, vector_width: int, trained: bool) -> torch.nn.Linear:
    """W [D, H]: the identity if the widths agree, otherwise orthonormal rows (columns if D > H), always the same."""
    linear = torch.nn.Linear(width, vector_width, bias=False)
    with torch.no_grad():
        if width == vector_width:
            linear.weight.copy_(torch.eye(width))
        else:
            torch.nn.init.orthogonal_(linear.weight, generator=torch.Generator().manual_seed(0))
    return linear.requires_grad_(trained)


def semantic_loss(
    name: str,
    hidden: Tensor,
    marks: Marks,
    module: torch.nn.Module | None,
    negatives: int,
    temperature: float,
    seed: int,
) -> Tensor:
    """The loss [M] of final states `hidden` [M, H] against the vectors that their marks name, by the distance `name`.

    W and the distance work in float32 at least. `negatives`, `temperature` and `seed` are those of `infonce`.
    """
    wide = hidden if hidden.dtype == torch.float64 else hidden.float()
    projected = wide if module is None else F.linear(wide, next(module.parameters()).to(wide.dtype))
    return DISTANCES[name](projected, marks, negatives, temperature, seed)


def _cosine(projected: Tensor, marks: Marks, negatives: int, temperature: float, seed: int) -> Tensor:
    """1 − cos(W h, g)."""
    return 1 - F.cosine_similarity(projected, marks.targets.to(projected.dtype), dim=-1)


def _squared(projected: Tensor, marks: Marks, negatives: int, temperature: float, seed: int) -> Tensor:
    """The mean over the coordinates of (W h − g)²."""
    return (projected - marks.targets.to(projected.dtype)).square().mean(-1)


def _infonce(projected: Tensor, marks: Marks, negatives: int, temperature: float, seed: int) -> Tensor:
    """−log of the share of g among g and the negatives: softmax of cos(W h, ·) / temperature (InfoNCE, 1807.03748)."""
    drawn = torch.tensor([_draw(marks, place, negatives, seed) for place in range(len(marks.rows))])
    others = marks.bank[drawn.to(marks.bank.device)].to(projected.dtype)
    candidates = torch.cat([marks.targets.to(projected.dtype)[:, None], others], dim=1)
    logits = F.cosine_similarity(projected[:, None], candidates, dim=-1) / temperature
    return -logits.log_softmax(-1)[:, 0]


def _draw(marks: Marks, place: int, count: int, seed: int) -> list[int]:
    """Rows of the bank other than the position's own, drawn by seed and keys alone; with repeats in a tiny bank."""
    own = set(marks.rows[place])
    total = len(marks.bank)
    digest = hashlib.sha256("\x1f".join((str(seed), *marks.keys[place])).encode()).digest()
    draw = random.Random(digest)
    if total - len(own) < count:
        return draw.choices([row for row in range(total) if row not in own] or [0], k=count)
    drawn = (row for row in draw.sample(range(total), min(total, count + len(own))) if row not in own)
    return [row for row, _ in zip(drawn, range(count), strict=False)]


DISTANCES: dict[str, Distance] = {"cosine": _cosine, "mse": _squared, "infonce": _infonce}
