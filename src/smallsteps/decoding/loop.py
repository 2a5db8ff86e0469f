"""The decoding loop: one batch of lines, step by step, until each has ended.

A line that ends first waits in the batch: taking it out moves other lines, which is worth it only for several at once.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from smallsteps.decoding.sequences import Line, StopChecker, advance, choose
from smallsteps.engine.architecture import DecodeState
from smallsteps.engine.student import Student

WAITING, WAITING_CPU = 1 / 4, 1 / 32  # share of ended lines in a batch; a GPU hardly notices them, a CPU computes them


@torch.inference_mode()
def decode(
    student: Student,
    logits: Tensor,
    state: DecodeState,
    lines: Sequence[Line],
    temperature: float,
    stop: StopChecker | None,
    *,
    keeps: bool = False,
) -> None:
    """Write every line to its end, in place, from the logits [B, V] after its prefix and the state there.

    With `keeps` all lines stay in the state, in their order, so that it can be resumed.
    """
    architecture, model, end = student.architecture, student.model, student.template.end
    rows, going = list(lines), [True] * len(lines)
    alive: Tensor | None = None
    waiting = WAITING_CPU if logits.device.type == "cpu" else WAITING
    while True:
        chosen, tokens = choose(logits, rows, going, temperature)
        ended = [row for row, goes in enumerate(going) if goes and advance(rows[row], tokens[row], end, stop)]
        for row in ended:
            going[row] = False
        left = sum(going)
        if not left:
            return
        if not keeps and len(rows) - left > waiting * len(rows):
            kept = finished_last(going)[:left]
            architecture.select(state, kept)
            rows, going, chosen, alive = [rows[row] for row in kept], [True] * left, chosen[kept], None
        elif ended:
            alive = torch.tensor(going, device=chosen.device)
        logits = architecture.step(model, state, chosen, alive)


def finished_last(going: Sequence[bool]) -> list[int]:
    """The rows in an order that puts the finished ones last and moves as few of the others as possible."""
    left = sum(going)
    late = [row for row in range(left, len(going)) if going[row]]
    early = [row for row in range(left) if not going[row]]
    order = list(range(len(going)))
    for gap, row in zip(early, late, strict=True):
        order[gap], order[row] = row, gap
    return order
