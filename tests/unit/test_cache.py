"""The preallocated cache holds what a `DynamicCache` holds, through steps, selections and copies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from transformers.cache_utils import DynamicCache

from models import folder_of
from smallsteps.decoding.loop import finished_last
from smallsteps.engine import cache as caches
from smallsteps.engine import decoder_only, encoder_decoder
from smallsteps.engine.cache import PreallocatedLayer, Selection, preallocate
from smallsteps.engine.student import Student, load_student

FAMILIES = ("llama", "gpt2", "opt", "mistral_sliding", "gemma3", "t5", "bart")
PREFIXES = [[5, 6, 7, 8, 9, 10], [11, 12, 13], [14, 15, 16, 17], [18]]
# Rows that go on after each step: fewer in order, fewer with places changed, the same, copies, one.
SELECTIONS: tuple[list[int] | None, ...] = (None, [0, 3, 2], None, [2, 1], None, [1, 0, 1], None, None, [2])


@pytest.fixture(scope="module", params=FAMILIES)
def student(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Student:
    loaded = load_student(str(folder_of(request.param, tmp_path_factory.mktemp("model"))))
    loaded.model.double()
    return loaded


def stepped(student: Student, selections: Sequence[list[int] | None]) -> list[torch.Tensor]:
    """The logits of every step, greedily."""
    architecture, model = student.architecture, student.model
    found = []
    with torch.inference_mode():
        logits, state = architecture.begin(model, PREFIXES)
        for rows in selections:
            if rows is not None:
                architecture.select(state, rows)
                logits = logits[rows]
            logits = architecture.step(model, state, logits.argmax(-1))
            found.append(logits)
    return found


def test_steps_and_selections_give_what_the_dynamic_cache_gives(
    student: Student, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caches, "ROOM", 2)  # grown within a few steps
    ours = stepped(student, SELECTIONS)
    for module in (decoder_only, encoder_decoder):
        monkeypatch.setattr(module, "preallocate", lambda cache: None)
    for one, other in zip(ours, stepped(student, SELECTIONS), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-12)


def test_a_waiting_line_changes_nothing_for_the_others(student: Student) -> None:
    architecture, model = student.architecture, student.model
    with torch.inference_mode():
        logits, state = architecture.begin(model, PREFIXES)
        alone_logits, alone = architecture.begin(model, PREFIXES[:1])
        for _ in range(4):
            tokens = logits.argmax(-1)
            logits = architecture.step(model, state, tokens, torch.tensor([True, False, True, False]))
            alone_logits = architecture.step(model, alone, alone_logits.argmax(-1))
            torch.testing.assert_close(logits[:1], alone_logits, rtol=1e-9, atol=1e-12)


def test_full_attention_layers_are_preallocated_and_others_are_left(tmp_path: Path) -> None:
    kinds = {}
    for family in ("llama", "gemma3"):
        student = load_student(str(folder_of(family, tmp_path / family)))
        _, state = student.architecture.begin(student.model, PREFIXES)
        kinds[family] = [type(layer).__name__ for layer in state.cache.layers]
    assert kinds["llama"] == ["PreallocatedLayer"] * 2
    assert sorted(kinds["gemma3"]) == ["DynamicSlidingWindowLayer", "PreallocatedLayer"]


def test_a_token_is_written_in_place_and_the_buffer_grows_only_when_it_is_full() -> None:
    cache = DynamicCache()
    cache.update(torch.ones(2, 1, 3, 4), torch.ones(2, 1, 3, 4), 0)
    preallocate(cache)
    layer = cache.layers[0]
    assert isinstance(layer, PreallocatedLayer)
    places = set()
    for step in range(caches.ROOM):
        keys, _ = cache.update(torch.full((2, 1, 1, 4), float(step)), torch.zeros(2, 1, 1, 4), 0)
        places.add(keys.data_ptr())
        assert keys.shape[-2] == cache.get_seq_length() == 4 + step
    assert len(places) == 1
    keys, _ = cache.update(torch.full((2, 1, 1, 4), -1.0), torch.zeros(2, 1, 1, 4), 0)
    assert keys.data_ptr() not in places
    assert keys[0, 0, :, 0].tolist() == [1.0] * 3 + [float(step) for step in range(caches.ROOM)] + [-1.0]


def test_transformers_own_operations_work_on_a_preallocated_cache() -> None:
    states = torch.arange(2 * 3 * 4, dtype=torch.float32).view(2, 1, 3, 4)
    plain, ours = DynamicCache(), DynamicCache()
    for cache in (plain, ours):
        cache.update(states, states + 1, 0)
    preallocate(ours)
    for change in (
        lambda cache: cache.reorder_cache(torch.tensor([1, 0])),
        lambda cache: cache.crop(-1),
        lambda cache: cache.batch_repeat_interleave(2),
        lambda cache: cache.batch_select_indices(torch.tensor([3, 0])),
        lambda cache: cache.update(states, states, 0),
    ):
        change(plain)
        change(ours)
        for one, other in (
            (ours.layers[0].keys, plain.layers[0].keys),
            (ours.layers[0].values, plain.layers[0].values),
        ):
            assert torch.equal(one, other)
    ours.reset()
    assert ours.get_seq_length() == 0


def test_only_lines_that_change_places_are_copied() -> None:
    order = finished_last([True, False, True, False, True, True])
    assert order == [0, 4, 2, 5, 1, 3]
    selection = Selection.of(order[:4], torch.device("cpu"))
    assert selection.targets.tolist() == [1, 3] and selection.sources.tolist() == [4, 5]
    assert finished_last([True] * 3) == [0, 1, 2] and finished_last([False, True]) == [1, 0]
