"""The token forest gives the loss and the gradients of the padded path: whatever the views, packing or cutting."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models import build
from smallsteps.engine import attention
from smallsteps.engine.architectures import architecture_of
from smallsteps.engine.batches import Collator, Layout
from smallsteps.engine.tokens import EncodedView
from smallsteps.training.losses import Mix, part_sums

VOCABULARY = 40
PARTS = ("answer", "rationale")
MIX = Mix.of({"answer": 0.3, "rationale": 0.7})
DECODERS = ("llama", "qwen2", "qwen2_sliding", "qwen3", "gpt2", "opt", "gpt_neox", "mistral", "mistral_sliding",
            "phi3", "gemma3", "smollm3")  # fmt: skip
EXACT = 1e-9
LONGEST = 36  # tokens of a view: a prompt and two branches of 12; shorter rows rightly refuse it
FEW = settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(autouse=True)
def double_throughout(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Some families compute norms in float32 whatever the model's dtype; rounding would hide what is compared."""
    monkeypatch.setattr(torch, "float32", torch.float64)
    monkeypatch.setattr(torch.Tensor, "float", torch.Tensor.double)
    yield


@cache
def model(family: str, name: str = "sdpa") -> Any:
    net = build(family, VOCABULARY).double()
    attention.use(net, name)
    return net


def view(
    prompt: Sequence[int], target: Sequence[int], part: str, weight: float, source: Sequence[int] = ()
) -> EncodedView:
    tokens = np.asarray([*prompt, *target], np.int32)
    weights = np.asarray([0.0] * len(prompt) + [weight] * len(target), np.float32)
    return EncodedView("r", part, np.asarray(source, np.int32), tokens, weights)


token = st.integers(3, 9)  # few distinct tokens, so that openings are shared by chance
tokens = st.lists(token, min_size=1, max_size=12)


@st.composite
def groups_of_views(draw: st.DrawFn) -> list[list[EncodedView]]:
    """Groups that share a prompt: branches with common openings, duplicates, prefixes of one another, single tokens."""
    groups = []
    for _ in range(draw(st.integers(1, 3))):
        prompt = draw(tokens)
        targets = draw(st.lists(tokens, min_size=1, max_size=4))
        if draw(st.booleans()):
            targets.append(targets[0])
        if draw(st.booleans()):
            targets.append([*targets[0], *draw(tokens)])
        if draw(st.booleans()):
            targets.append([draw(token)])
        weights = st.sampled_from([0.25, 1.0, 2.0])
        groups.append([view(prompt, target, draw(st.sampled_from(PARTS)), draw(weights)) for target in targets])
    return groups


def loss_and_gradient(
    net: Any, layout: Layout, groups: list[list[EncodedView]], row_tokens: int, pass_tokens: int, cuts: int = 1
) -> tuple[float, torch.Tensor, set[str]]:
    """Loss and gradient of one step that is cut into `cuts` micro-batches, and the layouts that ran."""
    kind = architecture_of(net.config)
    sparse_attention = layout == "forest" and attention.skips_hidden(net)
    collator = Collator(layout, PARTS, row_tokens, pass_tokens, sparse_attention)
    batches = [collator(groups[cut::cuts]) for cut in range(min(cuts, len(groups)))]
    weights = sum(batch.weights for batch in batches)
    net.zero_grad(set_to_none=True)
    total = 0.0
    for batch in batches:
        for row in batch.rows:
            loss = MIX.total(part_sums(kind, net, row, PARTS), weights)
            loss.backward()
            total += loss.item()
    gradient = torch.cat([p.grad.flatten() for p in net.parameters() if p.grad is not None])
    return total, gradient, {row.layout for batch in batches for row in batch.rows}


def assert_same(one: tuple[float, torch.Tensor, set[str]], other: tuple[float, torch.Tensor, set[str]]) -> None:
    assert abs(one[0] - other[0]) <= EXACT * abs(one[0])
    assert (one[1] - other[1]).norm() <= EXACT * one[1].norm()


