"""On a GPU: models of every kind of attention train, on one card, with long rows and without a warning."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from models import folder_of
from smallsteps.engine.flex_attention import block_mask, visibility
from smallsteps.engine.lm_head import PIECE, logits_at_once
from smallsteps.engine.student import load_student
from smallsteps.methods import make_method
from smallsteps.records import Rationale, Record
from smallsteps.training.settings import Budget, Training
from smallsteps.training.train import train

DEVICE = "cuda"
pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")]

RECORDS = [
    Record(f"q{number}", "word_problems", f"Tom has {number} apples and buys 7 more. How many?", str(number + 7),
           rationales=tuple(Rationale(f"{number} + 7 = {number + 7}, {word}.", str(number + 7), correct=True)
                            for word in ("so", "then", "thus")))
    for number in range(16)
]  # fmt: skip


@pytest.mark.parametrize("family", ["llama", "gpt2", "opt", "gemma3", "bloom", "t5", "bart"])
@pytest.mark.parametrize("layout", ["auto", "forest"])
def test_a_model_trains_whatever_its_attention_refuses(family: str, layout: str, tmp_path: Path) -> None:
    """With FlexAttention first in line, a model that refuses it must not end the run."""
    if layout == "forest" and family == "bloom":
        pytest.skip("BLOOM takes no mask of a forest, and was told to")
    student = load_student(str(folder_of(family, tmp_path / "model")))
    training = Training.of({"learning_rate": 1e-3, "per_device_train_batch_size": 8, "bf16": True, "evaluations": 0,
                            "layout": layout})  # fmt: skip
    trained = train(student, make_method("cot", {}), "main", RECORDS, [], budget=Budget(steps=2), training=training,
                   seed=0, folder=tmp_path / "run")  # fmt: skip
    assert trained.supervised_tokens > 0
    assert all(torch.isfinite(parameter).all() for parameter in student.model.parameters())


def test_block_masks_hide_what_the_rule_hides() -> None:
    draw = np.random.default_rng(0)
    width = 700
    exits = torch.tensor(np.minimum(np.arange(width) + draw.integers(1, 400, width), width), device=DEVICE)[None]
    depth = torch.arange(width, device=DEVICE)[None]
    rule = visibility(exits, depth, 90)
    query, key = torch.meshgrid(*[torch.arange(width, device=DEVICE)] * 2, indexing="ij")
    seen = rule(torch.zeros_like(query), torch.zeros_like(query), query, key)
    blocks = block_mask(exits, depth, 90).to_dense()[0, 0].bool()
    for row in range(blocks.shape[0]):
        for column in range(blocks.shape[1]):
            some = seen[128 * row : 128 * (row + 1), 128 * column : 128 * (column + 1)]
            assert bool(blocks[row, column]) == bool(some.any())


def test_pieces_of_the_head_grow_with_the_memory() -> None:
    assert logits_at_once(torch.device("cpu")) == PIECE
    memory = torch.cuda.get_device_properties(0).total_memory
    assert PIECE <= logits_at_once(torch.device(DEVICE)) == max(PIECE, memory // 512)
