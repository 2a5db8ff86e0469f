"""Validation losses: the loss of training on held-out questions, and the same per token for every kind of view."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from smallsteps.engine.batches import Collator, Row
from smallsteps.engine.tokens import EncodedView
from smallsteps.training.losses import Mix

Groups = Sequence[Sequence[EncodedView]]
Sums = Callable[[Row, Sequence[str]], Tensor]


@dataclass(frozen=True)
class PartsByKind:
    """Loss parts split by the kind of their views: for each pair that occurs a name, its part and its kind."""

    names: tuple[str, ...]
    parts: tuple[int, ...]
    kinds: tuple[str, ...]

    @classmethod
    def of(cls, groups: Groups, mix: Mix) -> PartsByKind:
        """The pairs that occur in some groups of views."""
        pairs = sorted({(mix.parts.index(view.part), view.kind) for group in groups for view in group})
        names = tuple(_name(mix.parts[part], kind) for part, kind in pairs)
        return cls(names, tuple(part for part, _ in pairs), tuple(kind for _, kind in pairs))

    def joined(self, values: Tensor, mix: Mix) -> Tensor:
        """Values by kind as values by part, both with those of the extra loss last."""
        owner = torch.tensor([*self.parts, len(mix.parts)])
        return values.new_zeros(len(mix.parts) + 1).index_add(0, owner, values)


def validation_losses(
    groups: Groups, questions: int, size: int, collator: Collator, mix: Mix, sums: Sums
) -> Mapping[str, float]:
    """The `loss` on held-out groups of views, in the shares and denominators of training, `size` groups at a time.

    Beside it `loss_KIND`, the mean over the tokens of each kind of view, where a method names kinds; and
    `nats_per_question`, Σ w·nll over all held-out `questions`, those without a view included: it compares methods
    that cut the same rationales differently, and adds up over the paths of one. `sums` gives the [parts + 1] sums of
    a row whose parts are the names given.
    """
    by_kind = PartsByKind.of(groups, mix)
    fine = replace(collator, parts=by_kind.names)
    total = weights = torch.zeros(len(by_kind.names) + 1, dtype=torch.float64)
    for start in range(0, len(groups), size):
        batch = fine([_named_by_kind(group) for group in groups[start : start + size]])
        weights = weights + batch.weights
        for row in batch.rows:
            total = total + sums(row, by_kind.names).cpu().double()
    found = {"loss": float(mix.total(by_kind.joined(total, mix), by_kind.joined(weights, mix)))}
    for kind in sorted(set(by_kind.kinds) - {""}):
        places = [index for index, one in enumerate(by_kind.kinds) if one == kind]
        found[f"loss_{kind}"] = float(total[places].sum() / weights[places].sum())
    return found | {"nats_per_question": float(total[:-1].sum()) / questions}


def _named_by_kind(group: Sequence[EncodedView]) -> list[EncodedView]:
    return [replace(view, part=_name(view.part, view.kind)) if view.kind else view for view in group]


def _name(part: str, kind: str) -> str:
    return f"{part}:{kind}" if kind else part
