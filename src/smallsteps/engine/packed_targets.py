"""Packed rows for encoder-decoder students: the targets of a source as a trie of tokens, cut into lines.

A source is encoded once; its keys and values for the decoder are computed once a line, and what targets share at their
beginning is decoded once, where the layout `shared` does both for every target anew. Only for students whose decoder
counts positions relatively (T5), for places are then counted along the trie (`relative`). Who uses this compares with
the layout `shared` first. Dimensions: N targets, C their longest, L lines, W places of the longest line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from smallsteps.engine.batches import Row
from smallsteps.engine.tokens import EncodedView

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
COMFORT = 96  # places of a line: longer ones save no more of the source's keys and values than attention costs


def packed_rows(
    groups: Sequence[Sequence[EncodedView]], start: int, pass_tokens: int
) -> Iterator[tuple[Row, list[str]]]:
    """Rows of about `pass_tokens` tokens with the parts of their views; all views of a group have one source."""
    for lines in _passes(groups, pass_tokens):
        parts = [view.part for line in lines for view in line]
        yield packed_row(lines, parts, start), parts


def packed_row(lines: Sequence[Sequence[EncodedView]], parts: Sequence[str], start: int) -> Row:
    """Lines of targets, each of one source and opened by `start`; targets that begin alike share their places.

    Beside the sources, `reads` [L, W] is what the decoder reads, `depth` [L, W] how many tokens of its target a place
    has before it, `exit` [L, W] one past the last place of the line that sees it: i sees j iff j <= i < exit[j].
    """
    tries = [_trie(line) for line in lines]
    width = max(trie.size for trie in tries)
    reads, depth = np.zeros((len(lines), width), np.int64), np.zeros((len(lines), width), np.int64)
    for line, trie in enumerate(tries):
        reads[line, : trie.size] = np.where(trie.depth > 0, trie.token, start)
        depth[line, : trie.size] = trie.depth
    sources = {line[0].source.tobytes(): line[0].source for line in lines}
    order = {key: index for index, key in enumerate(sources)}
    source, mask = _padded(list(sources.values()))
    views = [view for line in lines for view in line]
    learnt = [view.weights > 0 for view in views]
    places = np.concatenate([trie.places + line * width for line, trie in enumerate(tries)])
    keep, where = np.unique(places[np.concatenate(learnt)], return_inverse=True)
    number = {part: index for index, part in enumerate(parts)}
    part = np.repeat([number[view.part] for view in views], [int(some.sum()) for some in learnt])
    tensors = {
        "source_ids": source,
        "source_mask": mask,
        "source_of": np.asarray([order[line[0].source.tobytes()] for line in lines]),
        "reads": reads,
        "depth": depth,
        "exit": _exits(depth, np.asarray([trie.size for trie in tries])),
        "keep": keep,
        "size": np.asarray(source.size + reads.size),
    }
    return Row(
        "shared",
        {name: torch.from_numpy(array) for name, array in tensors.items()},
        where=torch.from_numpy(where),
        label=_joined([view.tokens[some] for view, some in zip(views, learnt, strict=True)], np.int64),
        part=torch.from_numpy(part.astype(np.int64)),
        weight=_joined([view.weights[some] for view, some in zip(views, learnt, strict=True)], np.float64),
        marked=torch.zeros(0, dtype=torch.int64),
    )


@dataclass(frozen=True)
class _Trie:
    """The places of a line in depth-first order. `token` [size] stands before a place, which predicts the next one.

    `places` holds the place that predicts each token of each target, one target after another.
    """

    token: Ints
    depth: Ints
    places: Ints

    @property
    def size(self) -> int:
        return len(self.token)


def _trie(line: Sequence[EncodedView]) -> _Trie:
    tokens, mask = _padded([view.tokens for view in line])
    before = np.concatenate([np.zeros((len(line), 1), np.int64), tokens[:, :-1]], axis=1)
    fresh = mask.astype(bool)
    fresh[1:] &= ~_shared(tokens, mask)
    number = np.where(fresh, np.cumsum(fresh).reshape(fresh.shape) - 1, -1)
    places = np.maximum.accumulate(number, axis=0)  # a shared place is the last fresh one of its column
    return _Trie(before[fresh], np.nonzero(fresh)[1], places[mask.astype(bool)])


def _shared(tokens: Ints, mask: Ints) -> Flags:
    """Which places [N - 1, C] of all targets but the first also stand in the target before: those of equal beginnings.

    A place c has read the tokens before c, so that it is shared where these are equal in both.
    """
    equal = np.cumprod(tokens[1:] == tokens[:-1], axis=1).astype(bool)
    opening = np.ones((len(equal), 1), bool)
    found: Flags = np.concatenate([opening, equal[:, :-1]], axis=1) & (mask[1:] * mask[:-1]).astype(bool)
    return found


def _exits(depth: Ints, sizes: Ints) -> Ints:
    """One past the last place that sees each place [L, W]: the next one that lies no deeper, or the line's end.

    A padded place sees itself alone and is seen by no other.
    """
    place = np.arange(depth.shape[1])
    later = (place > place[:, None]) & (depth[:, None, :] <= depth[:, :, None])
    later |= place >= sizes[:, None, None]
    later &= place > place[:, None]
    exits: Ints = np.where(later.any(-1), later.argmax(-1), depth.shape[1])
    return np.where(place < sizes[:, None], exits, place + 1)


def _passes(groups: Sequence[Sequence[EncodedView]], pass_tokens: int) -> Iterator[list[list[EncodedView]]]:
    """The lines of whole questions, as many as fit into a pass with their padding; a question of many is cut."""
    chunk: list[list[EncodedView]] = []
    sources: set[bytes] = set()
    source = width = 0
    for group in sorted(groups, key=lambda views: len(views[0].source)):
        for size, line in _lines(group):
            sources.add(line[0].source.tobytes())
            source, width = max(source, len(line[0].source)), max(width, size)
            if chunk and source * len(sources) + width * (len(chunk) + 1) > pass_tokens:
                yield chunk
                chunk, sources, source, width = [], {line[0].source.tobytes()}, len(line[0].source), size
            chunk.append(line)
    if chunk:
        yield chunk


def _lines(group: Sequence[EncodedView]) -> Iterator[tuple[int, list[EncodedView]]]:
    """The targets of a source in the order of their tokens, in lines of about `COMFORT` places, with their sizes."""
    ordered = sorted(group, key=lambda view: view.tokens.astype(">i4").tobytes())
    tokens, mask = _padded([view.tokens for view in ordered])
    lengths = mask.sum(1)
    shared = [0, *_shared(tokens, mask).sum(1).tolist()] if len(ordered) > 1 else [0]
    most = max(COMFORT, int(lengths.max()))
    line: list[EncodedView] = []
    size = 0
    for view, length, common in zip(ordered, lengths.tolist(), shared, strict=True):
        if line and size + length - common > most:
            yield size, line
            line, size = [], 0
        size += length - common if line else length
        line.append(view)
    yield size, line


def _padded(sequences: Sequence[NDArray[np.int32]]) -> tuple[Ints, Ints]:
    width = max(map(len, sequences))
    ids, mask = np.zeros((len(sequences), width), np.int64), np.zeros((len(sequences), width), np.int64)
    for line, sequence in enumerate(sequences):
        ids[line, : len(sequence)], mask[line, : len(sequence)] = sequence, 1
    return ids, mask


def _joined(arrays: Sequence[NDArray[np.generic]], kind: type[np.generic]) -> torch.Tensor:
    return torch.from_numpy(np.concatenate(arrays).astype(kind))
