"""The token forest: all views of a question as one trie of tokens, tries packed into rows.

A row is a forest in depth-first order. Token j is visible to token i iff `j <= i < exit[j]`; that one line is
causality, the separation of branches and packing without cross-contamination. A token's nll is that of the token given
the hidden state of its parent, so that every distinct token is computed once, whatever the number of views.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from smallsteps.engine.tokens import EncodedView
from smallsteps.errors import InputError

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
COMFORT = 192  # tokens; shorter rows save no attention worth the padding


@dataclass(frozen=True)
class Forest:
    """Tries in depth-first order.

    Per token, [T]: `token` id, `depth` (its position id), `exit` (one past the end of its subtree), `parent` (-1 for a
    root). Supervision, [S]: `predicted` (token index), `part` (index), `weight`; the weights of views that predict
    the same token at the same place in the same part are added up. Marks, [M]: `marked` (token index) with `keys`.
    """

    token: Ints
    depth: Ints
    exit: Ints
    parent: Ints
    predicted: Ints
    part: Ints
    weight: Floats
    marked: Ints
    keys: tuple[tuple[str, ...], ...]

    def __len__(self) -> int:
        return len(self.token)


def build_forest(groups: Iterable[Sequence[EncodedView]], parts: Sequence[str]) -> Forest:
    """One row that holds a trie for each group of views. Views of different groups share nothing."""
    tries = [_trie(_sorted(group), parts) for group in groups]
    starts = np.cumsum([0, *(len(trie) for trie in tries)])
    shifted = list(zip(tries, starts[:-1], strict=True))
    return Forest(
        token=np.concatenate([trie.token for trie in tries]),
        depth=np.concatenate([trie.depth for trie in tries]),
        exit=np.concatenate([trie.exit + start for trie, start in shifted]),
        parent=np.concatenate([np.where(trie.parent < 0, -1, trie.parent + start) for trie, start in shifted]),
        predicted=np.concatenate([trie.predicted + start for trie, start in shifted]),
        part=np.concatenate([trie.part for trie in tries]),
        weight=np.concatenate([trie.weight for trie in tries]),
        marked=np.concatenate([trie.marked + start for trie, start in shifted]),
        keys=tuple(key for trie in tries for key in trie.keys),
    )


@dataclass
class Pass:
    """One forward pass under way: rows of `width` tokens at most, each a list of groups, and the room left in each."""

    width: int
    rows: list[list[list[EncodedView]]]
    room: list[int]


def pack(
    groups: Iterable[Sequence[EncodedView]], row_tokens: int, pass_tokens: int, sparse_attention: bool = False
) -> list[list[list[list[EncodedView]]]]:
    """Distribute groups over passes of rows; a group of more distinct tokens than a row holds is split by branch.

    A pass has as many rows as fit into `pass_tokens`. With dense masks attention costs the square of a row, so a row
    holds `row_tokens` at most and is only as long as the largest group in its pass (or `COMFORT`), and smaller groups
    fill what is left of it. With `sparse_attention` a row costs what it holds, and a pass is one row without padding.
    Raises InputError for a view of more than `row_tokens`, naming its record and the ways out.
    """
    most = max(pass_tokens, row_tokens) if sparse_attention else row_tokens
    comfort = most if sparse_attention else min(COMFORT, row_tokens)
    pieces = [piece for group in groups for piece in _split(_sorted(group), row_tokens, most)]
    pieces.sort(key=lambda piece: -piece[0])
    passes: list[Pass] = []
    for size, views in pieces:  # first fit, the largest first
        if not (passes and _placed(passes[-1], size, views, pass_tokens)):
            width = max(size, comfort)
            passes.append(Pass(width, [[views]], [width - size]))
    return [one.rows for one in passes]


def _placed(under_way: Pass, size: int, views: list[EncodedView], pass_tokens: int) -> bool:
    place = next((index for index, free in enumerate(under_way.room) if free >= size), None)
    if place is not None:
        under_way.rows[place].append(views)
        under_way.room[place] -= size
        return True
    if (len(under_way.rows) + 1) * under_way.width > pass_tokens:
        return False
    under_way.rows.append([views])
    under_way.room.append(under_way.width - size)
    return True


def distinct_tokens(views: Sequence[EncodedView]) -> int:
    """The number of nodes of a group's trie."""
    ordered = _sorted(views)
    shared = _shared_openings(ordered)
    return sum(len(view.tokens) - common for view, common in zip(ordered, shared, strict=True))


