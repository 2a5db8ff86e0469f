"""Guards of an extra loss that pulls states to vectors: does it still tell one rationale from another?

Such a loss can fall while the states become all alike, or be easy because the vectors are. Three numbers show it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

WINDOW = 256
LEAST = 8
"""Places looked at: the newest `WINDOW` since the last report; fewer than `LEAST` tell nothing."""
FLAT, ALIKE = 1e-3, 0.95
"""A spread of the states below the one, or a mean cosine of the vectors above the other, is a collapse."""


@dataclass(frozen=True)
class Report:
    """How a window of n places looks.

    h_spread: mean squared distance of the states W h from their mean over their mean square; 0: all alike.
    g_cosine: mean cosine of two different vectors g; 1: all point the same way, so that there is nothing to learn.
    retrieval: share of the states whose own g is the nearest by cosine among the n (ties shared); chance is 1/n.
    """

    h_spread: float
    g_cosine: float
    retrieval: float
    places: int

    @property
    def collapsed(self) -> bool:
        """Whether states or vectors are all alike."""
        return self.h_spread < FLAT or self.g_cosine > ALIKE

    @property
    def fields(self) -> dict[str, float]:
        """The numbers as they stand in a training log."""
        return {f"semantic_{name}": round(value, 5) for name, value in asdict(self).items()}

    @property
    def warning(self) -> str:
        """What to say of a collapse, and what to do about it."""
        if self.h_spread < FLAT:
            return (f"warning: the states at the marked places are all alike (spread {self.h_spread:.1e}): they carry "
                    "no meaning; lower method.weight or training.learning_rate, or try distance: infonce")  # fmt: skip
        return (f"warning: the rationales' vectors all point the same way (mean cosine {self.g_cosine:.2f}): there is "
                "nothing to learn from them; take another target")  # fmt: skip


class CollapseMonitor:
    """Watches the places of an extra loss between two lines of the training log."""

    def __init__(self) -> None:
        self._seen: deque[tuple[Tensor, Tensor]] = deque()
        self._before = False
        self._warned = False

    def observe(self, states: Tensor, targets: Tensor) -> None:
        """Remember some places: `states` W h [M, D] and `targets` g [M, D], both without gradient."""
        self._seen.append((states.detach(), targets.detach()))
        while sum(len(targets) for _, targets in self._seen) - len(self._seen[0][1]) >= WINDOW:
            self._seen.popleft()

    def report(self) -> Report | None:
        """What was seen since the last report; None where it is too little."""
        if sum(len(targets) for _, targets in self._seen) < LEAST:
            return None
        states, targets = (torch.cat(parts).float()[-WINDOW:] for parts in zip(*self._seen, strict=True))
        self._seen.clear()
        return measure(states, targets)

    def warns(self, report: Report) -> bool:
        """Whether to warn now: once, at the second collapse in a row (every student begins with states alike)."""
        due = report.collapsed and self._before and not self._warned
        self._before = report.collapsed
        self._warned |= due
        return due


def measure(states: Tensor, targets: Tensor) -> Report:
    """The three numbers of n places: `states` [n, D] and `targets` [n, D]."""
    count = len(targets)
    spread = (states - states.mean(0)).square().sum() / states.square().sum().clamp_min(1e-30)
    unit = F.normalize(targets, dim=-1)
    alike = unit @ unit.T
    pairwise = (alike.sum() - alike.diagonal().sum()) / (count * (count - 1))
    return Report(float(spread), float(pairwise), float(_retrieval(F.normalize(states, dim=-1) @ unit.T)), count)


def _retrieval(scores: Tensor) -> Tensor:
    """The mean over the rows of `scores` [n, n]: 1 over the number of best columns where the own one is among them."""
    best = scores >= scores.max(1, keepdim=True).values - 1e-6
    return (best.diagonal() / best.sum(1)).mean()
