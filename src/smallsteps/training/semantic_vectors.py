"""Vectors of rationales by a model's own states: what a frozen copy of a student makes of a text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from smallsteps.engine.student import Student

BATCH_TOKENS = 8192


@torch.no_grad()
def pooled_vectors(student: Student, texts: Sequence[str]) -> np.ndarray:
    """The final states over each text, averaged over its tokens: [N, H] in float32.

    The states are the encoder's where there is one. A text longer than the model's positions is read up to there.
    The student is a frozen copy: it is read in eval mode and nothing of it has a gradient. [methods.md §4: ours]
    """
    template, room = student.template, student.architecture.room(student.model)
    sequences = [
        [*template.before, *student.tokenizer(text, add_special_tokens=False)["input_ids"]][:room] or [template.end]
        for text in texts
    ]
    skipped = len(template.before)
    was_training = student.model.training
    student.model.eval()
    pooled = np.empty((len(texts), student.width), np.float32)
    for chunk in _chunks([len(sequence) for sequence in sequences]):
        states, mask = student.architecture.represent(student.model, [sequences[index] for index in chunk])
        mask[:, :skipped] = mask.sum(1, keepdim=True) <= skipped  # opening tokens say nothing of the text
        weights = mask.to(states.dtype)[..., None]
        pooled[chunk] = ((states * weights).sum(1) / weights.sum(1)).float().cpu().numpy()
    student.model.train(was_training)
    return pooled


def _chunks(lengths: Sequence[int]) -> list[list[int]]:
    """Indices of texts of like length together, each chunk at most `BATCH_TOKENS` with its padding."""
    chunks: list[list[int]] = []
    for index in sorted(range(len(lengths)), key=lambda index: lengths[index]):
        if chunks and lengths[index] * (len(chunks[-1]) + 1) <= BATCH_TOKENS:
            chunks[-1].append(index)
        else:
            chunks.append([index])
    return chunks
