"""The loss: parts with shares, each a weighted token mean whose denominator spans the whole optimiser step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from smallsteps.engine.architecture import Architecture
from smallsteps.engine.batches import EXTRA, Row
from smallsteps.training.collapse import CollapseMonitor


@dataclass(frozen=True)
class Mix:
    """The loss parts of a method and their shares. The last share is that of the extra loss."""

    parts: tuple[str, ...]
    shares: tuple[float, ...]

    @classmethod
    def of(cls, mix: Mapping[str, float]) -> Mix:
        """The mix of a method: a share for each part, and for `extra` where it has an extra loss."""
        parts = tuple(part for part in mix if part != EXTRA)
        return cls(parts, (*(mix[part] for part in parts), mix.get(EXTRA, 1.0)))

    def total(self, sums: Tensor, weights: Tensor) -> Tensor:
        """Σ_part share · Σ w·nll / Σ w; a part absent from the step contributes 0."""
        shares = torch.tensor(self.shares, dtype=sums.dtype, device=sums.device)
        present = weights > 0
        return (shares * sums / torch.where(present, weights, 1).to(sums.dtype) * present).sum()


def part_sums(kind: Architecture, model: Any, row: Row, parts: Sequence[str], extra: ExtraLoss | None = None) -> Tensor:
    """Σ w·nll of each part, the extra loss last: [parts + 1], in float64 for float64 logits, else in float32."""
    nll, states = kind.losses(model, row)
    weighted = nll * row.weight.to(nll.dtype)
    sums = nll.new_zeros(len(parts) + 1).index_add(0, row.part, weighted)
    if extra is None or not len(row.marked):  # a silenced row still takes part in a collective backward pass
        return sums + 0 * nll.sum() + (extra.idle() if extra is not None else 0)
    return sums + torch.cat([sums.new_zeros(len(parts)), extra(states, row.keys).to(sums.dtype).sum()[None]])


class ExtraLoss:
    """A method's extra loss with the vectors that its marks name, and the guard that watches it.

    `bank` [N, D] holds the vectors, `number` the row of each key, `module` the loss's own parameters.
    """

    def __init__(self, method: Any, bank: Tensor, number: Mapping[str, int], module: torch.nn.Module | None) -> None:
        self.method, self.bank, self.number, self.module = method, bank, number, module
        self.monitor = CollapseMonitor()

    def __call__(self, hidden: Tensor, keys: Sequence[tuple[str, ...]]) -> Tensor:
        """A loss [M] for the hidden states [M, H] of marked places."""
        from smallsteps.methods import Marks

        rows = tuple(tuple(self.number[key] for key in names) for names in keys)
        if self.bank.device != hidden.device:
            self.bank = self.bank.to(hidden.device)  # once: it stays there
        targets = mean_rows(self.bank, rows, torch.promote_types(hidden.dtype, torch.float32))
        self._watch(hidden, targets)
        loss: Tensor = self.method.extra_loss(hidden, Marks(tuple(keys), targets, self.bank, rows), self.module)
        return loss

    def idle(self) -> Tensor | float:
        """Zero, with the loss's own parameters in its graph."""
        own = [] if self.module is None else list(self.module.parameters())
        return sum((0 * parameter.sum() for parameter in own), start=0.0)

    @torch.no_grad()
    def _watch(self, hidden: Tensor, targets: Tensor) -> None:
        if self.module is None or not self.module.training:  # a validation pass is not looked at
            return
        states = self.module(hidden.to(next(self.module.parameters()).dtype))
        if states.shape == targets.shape:
            self.monitor.observe(states, targets)


def mean_rows(bank: Tensor, rows: Sequence[Sequence[int]], dtype: torch.dtype) -> Tensor:
    """The mean [M, D] of each place's own rows of `bank` [N, D]."""
    flat = torch.tensor([row for own in rows for row in own], device=bank.device)
    counts = torch.tensor([len(own) for own in rows], device=bank.device)
    owner = torch.arange(len(rows), device=bank.device).repeat_interleave(counts)
    sums = torch.zeros(len(rows), bank.shape[1], dtype=dtype, device=bank.device)
    return sums.index_add_(0, owner, bank[flat].to(dtype)) / counts[:, None]
