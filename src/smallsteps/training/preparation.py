"""What happens before the first step: the student is checked, and what will not be learnt is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch

from smallsteps.engine import attention
from smallsteps.engine.batches import Layout
from smallsteps.engine.student import Student
from smallsteps.engine.tokens import EncodedView
from smallsteps.engine.uncached import Uncached
from smallsteps.errors import InputError
from smallsteps.methods import Method
from smallsteps.progress import SILENT, Progress
from smallsteps.training.check_cache import check_key, keep_check, kept_check
from smallsteps.training.dataset import TrainingDataset
from smallsteps.training.decoding_check import check_decoding
from smallsteps.training.losses import Mix
from smallsteps.training.self_check import Check, check_layouts, sample_for_check
from smallsteps.training.settings import Training

LOOKED_AT = 256  # questions of an epoch among which the check picks a few


def checked(
    student: Student,
    method: Method,
    dataset: TrainingDataset,
    layout: str = "auto",
    autocast: torch.dtype | None = None,
    progress: Progress = SILENT,
) -> Check:
    """The layout that is exact on a student, with its attention switched on, and decoding checked as well.

    A result is kept by model, tokenizer and method. Raises OptionError for a student that fails.
    """
    wanted: tuple[Layout, ...] = ("forest", "padded", "shared") if layout == "auto" else (layout,)  # type: ignore[assignment]
    key = check_key(student, method, layout, dataset.max_length, str(autocast))
    check = kept_check(key)
    if check is None:
        groups = sample_for_check(_groups(dataset))
        check = check_layouts(student, groups, Mix.of(method.mix), progress=progress, layouts=wanted, autocast=autocast)
        cached = check_decoding(student, [view for group in groups for view in group], progress)
        check = replace(check, cached=cached)
        keep_check(key, check)
    if check.layout != "shared":
        attention.use(student.model, check.attention)
    if not check.cached:
        student.architecture = Uncached()
    if layout == "auto" and check.trouble:
        progress.note(f"warning: the token forest is not exact on this model ({check.trouble}); padded rows are used")
    return check


def _groups(dataset: TrainingDataset) -> list[Sequence[EncodedView]]:
    """Questions as the first epochs see them."""
    count = min(len(dataset), LOOKED_AT)
    return [dataset[epoch, index] for epoch in (0, 1, 2) for index in range(count)]


def row_limits(training: Training, datasets: Sequence[TrainingDataset], visits: int) -> tuple[int, int]:
    """The most tokens of a row and of a forward pass: as set, or what suits the machine and the longest view.

    Raises InputError for a view longer than the rows that were asked for.
    """
    on_gpu = torch.cuda.is_available()
    view = max((dataset.longest_view(visits) for dataset in datasets), key=_length)
    if training.row_tokens is not None and _length(view) > training.row_tokens:
        raise InputError(
            f"record '{view.record_id}': a view of part '{view.part}' has {_length(view)} tokens and a row holds "
            f"{training.row_tokens}; raise training.row_tokens or leave the record out with training.max_length"
        )
    row_tokens = training.row_tokens or max(8192 if on_gpu else 1024, _length(view))
    return row_tokens, training.pass_tokens or max(row_tokens, 16384 if on_gpu else 2048)


def _length(view: EncodedView) -> int:
    return len(view.tokens) + len(view.source)


def note_left_out(dataset: TrainingDataset, validation: int, kept: int, progress: Progress) -> None:
    """Say which questions are not trained on, and which of `validation` are not validated on, of which `kept` are."""
    counts = dataset.counts
    lost = dataset.asked - counts.questions
    if counts.too_long:
        progress.note(
            f"warning: {counts.too_long} views are longer than {dataset.max_length} tokens and left out, so that "
            f"{lost} of {dataset.asked} training questions are not trained on"
        )
    if kept < validation:
        rest = "the last checkpoint is kept" if not kept else f"the checkpoint is chosen by the other {kept}"
        progress.note(
            f"warning: {validation - kept} of {validation} validation questions give no view that fits; {rest}"
        )


def warn_of_half_precision(student: Student, progress: Progress) -> None:
    """Parameters in bfloat16 or float16 lose most small updates (at 1e-5, 88 % of them do not move at all)."""
    dtype = str(next(student.model.parameters()).dtype).removeprefix("torch.")
    if dtype in ("bfloat16", "float16"):
        progress.note(
            f"warning: the parameters are {dtype}, in which small updates are rounded away; load them in float32 and "
            "set bf16: true for mixed precision"
        )