def _split(ordered: list[EncodedView], row_tokens: int, most: int) -> list[tuple[int, list[EncodedView]]]:
    """Pieces of a group of at most `most` distinct tokens each, with their sizes."""
    pieces: list[tuple[int, list[EncodedView]]] = []
    shared = _shared_openings(ordered)
    for view, common in zip(ordered, shared, strict=True):
        length = len(view.tokens)
        if length > row_tokens:
            raise InputError(
                f"record '{view.record_id}': a view of part '{view.part}' has {length} tokens and a row holds "
                f"{row_tokens}; raise training.row_tokens or leave the record out with training.max_length"
            )
        if pieces and pieces[-1][0] + length - common <= most:
            size, views = pieces[-1]
            pieces[-1] = (size + length - common, [*views, view])
        else:
            pieces.append((length, [view]))
    return pieces


def _sorted(views: Sequence[EncodedView]) -> list[EncodedView]:
    """Views in the order of their tokens (big-endian bytes sort like the numbers)."""
    if len(views) == 1:
        return list(views)
    return sorted(views, key=lambda view: view.tokens.astype(">i4").tobytes())


def _shared_openings(ordered: Sequence[EncodedView]) -> list[int]:
    """For each view the number of leading tokens that it shares with the one before."""
    return [0, *(_common(a.tokens, b.tokens) for a, b in pairwise(ordered))]


def _common(a: NDArray[np.int32], b: NDArray[np.int32]) -> int:
    shorter = min(len(a), len(b))
    differs = np.flatnonzero(a[:shorter] != b[:shorter])
    return int(differs[0]) if len(differs) else shorter


def _trie(ordered: Sequence[EncodedView], parts: Sequence[str]) -> Forest:
    number = {part: index for index, part in enumerate(parts)}
    shared = _shared_openings(ordered)
    size = sum(len(view.tokens) - common for view, common in zip(ordered, shared, strict=True))
    token, depth = np.empty(size, np.int64), np.empty(size, np.int64)
    leave, parent = np.full(size, size, np.int64), np.empty(size, np.int64)
    path, start = np.empty(0, np.int64), 0
    predicted, part, weight, marked, keys = [], [], [], [], []
    for view, common in zip(ordered, shared, strict=True):
        leave[path[common:]] = start
        fresh = np.arange(start, start + len(view.tokens) - common)
        token[fresh] = view.tokens[common:]
        depth[fresh] = np.arange(common, len(view.tokens))
        parent[fresh] = fresh - 1
        if len(fresh):
            parent[start] = path[common - 1] if common else -1
        path = np.concatenate([path[:common], fresh])
        learnt = np.flatnonzero(view.weights)
        predicted.append(path[learnt])
        part.append(np.full(len(learnt), number[view.part]))
        weight.append(view.weights[learnt].astype(np.float64))
        marked += [int(path[index]) for index, _ in view.marks]
        keys += [names for _, names in view.marks]
        start += len(fresh)
    merged = _merge(np.concatenate(predicted), np.concatenate(part), np.concatenate(weight), len(parts))
    return Forest(token, depth, leave, parent, *merged, np.asarray(marked, np.int64), tuple(keys))


def _merge(predicted: Ints, part: Ints, weight: Floats, parts: int) -> tuple[Ints, Ints, Floats]:
    """Add up the weights of equal (token, part) pairs."""
    place, inverse = np.unique(predicted * parts + part, return_inverse=True)
    summed = np.bincount(inverse, weights=weight, minlength=len(place)).astype(np.float64)
    return (place // parts).astype(np.int64), (place % parts).astype(np.int64), summed
