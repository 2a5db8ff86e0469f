"""Packed rows for encoder-decoder students: many targets of a source in one line, each blind to the others.

A source is encoded once, and its keys and values for the decoder are computed once a line, which the layout `shared`
does for every target anew. Only for students whose decoder counts positions relatively (T5): one that counts them
absolutely takes a target in the middle of a line for a late one. Who uses this compares with the layout `shared` first.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from smallsteps.batches import Row
from smallsteps.tokens import EncodedView

GAP = -1
COMFORT = 96  # tokens of a line: longer ones save no more of the source's keys and values than attention costs


def packed_row(views: Sequence[EncodedView], parts: Sequence[str], start: int) -> Row:
    """The targets of each source one after another in lines of about `COMFORT` tokens, each opened by `start`.

    Attention costs the square of a line, and the source's keys and values once a line. Beside the sources, `reads`
    [L, W] is what the decoder reads and `block` [L, W] the target to which a place belongs (`GAP` for padding); a
    place sees the places before it in its own block.
    """
    sources: dict[bytes, np.ndarray] = {view.source.tobytes(): view.source for view in views}
    order = {key: index for index, key in enumerate(sources)}
    lines = _lines(views)
    width = max(sum(len(view.tokens) for view in some) for some in lines)
    reads = np.zeros((len(lines), width), np.int64)
    block = np.full((len(lines), width), GAP, np.int64)
    number = {part: index for index, part in enumerate(parts)}
    where, label, part, weight = [], [], [], []
    for line, some in enumerate(lines):
        place = 0
        for which, view in enumerate(some):
            end = place + len(view.tokens)
            reads[line, place:end] = [start, *view.tokens[:-1]]
            block[line, place:end] = which
            learnt = np.flatnonzero(view.weights)
            where.append(line * width + place + learnt)
            label.append(view.tokens[learnt].astype(np.int64))
            weight.append(view.weights[learnt].astype(np.float64))
            part.append(np.full(len(learnt), number[view.part]))
            place = end
    source, mask = _padded(list(sources.values()))
    source_of = np.asarray([order[some[0].source.tobytes()] for some in lines])
    tensors = {"source_ids": source, "source_mask": mask, "source_of": source_of, "reads": reads, "block": block,
               "keep": np.concatenate(where)}  # fmt: skip
    return Row(
        "shared",
        {name: torch.from_numpy(array) for name, array in tensors.items()}
        | {"size": torch.tensor(source.size + reads.size)},
        where=torch.arange(len(tensors["keep"])),
        label=torch.from_numpy(np.concatenate(label)),
        part=torch.from_numpy(np.concatenate(part)),
        weight=torch.from_numpy(np.concatenate(weight)),
        marked=torch.zeros(0, dtype=torch.int64),
    )


def _lines(views: Sequence[EncodedView]) -> list[list[EncodedView]]:
    """The views of a source together, in as few lines as hold them."""
    lines: list[list[EncodedView]] = []
    longest = max(COMFORT, *(len(view.tokens) for view in views))
    open_lines: dict[bytes, tuple[int, list[EncodedView]]] = {}
    for view in views:
        key = view.source.tobytes()
        size, line = open_lines.get(key, (longest, []))
        if size + len(view.tokens) > longest:
            size, line = 0, []
            lines.append(line)
        line.append(view)
        open_lines[key] = (size + len(view.tokens), line)
    return lines


def _padded(sources: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    width = max(map(len, sources))
    ids, mask = np.zeros((len(sources), width), np.int64), np.zeros((len(sources), width), np.int64)
    for line, source in enumerate(sources):
        ids[line, : len(source)], mask[line, : len(source)] = source, 1
    return ids, mask
