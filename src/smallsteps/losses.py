"""The loss: parts with shares, each a weighted token mean whose denominator spans the whole optimiser step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from smallsteps.batches import EXTRA, Row
from smallsteps.kinds import Kind


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


def part_sums(kind: Kind, model: Any, row: Row, parts: Sequence[str], extra: ExtraLoss | None = None) -> Tensor:
    """Σ w·nll of each part, the extra loss last: [parts + 1], in float64 for float64 logits, else in float32."""
    logits, states = kind.forward(model, row)
    wide = logits if logits.dtype == torch.float64 else logits.float()
    nll = wide.logsumexp(-1)[row.where] - wide[row.where, row.label]
    weighted = nll * row.weight.to(nll.dtype)
    sums = nll.new_zeros(len(parts) + 1).index_add(0, row.part, weighted)
    if extra is None or not len(row.marked):
        return sums + 0 * wide.sum()  # a silenced row still takes part in a collective backward pass
    return sums + torch.cat(
        [sums.new_zeros(len(parts)), extra(states, row.keys).to(sums.dtype).sum()[None]]
    )


class ExtraLoss:
    """A method's extra loss with the vectors that its marks name.

    `bank` [N, D] holds the vectors, `number` the row of each key, `module` the loss's own parameters.
    """

    def __init__(self, method: Any, bank: Tensor, number: Mapping[str, int], module: torch.nn.Module | None) -> None:
        self.method, self.bank, self.number, self.module = method, bank, number, module

    def __call__(self, hidden: Tensor, keys: Sequence[tuple[str, ...]]) -> Tensor:
        """A loss [M] for the hidden states [M, H] of marked places."""
        from smallsteps.method import Marks

        rows = tuple(tuple(self.number[key] for key in names) for names in keys)
        bank = self.bank.to(hidden.device, hidden.dtype)
        targets = torch.stack([bank[list(own)].mean(0) for own in rows])
        loss: Tensor = self.method.extra_loss(hidden, Marks(tuple(keys), targets, bank, rows), self.module)
        return loss
