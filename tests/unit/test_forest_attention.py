"""Attention along the forest, the rule for FlexAttention and the head in pieces: the same numbers for less work."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from models import build
from smallsteps.engine import attention
from smallsteps.engine import lm_head as heads
from smallsteps.engine.architectures import architecture_of
from smallsteps.engine.batches import Batch, Collator
from smallsteps.engine.branches import branches
from smallsteps.engine.flex_attention import block_mask, visibility
from smallsteps.engine.masks import forest_masks
from smallsteps.engine.tokens import EncodedView
from smallsteps.training.losses import Mix, part_sums

PARTS = ("answer", "rationale")
MIX = Mix.of({"answer": 0.3, "rationale": 0.7})


def view(prompt: list[int], target: list[int], part: str = "answer") -> EncodedView:
    weights = [0.0] * len(prompt) + [1.0] * len(target)
    return EncodedView(
        "r", part, np.empty(0, np.int32), np.asarray(prompt + target, np.int32), np.asarray(weights, np.float32)
    )


def groups(seed: int = 0, longest: int = 90) -> list[list[EncodedView]]:
    """Tries with shared openings, a bare chain, duplicates and a view that is a prefix of another."""
    draw = np.random.default_rng(seed)

    def some(least: int, most: int) -> list[int]:
        return [int(one) for one in draw.integers(3, 9, draw.integers(least, most + 1))]

    prompt, opening = some(20, longest), some(1, 12)
    branching = [view(prompt, opening + some(1, longest), PARTS[number % 2]) for number in range(5)]
    first = [int(one) for one in branching[0].tokens[len(prompt) :]]
    return [[*branching, branching[1], view(prompt, [*first, 4, 5])], [view(some(5, longest), some(1, longest))]]


def as_split(one: EncodedView) -> EncodedView:
    """The beginning as a source, the rest as a sequence of its own."""
    return EncodedView("r", one.part, one.tokens[:10], one.tokens[10:], np.ones(len(one.tokens) - 10, np.float32))


def collated(how: Collator, seed: int = 0) -> Batch:
    return how(groups(seed))


def loss_and_gradient(net: Any, batch: Batch) -> tuple[float, torch.Tensor]:
    net.zero_grad(set_to_none=True)
    total = 0.0
    for row in batch.rows:
        loss = MIX.total(part_sums(architecture_of(net.config), net, row, PARTS), batch.weights)
        loss.backward()
        total += loss.item()
    return total, torch.cat([p.grad.flatten() for p in net.parameters() if p.grad is not None]).double()


@pytest.mark.parametrize("sparse_attention", [True, False])
@pytest.mark.parametrize("family", ["llama", "gpt2", "gemma3", "mistral_sliding"])
def test_stretches_give_what_the_dense_mask_gives(
    family: str, sparse_attention: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One long row, or several padded ones; heads in groups, sliding windows, learnt positions."""
    monkeypatch.setattr(torch, "float32", torch.float64)  # some families compute norms in float32
    monkeypatch.setattr(torch.Tensor, "float", torch.Tensor.double)
    net = build(family, 40).double()
    dense = loss_and_gradient(net, collated(Collator("forest", PARTS, 300, 2000)))
    attention.use(net, attention.NAME)
    batch = collated(Collator("forest", PARTS, 300, 2000, sparse_attention))
    assert (len(batch.rows) == 1 and batch.rows[0].tensors["input_ids"].shape[0] == 1) is sparse_attention
    along = loss_and_gradient(net, batch)
    assert along[0] == pytest.approx(dense[0], rel=1e-12)
    assert (along[1] - dense[1]).norm() <= 1e-11 * dense[1].norm()


@pytest.mark.parametrize("seed", range(5))
def test_stretches_cover_every_token_and_all_that_it_sees(seed: int) -> None:
    row = collated(Collator("forest", PARTS, 300, 2000, sparse_attention=True), seed).rows[0].tensors
    exits, depths = row["exit"][0].numpy(), row["position_ids"][0].numpy()
    found = branches(exits, depths)
    assert sorted(place for one in found for place in range(one.start, one.stop)) == list(range(len(exits)))
    for one in found:
        for place in range(one.start, one.stop):
            seen = set(np.flatnonzero((np.arange(len(exits)) <= place) & (exits > place)).tolist())
            assert seen <= set(one.seen.tolist())
            assert not one.plain or seen == set(range(one.start, place + 1))


def test_attention_along_the_forest_looks_at_far_fewer_pairs() -> None:
    """That is what it is for: the pairs of its blocks against those of a dense mask."""
    row = collated(Collator("forest", PARTS, 2000, 2000, sparse_attention=True)).rows[0].tensors
    described = attention.structure(row["exit"], row["position_ids"])
    plan = attention.plan_of(described, torch.float32)
    pairs = sum(block.branches * block.queries * block.keys for block in plan.blocks)
    assert pairs < 0.5 * row["exit"].shape[1] ** 2
    assert attention.plan_of(described, torch.float32) is plan


