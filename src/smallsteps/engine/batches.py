"""Batches: the views of a step's questions as rows of tensors, with the supervision beside them.

Three layouts stand behind one interface. `forest`: tries of tokens, every distinct token once. `padded`: one view a
line, the plain way and the reference. `shared`: for encoder-decoder students, every distinct source once and padded
targets that point to theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch

from smallsteps.engine.forest import Forest, build_forest, distinct_tokens, pack
from smallsteps.engine.tokens import EncodedView
from smallsteps.errors import InputError
from smallsteps.tensors.device import put

Layout = Literal["forest", "padded", "shared"]
EXTRA = "extra"


@dataclass(frozen=True)
class Row:
    """One forward pass.

    `tensors` are what the layout's forward pass reads; `keep` [K] among them says at which flat positions logits are
    computed. Supervision, [S]: `where` (index into the kept logits), `label` (token id), `part` (index), `weight`.
    Marks, [M]: `marked` (index into the flat final states) with `keys`.
    """

    layout: Layout
    tensors: dict[str, torch.Tensor]
    where: torch.Tensor
    label: torch.Tensor
    part: torch.Tensor
    weight: torch.Tensor
    marked: torch.Tensor
    keys: tuple[tuple[str, ...], ...] = ()

    def to(self, device: torch.device) -> Row:
        """The row on a device."""
        moved = {name: put(tensor, device) for name, tensor in self.tensors.items()}
        rest = {name: put(getattr(self, name), device) for name in _SUPERVISION}
        return Row(self.layout, moved, keys=self.keys, **rest)

    def silenced(self) -> Row:
        """The same forward pass with nothing to learn: what a process runs that has no row left."""
        empty = {name: getattr(self, name)[:0] for name in _SUPERVISION}
        return Row(self.layout, self.tensors, **empty)


_SUPERVISION = ("where", "label", "part", "weight", "marked")


@dataclass(frozen=True)
class Batch:
    """The rows of one micro-batch.

    `weights` [parts + 1] sums the supervision's weights by part, the number of marks last. `supervised` and `total`
    count tokens before views were merged, `computed` those that the rows hold.
    """

    rows: tuple[Row, ...]
    weights: torch.Tensor
    record_ids: tuple[str, ...]
    supervised: int = 0
    total: int = 0
    computed: int = 0


@dataclass(frozen=True)
class Collator:
    """Groups of encoded views, one group a question, into a batch.

    `row_tokens` bounds a view, `pass_tokens` all rows of one forward pass together. With `sparse_attention` the model
    attends along the forest, and a pass is one row; otherwise `row_tokens` bounds a row as well.
    """

    layout: Layout
    parts: tuple[str, ...]
    row_tokens: int
    pass_tokens: int
    sparse_attention: bool = False

    def __call__(self, groups: Sequence[Sequence[EncodedView]]) -> Batch:
        """One batch. Raises InputError for a view longer than a row."""
        views = [view for group in groups for view in group]
        if not views:
            raise InputError("a batch without a view; the corpus has no record that the method can teach")
        rows = _BUILDERS[self.layout](groups, self)
        return Batch(
            rows=tuple(rows),
            weights=self._weights(views),
            record_ids=tuple(dict.fromkeys(view.record_id for view in views)),
            supervised=sum(view.supervised for view in views),
            total=sum(len(view.tokens) + len(view.source) for view in views),
            computed=sum(int(row.tensors["size"]) for row in rows),
        )

    def _weights(self, views: Sequence[EncodedView]) -> torch.Tensor:
        sums = torch.zeros(len(self.parts) + 1, dtype=torch.float64)
        for view in views:
            sums[self.parts.index(view.part)] += float(view.weights.sum(dtype=np.float64))
            sums[-1] += len(view.marks)
        return sums


def _forest_rows(groups: Sequence[Sequence[EncodedView]], how: Collator) -> list[Row]:
    passes = pack(groups, how.row_tokens, how.pass_tokens, how.sparse_attention)
    return [forest_row([build_forest(row, how.parts) for row in rows]) for rows in passes]


def forest_row(forests: Sequence[Forest]) -> Row:
    """Forests side by side, padded to the longest; logits only at the distinct parents of supervised tokens.

    A padded place sees itself alone and is seen by no other.
    """
    width = max(map(len, forests))
    token = np.zeros((len(forests), width), np.int64)
    depth = np.zeros_like(token)
    leave = np.broadcast_to(np.arange(1, width + 1), token.shape).copy()
    for line, forest in enumerate(forests):
        token[line, : len(forest)] = forest.token
        depth[line, : len(forest)] = forest.depth
        leave[line, : len(forest)] = forest.exit
    starts = np.arange(len(forests)) * width
    placed = list(zip(forests, starts, strict=True))
    parents = np.concatenate([forest.parent[forest.predicted] + start for forest, start in placed])
    assert all((forest.parent[forest.predicted] >= 0).all() for forest in forests), "nothing predicts a first token"
    keep, where = np.unique(parents, return_inverse=True)
    tensors = {"input_ids": token, "position_ids": depth, "exit": leave, "keep": keep}
    return Row(
        "forest",
        {name: torch.from_numpy(array) for name, array in tensors.items()} | {"size": torch.tensor(token.size)},
        where=torch.from_numpy(where),
        label=torch.from_numpy(np.concatenate([forest.token[forest.predicted] for forest in forests])),
        part=torch.from_numpy(np.concatenate([forest.part for forest in forests])),
        weight=torch.from_numpy(np.concatenate([forest.weight for forest in forests])),
        marked=torch.from_numpy(np.concatenate([forest.marked + start for forest, start in placed])),
        keys=tuple(key for forest in forests for key in forest.keys),
    )


def _padded_rows(groups: Sequence[Sequence[EncodedView]], how: Collator) -> list[Row]:
    views = [view for group in groups for view in group]
    return [padded_row(chunk, how.parts) for chunk in _chunks(views, how)]


def padded_row(views: Sequence[EncodedView], parts: Sequence[str]) -> Row:
    """One view a line, padded at the right."""
    tokens, mask = _pad([view.tokens for view in views])
    lines, columns, supervision = _supervision(views, parts)
    keep, where = np.unique(lines * tokens.shape[1] + columns - 1, return_inverse=True)
    tensors = {
        "input_ids": torch.from_numpy(tokens),
        "attention_mask": torch.from_numpy(mask),
        "keep": torch.from_numpy(keep),
        "size": torch.tensor(tokens.size),
    }
    marked, keys = _marks(views, tokens.shape[1])
    return Row("padded", tensors, torch.from_numpy(where), **supervision, marked=marked, keys=keys)


def _shared_rows(groups: Sequence[Sequence[EncodedView]], how: Collator) -> list[Row]:
    views = [view for group in groups for view in group]
    return [shared_row(chunk, how.parts) for chunk in _chunks(views, how)]


def shared_row(views: Sequence[EncodedView], parts: Sequence[str]) -> Row:
    """Every distinct source once, and padded targets that point to theirs."""
    number: dict[bytes, int] = {}
    sources: list[np.ndarray] = []
    for view in views:
        if view.source.tobytes() not in number:
            number[view.source.tobytes()] = len(sources)
            sources.append(view.source)
    source, source_mask = _pad(sources)
    tokens, _ = _pad([view.tokens for view in views], spare=int(any(view.marks for view in views)))
    lines, columns, supervision = _supervision(views, parts)
    tensors = {
        "source_ids": torch.from_numpy(source),
        "source_mask": torch.from_numpy(source_mask),
        "source_of": torch.tensor([number[view.source.tobytes()] for view in views]),
        "target_ids": torch.from_numpy(tokens),
        "keep": torch.from_numpy(lines * tokens.shape[1] + columns),
        "size": torch.tensor(source.size + tokens.size),
    }
    where = torch.arange(len(lines))
    marked, keys = _marks(views, tokens.shape[1], shift=1)
    return Row("shared", tensors, where, **supervision, marked=marked, keys=keys)


_BUILDERS = {"forest": _forest_rows, "padded": _padded_rows, "shared": _shared_rows}


def _chunks(views: Sequence[EncodedView], how: Collator) -> list[list[EncodedView]]:
    """Views of like length together, each chunk at most `pass_tokens` with its padding."""
    chunks: list[list[EncodedView]] = []
    longest = 0
    order = sorted(views, key=lambda view: (len(view.tokens) + len(view.source), view.source.tobytes()))
    for view in order:
        length = len(view.tokens) + len(view.source)
        if length > how.row_tokens:
            raise InputError(
                f"record '{view.record_id}': a view of part '{view.part}' has {length} tokens and a row holds "
                f"{how.row_tokens}; raise training.row_tokens or leave the record out with training.max_length"
            )
        longest = max(longest, length)
        if chunks and longest * (len(chunks[-1]) + 1) <= how.pass_tokens:
            chunks[-1].append(view)
        else:
            chunks.append([view])
            longest = length
    return chunks


def _pad(sequences: Sequence[np.ndarray], spare: int = 0) -> tuple[np.ndarray, np.ndarray]:
    width = max(len(sequence) for sequence in sequences) + spare
    tokens = np.zeros((len(sequences), width), np.int64)
    mask = np.zeros((len(sequences), width), np.int64)
    for line, sequence in enumerate(sequences):
        tokens[line, : len(sequence)] = sequence
        mask[line, : len(sequence)] = 1
    return tokens, mask


def _supervision(
    views: Sequence[EncodedView], parts: Sequence[str]
) -> tuple[np.ndarray, np.ndarray, dict[str, torch.Tensor]]:
    """Line and column of every supervised token, and its label, part and weight."""
    columns = [np.flatnonzero(view.weights) for view in views]
    lines = np.repeat(np.arange(len(views)), [len(column) for column in columns])
    label = np.concatenate([view.tokens[column] for view, column in zip(views, columns, strict=True)])
    weight = np.concatenate([view.weights[column] for view, column in zip(views, columns, strict=True)])
    part = np.repeat([parts.index(view.part) for view in views], [len(column) for column in columns])
    arrays = {"label": label.astype(np.int64), "part": part.astype(np.int64), "weight": weight.astype(np.float64)}
    return lines, np.concatenate(columns), {name: torch.from_numpy(array) for name, array in arrays.items()}


def _marks(
    views: Sequence[EncodedView], width: int, shift: int = 0
) -> tuple[torch.Tensor, tuple[tuple[str, ...], ...]]:
    """Flat indices of the marked states; a decoder with a start token of its own reads a token one place later."""
    found = [(line * width + index + shift, keys) for line, view in enumerate(views) for index, keys in view.marks]
    marked = torch.tensor([index for index, _ in found], dtype=torch.int64)
    return marked, tuple(keys for _, keys in found)


def shared_ratio(groups: Sequence[Sequence[EncodedView]]) -> float:
    """Total tokens over distinct tokens of groups of views: what the forest saves at best."""
    total = sum(len(view.tokens) for group in groups for view in group)
    return total / max(sum(distinct_tokens(group) for group in groups if group), 1)
