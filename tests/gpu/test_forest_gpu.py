"""FlexAttention on a GPU: the forest in long rows is what padded rows are."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from models import build
from smallsteps.engine import attention
from smallsteps.engine.architectures import architecture_of
from smallsteps.engine.student import Student
from smallsteps.engine.tokens import EncodedView, SequenceTemplate
from smallsteps.training.losses import Mix
from smallsteps.training.self_check import check_layouts

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")]


def groups(count: int, length: int) -> list[list[EncodedView]]:
    """`count` questions of 2 `length` tokens, each with five rationales of `length`."""
    draw = np.random.default_rng(0)
    weights = np.concatenate([np.zeros(2 * length, np.float32), np.ones(length, np.float32)])
    found = []
    for _ in range(count):
        question = draw.integers(3, 40, 2 * length).astype(np.int32)
        texts = [np.concatenate([question, draw.integers(3, 40, length).astype(np.int32)]) for _ in range(5)]
        found.append([EncodedView("r", "target", np.empty(0, np.int32), text, weights) for text in texts])
    return found


@pytest.mark.parametrize(
    ("family", "dtype"), [("llama", torch.float32), ("llama", torch.bfloat16), ("gemma3", torch.float32)]
)
def test_flex_attention_is_exact_and_chosen(family: str, dtype: torch.dtype) -> None:
    """The self-check runs the compiled kernel on long rows, and the fastest exact attention is FlexAttention."""
    net = build(family, 40, hidden_size=64, head_dim=16).to("cuda", dtype)
    student = Student(net, None, architecture_of(net.config), SequenceTemplate((), 2))
    check = check_layouts(student, groups(4, 100), Mix.of({"target": 1.0}))
    assert check.layout == "forest" and not check.trouble
    assert net.config._attn_implementation == attention.FLEX