def test_without_a_forest_it_is_sdpa() -> None:
    """Generation and padded rows run through the same model."""
    net = build("llama", 40)
    ids = torch.tensor([[5, 6, 7, 8, 9], [3, 4, 5, 0, 0]])
    mask = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])
    with torch.no_grad():
        before = [net(ids, attention_mask=mask).logits, net.generate(ids[:1], max_new_tokens=5, do_sample=False)]
        attention.use(net, attention.NAME)
        after = [net(ids, attention_mask=mask).logits, net.generate(ids[:1], max_new_tokens=5, do_sample=False)]
    assert torch.equal(before[0][0], after[0][0]) and torch.equal(before[1], after[1])
    assert attention.NAME not in str(net.config.to_dict())


def test_only_sdpa_is_switched() -> None:
    assert attention.choices(build("llama", 40)) == (attention.NAME, "sdpa")
    assert attention.choices(build("bloom", 40)) == ("eager",)


@pytest.mark.parametrize("window", [None, 8])
def test_the_flex_rule_is_the_dense_mask(window: int | None) -> None:
    row = collated(Collator("forest", PARTS, 300, 600)).rows[0].tensors
    leave, depth = row["exit"], row["position_ids"]
    family = "llama" if window is None else "mistral_sliding"
    dense = forest_masks(build(family, 40), leave, depth)
    line, place = torch.arange(leave.shape[0])[:, None, None], torch.arange(leave.shape[1])
    rule = visibility(leave, depth, window)(line, torch.tensor(0), place[:, None], place[None, :])
    assert torch.equal(rule, dense[:, 0])
    blocks = block_mask(leave, depth, window)
    assert blocks.shape[0] == leave.shape[0] and blocks.to_dense().any()


def test_flex_attention_of_a_forest_equals_masked_attention() -> None:
    """Uncompiled, as a CPU runs it: the kernel that a GPU compiles."""
    from torch.nn.attention.flex_attention import flex_attention

    row = collated(Collator("forest", PARTS, 300, 600)).rows[0].tensors
    leave, depth = row["exit"], row["position_ids"]
    shape = (leave.shape[0], 2, leave.shape[1], 16)
    query, key, value = (torch.randn(shape, generator=torch.Generator().manual_seed(seed)) for seed in range(3))
    mask = forest_masks(build("llama", 40), leave, depth)
    expected = torch.nn.functional.scaled_dot_product_attention(query, key, value, mask)
    with pytest.warns(UserWarning, match="without torch.compile"):
        found = flex_attention(query, key, value, block_mask=block_mask(leave, depth))
    assert torch.allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("family", ["llama", "t5", "bart"])
def test_the_head_in_pieces_gives_the_same(family: str, monkeypatch: pytest.MonkeyPatch) -> None:
    net = build(family, 40)
    layout = architecture_of(net.config).layout
    chosen = groups()
    if layout == "shared":
        chosen = [[as_split(one) for one in group] for group in chosen]
    batch = Collator(layout, PARTS, 300, 2000)(chosen)
    whole = loss_and_gradient(net, batch)
    monkeypatch.setattr(heads, "PIECE", 40 * 7)
    shown: list[int] = []
    head = net.get_output_embeddings()
    hook = head.register_forward_hook(lambda _, inputs, __: shown.append(inputs[0].shape[-2]))
    pieces = loss_and_gradient(net, batch)
    hook.remove()
    assert set(shown) == {1}, "the model's own call of the head sees one position; the pieces run beside it"
    assert pieces[0] == pytest.approx(whole[0], rel=1e-5)
    assert (pieces[1] - whole[1]).norm() <= 1e-4 * whole[1].norm()


def test_a_model_that_scales_its_logits_is_not_cut_into_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gemma caps its logits behind the head, where pieces know nothing of it."""
    net = build("gemma3", 40, final_logit_softcapping=0.05)
    batch = collated(Collator("forest", PARTS, 300, 2000))
    whole = loss_and_gradient(net, batch)
    monkeypatch.setattr(heads, "PIECE", 40 * 7)
    assert loss_and_gradient(net, batch)[0] == pytest.approx(whole[0], rel=1e-6)


def test_bf16_is_close_to_float32() -> None:
    net = build("llama", 40)
    attention.use(net, attention.NAME)
    batch = collated(Collator("forest", PARTS, 300, 2000, sparse_attention=True))
    exact = loss_and_gradient(net, batch)
    with torch.autocast("cpu", torch.bfloat16):
        mixed = loss_and_gradient(net, batch)
    half = loss_and_gradient(net.to(torch.bfloat16), batch)
    for loss, gradient in (mixed, half):
        assert loss == pytest.approx(exact[0], rel=2e-2)
        assert torch.nn.functional.cosine_similarity(gradient, exact[1], dim=0) > 0.98


def test_gradient_checkpointing_changes_nothing() -> None:
    net = build("llama", 40)
    attention.use(net, attention.NAME)
    batch = collated(Collator("forest", PARTS, 300, 2000, sparse_attention=True))
    net.train()
    plain = loss_and_gradient(net, batch)
    calls: list[int] = []
    net.activation_checkpointing_enable()
    net.model.layers[0].self_attn.register_forward_hook(lambda *_: calls.append(1))
    again = loss_and_gradient(net, batch)
    assert len(calls) == 2, "each layer ran twice: states were made again in the backward pass"
    assert again[0] == pytest.approx(plain[0], rel=1e-6)
    assert (again[1] - plain[1]).norm() <= 1e-5 * plain[1].norm()
