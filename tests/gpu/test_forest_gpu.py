"""FlexAttention on a GPU: the forest in long rows is what padded rows are."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from models import build
from smallsteps import attention
from smallsteps.losses import Mix
from smallsteps.selfcheck import check_layouts
from smallsteps.student import Student
from smallsteps.tokens import EncodedView, Framing

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")]


def groups(count: int, length: int) -> list[list[EncodedView]]:
    """`count` questions with five rationales that share the question and an opening."""
    draw = np.random.default_rng(0)

    def view(shared: np.ndarray) -> EncodedView:
        own = draw.integers(3, 40, length).astype(np.int32)
        weights = np.concatenate([np.zeros(len(shared), np.float32), np.ones(length, np.float32)])
        return EncodedView("r", "target", np.empty(0, np.int32), np.concatenate([shared, own]), weights)

    return [[view(draw.integers(3, 40, 2 * length).astype(np.int32))] * 2 + [
        view(draw.integers(3, 40, 2 * length).astype(np.int32)) for _ in range(3)
    ] for _ in range(count)]  # fmt: skip


@pytest.mark.parametrize(
    ("family", "dtype"), [("llama", torch.float32), ("llama", torch.bfloat16), ("gemma3", torch.float32)]
)
def test_flex_attention_is_exact_and_chosen(family: str, dtype: torch.dtype) -> None:
    """The self-check runs the compiled kernel on long rows, and the fastest exact attention is FlexAttention."""
    net = build(family, 40, hidden_size=64, head_dim=16).to("cuda", dtype)
    from smallsteps.kinds import kind_of

    student = Student(net, None, kind_of(net.config), Framing((), 2))
    check = check_layouts(student, groups(4, 100), Mix.of({"target": 1.0}), 1024)
    assert check.layout == "forest" and not check.trouble
    assert net.config._attn_implementation == attention.FLEX
