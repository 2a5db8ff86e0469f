"""Decoding against one forward pass: are the logits of a step those of the whole sequence read at once?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from smallsteps.engine.architecture import Architecture
from smallsteps.engine.batches import padded_row, shared_row
from smallsteps.engine.student import Student
from smallsteps.engine.tokens import EncodedView
from smallsteps.engine.uncached import Uncached
from smallsteps.errors import OptionError
from smallsteps.progress import SILENT, Progress
from smallsteps.tensors.device import device_of

STEPS = 4
TOLERANCE = {torch.float64: 1e-6, torch.float32: 1e-3, torch.bfloat16: 5e-2, torch.float16: 5e-2}


@dataclass(frozen=True)
class _Sequence:
    """A prefix, the tokens that follow it, and the logits [N, V] of each of them in one forward pass."""

    prefix: list[int]
    tokens: list[int]
    expected: Tensor


@torch.no_grad()
def check_decoding(student: Student, views: Sequence[EncodedView], progress: Progress = SILENT) -> bool:
    """Whether the student decodes exactly with its key-value cache; where only without one, it does so from now on.

    Compares a few steps on the shortest and the longest of the views, alone and in a batch that one of them leaves.
    Raises OptionError for a model whose decoding disagrees with its forward pass either way.
    """
    was_training = student.model.training
    student.model.eval()
    try:
        with progress.bar("self-check of decoding", None):
            trouble = _trouble(student, student.architecture, views)
            if not trouble or isinstance(student.architecture, Uncached) or student.architecture.split:
                uncached = trouble
            else:
                uncached = _trouble(student, Uncached(), views)
    finally:
        student.model.train(was_training)
    if uncached:
        raise OptionError(f"this student decodes other tokens than one forward pass predicts ({uncached}); "
                          "what it learnt could not be asked for: take another student")  # fmt: skip
    if trouble:
        student.architecture = Uncached()
        progress.note("warning: decoding with a key-value cache is not exact on this model "
                      f"({trouble}); it decodes without one, which is slow")  # fmt: skip
    return not isinstance(student.architecture, Uncached)


def _trouble(student: Student, architecture: Architecture, views: Sequence[EncodedView]) -> str:
    """What speaks against an architecture's decoding, in a clause; empty where it is exact."""
    try:
        worst = _largest_difference(student, architecture, views)
    except Exception as error:  # a stranger's model may fail in any way it likes
        return f"{type(error).__name__}: {error}".partition("\n")[0]
    tolerance = TOLERANCE[next(student.model.parameters()).dtype]
    return "" if worst <= tolerance else f"logits differ by {worst:.1e} of the largest"


def _largest_difference(student: Student, architecture: Architecture, views: Sequence[EncodedView]) -> float:
    ordered = sorted(views, key=lambda view: len(view.tokens) + len(view.source))
    short, long = (_sequence(student, architecture, view) for view in (ordered[0], ordered[-1]))
    return max(
        _differs(student, architecture, [short]),
        _differs(student, architecture, [short, long]),
        _differs(student, architecture, [long, short]),
    )


def _sequence(student: Student, architecture: Architecture, view: EncodedView) -> _Sequence:
    """A view up to `STEPS` of its supervised tokens."""
    first = 0 if architecture.split else int(np.flatnonzero(view.weights)[0])
    tokens = view.tokens[: first + STEPS]
    weights = np.asarray([0.0] * first + [1.0] * (len(tokens) - first), np.float32)
    cut = replace(view, tokens=tokens, weights=weights, marks=())
    row = (shared_row if architecture.split else padded_row)([cut], (view.part,))
    logits, _ = architecture.forward(student.model, row.to(device_of(student.model)))
    prefix = view.source if architecture.split else tokens[:first]
    return _Sequence(prefix.tolist(), tokens[first:].tolist(), logits)


def _differs(student: Student, architecture: Architecture, sequences: Sequence[_Sequence]) -> float:
    """The largest difference of a step's logits over the largest expected; the first line leaves after two steps."""
    logits, state = architecture.begin(student.model, [one.prefix for one in sequences])
    active, worst = list(sequences), 0.0
    for step in range(max(len(one.tokens) for one in sequences)):
        going = [index for index, one in enumerate(active) if step < len(one.tokens)]
        if step == 2 and len(going) > 1:
            going = going[1:]
        if len(going) < len(active):
            architecture.select(state, going)
            logits, active = logits[going], [active[index] for index in going]
        for line, one in enumerate(active):
            expected = one.expected[step].float()
            worst = max(worst, float((logits[line].float() - expected).abs().max() / expected.abs().max()))
        if step + 1 < max(len(one.tokens) for one in active):
            tokens = torch.tensor([one.tokens[step] for one in active], device=logits.device)
            logits = architecture.step(student.model, state, tokens)
    return worst if np.isfinite(worst) else float("inf")
