"""Stretches: the depth-first order of a forest, cut so that attention along it costs little.

The tokens that stand outside a branch and are seen from inside it are exactly the ancestors of its first token. So a
branch attends to these and to itself, and the cost of a cut is known beforehand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

STEP = 64  # tokens; long branches may be cut at such distances
LONGEST = 256  # tokens of a branch; only the unbranched beginning of a trie is longer
ROW_COST = 16  # what gathering a key costs, in pairs of query and key
CALL_COST = 4096  # what a call of the kernel costs, in pairs of query and key


@dataclass(frozen=True)
class Branch:
    """Tokens `[start, stop)` with their ancestors `above`; `plain` where each token's parent is the one before."""

    start: int
    stop: int
    above: Ints
    plain: bool = False

    @property
    def queries(self) -> int:
        """How many tokens look."""
        return self.stop - self.start

    @property
    def seen(self) -> Ints:
        """The tokens that they look at."""
        return np.concatenate([self.above, np.arange(self.start, self.stop)])

    @property
    def keys(self) -> int:
        """How many these are."""
        return len(self.above) + self.queries


def branches(exits: Ints, depths: Ints, window: int = 0) -> list[Branch]:
    """The depth-first order cut into branches: the unbranched beginning of each trie, and the rest at little cost."""
    found = []
    roots = [*np.flatnonzero(depths == 0).tolist(), len(exits)]
    begins = np.flatnonzero(np.concatenate([[True], exits[:-1] == np.arange(1, len(exits))]))  # behind a leaf
    for root, end in pairwise(roots):
        inside = begins[np.searchsorted(begins, root + 1) : np.searchsorted(begins, end)]
        fork = _fork(exits, int(inside[0])) if len(inside) else end
        found.append(Branch(root, fork, np.empty(0, np.int64), plain=not window or fork - root <= window))
        if fork < end:
            cuts = _cheapest(_candidates(fork, end, inside), depths)
            trunk = np.arange(root, end)
            for start, stop in pairwise(cuts):
                above = trunk[: start - root]
                found.append(Branch(start, stop, above[exits[root:start] > start]))
    return found


def _fork(exits: Ints, branch: int) -> int:
    """Where the first branching of a trie begins, given the start of its second branch: behind the shared parent."""
    return int(np.flatnonzero(exits[:branch] > branch)[-1]) + 1


def _candidates(fork: int, end: int, begins: Ints) -> list[int]:
    """Where the branches of a trie may begin: at branches, and within long ones at steps."""
    starts = [fork, *(int(start) for start in begins if start > fork), end]
    places = [fork]
    for start, stop in pairwise(starts):
        places += [*range(start + STEP, stop - STEP // 2, STEP), stop]
    return places


def _cheapest(places: list[int], depths: Ints) -> list[int]:
    """The cuts, a subset of `places` with its ends, under which gathering and attending cost least."""
    best, back = [0.0], [0]
    for here in range(1, len(places)):
        options = []
        for there in range(here - 1, -1, -1):
            queries = places[here] - places[there]
            if queries > LONGEST and there < here - 1:
                break
            keys = int(depths[places[there]]) + queries
            options.append((best[there] + queries * keys + ROW_COST * keys, there))
        cost, choice = min(options)
        best.append(cost)
        back.append(choice)
    cuts = [len(places) - 1]
    while cuts[-1]:
        cuts.append(back[cuts[-1]])
    return [places[cut] for cut in reversed(cuts)]


def grouped(found: list[Branch]) -> list[list[Branch]]:
    """Stretches of like size together, plain ones apart, as long as padding them costs less than another call."""
    groups: list[list[Branch]] = []
    for plain in (True, False):
        spent, size = 0, (0, 0)
        chosen: list[Branch] = []
        for one in sorted((one for one in found if one.plain is plain), key=lambda one: (-one.keys, -one.queries)):
            size = (max(size[0], one.queries), max(size[1], one.keys))
            padded = (len(chosen) + 1) * size[0] * size[1]
            spent += one.queries * one.keys
            if chosen and padded - spent > CALL_COST + spent // 8:
                groups.append(chosen)
                chosen, spent, size = [], one.queries * one.keys, (one.queries, one.keys)
            chosen.append(one)
        groups += [chosen] if chosen else []
    return groups


def as_lines(found: Sequence[Ints]) -> Ints:
    """Index lists as lines of one array, padded with -1."""
    lines = np.full((len(found), max(map(len, found))), -1, np.int64)
    for line, indices in enumerate(found):
        lines[line, : len(indices)] = indices
    return lines