@pytest.mark.parametrize("family", DECODERS)
@given(groups=groups_of_views(), row_tokens=st.integers(LONGEST, 80), cuts=st.integers(1, 3))
@FEW
def test_forest_equals_padded(family: str, groups: list[list[EncodedView]], row_tokens: int, cuts: int) -> None:
    net = model(family)
    padded = loss_and_gradient(net, "padded", groups, 10_000, 10_000)
    forest = loss_and_gradient(net, "forest", groups, row_tokens, 2 * row_tokens, cuts)
    assert (padded[2], forest[2]) == ({"padded"}, {"forest"})
    assert_same(padded, forest)


@pytest.mark.parametrize("family", DECODERS)
@given(groups=groups_of_views(), row_tokens=st.integers(LONGEST, 80), cuts=st.integers(1, 3))
@FEW
def test_attention_along_the_forest_equals_padded(
    family: str, groups: list[list[EncodedView]], row_tokens: int, cuts: int
) -> None:
    """The attention that training uses, against plain padded rows through plain sdpa."""
    padded = loss_and_gradient(model(family), "padded", groups, 10_000, 10_000)
    forest = loss_and_gradient(model(family, attention.NAME), "forest", groups, row_tokens, 2 * row_tokens, cuts)
    assert (padded[2], forest[2]) == ({"padded"}, {"forest"})
    assert_same(padded, forest)


@pytest.mark.parametrize("family", ["t5", "bart"])
@given(groups=groups_of_views(), pass_tokens=st.integers(64, 200), cuts=st.integers(1, 3))
@FEW
def test_shared_encoder_equals_one_source_a_view(
    family: str, groups: list[list[EncodedView]], pass_tokens: int, cuts: int
) -> None:
    net = model(family)
    split = [[as_split(one) for one in group] for group in groups]
    shared = loss_and_gradient(net, "shared", split, 10_000, pass_tokens, cuts)
    alone = loss_and_gradient(net, "shared", [[one] for group in split for one in group], 10_000, 1, 1)
    assert shared[2] == {"shared"}
    assert_same(alone, shared)


def as_split(one: EncodedView) -> EncodedView:
    """The prompt as a source, the target as a sequence of its own."""
    cut = int(np.flatnonzero(one.weights)[0])
    return EncodedView(one.record_id, one.part, one.tokens[:cut], one.tokens[cut:], one.weights[cut:])


def test_shared_layout_matches_hugging_face_labels() -> None:
    """The shared layout against the model's own loss on plain labels: a reference that shares no code with ours."""
    for family in ("t5", "bart"):
        net = model(family)
        one = as_split(view([5, 6, 7], [8, 9, 3], "answer", 1.0))
        found = part_sums(architecture_of(net.config), net, Collator("shared", PARTS, 99, 99)([[one]]).rows[0], PARTS)
        labels = torch.tensor([one.tokens.tolist()])
        expected = net(input_ids=torch.tensor([[5, 6, 7]]), labels=labels).loss
        assert found[0].item() / 3 == pytest.approx(expected.item(), rel=1e-9)


def test_padded_layout_matches_hugging_face_labels() -> None:
    for family in ("llama", "opt", "gpt2"):
        net = model(family)
        one = view([5, 6, 7], [8, 9, 3], "answer", 1.0)
        found = part_sums(architecture_of(net.config), net, Collator("padded", PARTS, 99, 99)([[one]]).rows[0], PARTS)
        labels = torch.tensor([[-100, -100, -100, 8, 9, 3]])
        expected = net(input_ids=torch.tensor([one.tokens.tolist()]), labels=labels).loss
        assert found[0].item() / 3 == pytest.approx(expected.item(), rel=1e-9)


@pytest.mark.parametrize("family", ["mistral_sliding", "gemma3", "qwen2_sliding"])
def test_views_longer_than_the_window(family: str) -> None:
    """A window of 8 tokens and views of 30: without the depth rule the branches would lose sight of their trunk."""
    net = model(family)
    groups = [
        [
            view(range(3, 20), [3, 4, *range(20, 32)], "answer", 1.0),
            view(range(3, 20), [3, 4, *range(8, 20)], "answer", 1.0),
        ]
    ]
    forest = loss_and_gradient(net, "forest", groups, 200, 200)
    assert forest[2] == {"forest"}
    assert_same(loss_and_gradient(net, "padded", groups, 200, 200), forest)
