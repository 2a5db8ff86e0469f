"""Sampling by inverse CDF: exact in distribution, one number a row, batch-independent."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch
from scipy.stats import chisquare

from smallsteps.teachers._writing import _Draw
from smallsteps.tensors.multinomial import BLOCK, draw_tokens

DRAWS = 40_000


def logits_of(vocabulary: int, seed: int = 0) -> torch.Tensor:
    return 2.0 * torch.randn(vocabulary, generator=torch.Generator().manual_seed(seed))


def counts(tokens: torch.Tensor, vocabulary: int) -> np.ndarray:
    return np.bincount(tokens.numpy(), minlength=vocabulary)


def fits(observed: np.ndarray, probability: np.ndarray) -> float:
    """The p-value of a chi-square test, tokens expected fewer than five times put together."""
    expected = probability * observed.sum()
    rare = expected < 5
    seen, wanted = ([*one[~rare], one[rare].sum()] if rare.any() else one for one in (observed, expected))
    return float(chisquare(seen, np.asarray(wanted) * (np.sum(seen) / np.sum(wanted))).pvalue)


@pytest.mark.parametrize("vocabulary", [7, BLOCK, 3 * BLOCK, 3 * BLOCK + 11])
@pytest.mark.parametrize("temperature", [0.5, 1.0, 1.7])
def test_draws_follow_the_softmax_of_the_logits_over_the_temperature(vocabulary: int, temperature: float) -> None:
    logits, draw = logits_of(vocabulary), random.Random(vocabulary)
    tokens = draw_tokens(logits.expand(DRAWS, -1), [draw.random() for _ in range(DRAWS)], temperature)
    assert fits(counts(tokens, vocabulary), torch.softmax(logits.double() / temperature, -1).numpy()) > 1e-3


def test_the_test_of_the_distribution_notices_another_temperature() -> None:
    logits, draw = logits_of(7), random.Random(1)
    tokens = draw_tokens(logits.expand(DRAWS, -1), [draw.random() for _ in range(DRAWS)], 1.0)
    assert fits(counts(tokens, 7), torch.softmax(logits.double() / 1.05, -1).numpy()) < 1e-3


@pytest.mark.parametrize("vocabulary", [9, 2 * BLOCK + 5])
def test_top_p_draws_from_the_smallest_set_that_holds_the_share(vocabulary: int) -> None:
    logits, draw = logits_of(vocabulary, 2), random.Random(5)
    tokens = draw_tokens(logits.expand(DRAWS, -1), [draw.random() for _ in range(DRAWS)], 0.8, top_p=0.7)
    probability = torch.softmax(logits.double() / 0.8, -1).numpy()
    order = np.argsort(-probability)
    nucleus = order[: int(np.searchsorted(np.cumsum(probability[order]), 0.7)) + 1]
    kept = np.zeros(vocabulary)
    kept[nucleus] = probability[nucleus] / probability[nucleus].sum()
    observed = counts(tokens, vocabulary)
    assert set(np.flatnonzero(observed)) <= set(nucleus.tolist()) and len(nucleus) < vocabulary
    assert fits(observed[nucleus], kept[nucleus]) > 1e-3


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_tokens_without_probability_are_never_drawn_at_any_end(dtype: torch.dtype) -> None:
    logits = torch.full((2 * BLOCK + 9,), -torch.inf, dtype=dtype)
    logits[[3, BLOCK + 1, 2 * BLOCK + 2]] = 0.0
    ends = [0.0, 1e-17, 1 / 3, 0.5, 2 / 3, 1 - 2**-53]
    drawn = draw_tokens(logits.expand(len(ends), -1), ends).tolist()
    assert set(drawn) <= {3, BLOCK + 1, 2 * BLOCK + 2} and drawn[0] == 3 and drawn[-1] == 2 * BLOCK + 2


def test_a_row_depends_on_itself_alone() -> None:
    logits, uniforms = torch.randn(8, 1234, generator=torch.Generator().manual_seed(1)), [i / 8 for i in range(8)]
    together = draw_tokens(logits, uniforms, 0.9, top_p=0.9)
    assert together.tolist() == [draw_tokens(logits[i : i + 1], [uniforms[i]], 0.9, 0.9).item() for i in range(8)]


def test_a_local_teacher_notes_the_logprob_at_temperature_one_of_what_it_drew() -> None:
    scores = torch.randn(3, 50, generator=torch.Generator().manual_seed(4))
    draw = _Draw([1, 2, 3], temperature=0.7, top_p=0.9)
    chosen = draw(torch.empty(3, 0), scores).argmax(-1)
    expected = torch.log_softmax(scores, -1).gather(1, chosen[:, None])[:, 0]
    assert torch.allclose(draw.logprobs[0], expected)
    again = _Draw([1, 2, 3], temperature=0.7, top_p=0.9)
    assert again(torch.empty(3, 0), scores).argmax(-1).tolist() == chosen.tolist()
    greedy = _Draw([1, 2, 3], temperature=0.0, top_p=None)
    assert greedy(torch.empty(3, 0), scores).argmax(-1).tolist() == scores.argmax(-1).tolist()
