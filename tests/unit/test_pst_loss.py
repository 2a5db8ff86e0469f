"""The semantic loss against direct formulas in float64, and what it must not depend on."""

from __future__ import annotations

import copy
import math
import random
from collections.abc import Iterator

import numpy as np
import pytest
import torch

from smallsteps.engine.architecture import bare
from smallsteps.engine.batches import Batch, Collator
from smallsteps.engine.student import Student, load_student
from smallsteps.engine.tiny import TinySize
from smallsteps.engine.tokens import encode_view
from smallsteps.methods import Marks, vector_key
from smallsteps.methods._semantic_loss import _draw, projection
from smallsteps.methods.pst import SEM, Pst
from smallsteps.records import Rationale, Record
from smallsteps.training.losses import ExtraLoss, Mix, mean_rows, part_sums
from smallsteps.training.semantic_vectors import pooled_vectors
from smallsteps.training.vectors import rationale_vectors

WIDTH, SIZE = 24, 10
RECORDS = [
    Record(
        id=f"q{n}",
        task="word_problems",
        question=f"Ann has {n} apples and buys {2 * n + 1} more. How many?",
        answer=str(3 * n + 1),
        rationales=tuple(
            Rationale(text, answer=str(3 * n + 1), correct=True)
            for text in (f"She had {n} and buys {2 * n + 1}.", f"{n} plus {2 * n + 1} makes {3 * n + 1}.")[: 1 + n % 2]
        ),
    )
    for n in range(1, 8)
]


@pytest.fixture(params=["tiny-decoder", "tiny-encdec"])
def student(request: pytest.FixtureRequest) -> Iterator[Student]:
    made = load_student(request.param, RECORDS, seed=3, size=TinySize(width=16, layers=2, heads=2, vocabulary=80))
    made.add_tokens((SEM,))
    made.model.double().eval()
    yield made


def vectors(width: int = 16) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(0)
    keys = [vector_key(record.id, one.text) for record in RECORDS for one in record.rationales]
    return {key: draw.normal(size=width) for key in keys}


def extra_loss(method: Pst, student: Student, found: dict[str, np.ndarray]) -> ExtraLoss:
    keys = sorted(found)
    bank = torch.from_numpy(np.stack([found[key] for key in keys]))
    module = method.extra_module(student.width, bank.shape[1]).double()
    return ExtraLoss(method, bank, {key: row for row, key in enumerate(keys)}, module)


def marks(rows: list[tuple[int, ...]], bank: torch.Tensor) -> Marks:
    keys = tuple(tuple(f"k{row}" for row in own) for own in rows)
    return Marks(keys, mean_rows(bank, rows, bank.dtype), bank, tuple(rows))


def some(count: int = 5) -> tuple[torch.Tensor, torch.Tensor, Marks]:
    draw = torch.Generator().manual_seed(1)
    bank = torch.randn(12, SIZE, generator=draw, dtype=torch.float64)
    hidden = torch.randn(count, WIDTH, generator=draw, dtype=torch.float64)
    return hidden, bank, marks([(0,), (3, 4), (5,), (1, 2, 6), (11,)][:count], bank)


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float(a @ b / (math.sqrt(a @ a) * math.sqrt(b @ b)))


def test_cosine_is_one_minus_the_cosine_of_the_projected_state_and_the_mean_vector() -> None:
    hidden, bank, place = some()
    method = Pst(distance="cosine")
    module = method.extra_module(WIDTH, SIZE).double()
    projected = hidden.numpy() @ module.weight.detach().numpy().T
    means = [bank.numpy()[list(own)].mean(0) for own in place.rows]
    expected = [1 - cosine(h, g) for h, g in zip(projected, means, strict=True)]
    assert method.extra_loss(hidden, place, module).tolist() == pytest.approx(expected, rel=1e-12)


def test_mse_is_the_mean_squared_difference() -> None:
    hidden, bank, place = some()
    method = Pst(distance="mse")
    module = method.extra_module(WIDTH, SIZE).double()
    projected = hidden.numpy() @ module.weight.detach().numpy().T
    means = np.stack([bank.numpy()[list(own)].mean(0) for own in place.rows])
    expected = ((projected - means) ** 2).mean(1)
    assert method.extra_loss(hidden, place, module).tolist() == pytest.approx(expected.tolist(), rel=1e-12)


def test_infonce_is_the_cross_entropy_of_the_own_vector_among_the_drawn_ones() -> None:
    hidden, bank, place = some()
    method = Pst(distance="infonce", negatives=4, temperature=0.2, negatives_seed=7)
    module = method.extra_module(WIDTH, SIZE).double()
    projected = hidden.numpy() @ module.weight.detach().numpy().T
    expected = []
    for index, (h, own) in enumerate(zip(projected, place.rows, strict=True)):
        drawn = _draw(place, index, 4, 7)
        assert len(drawn) == len(set(drawn)) == 4 and not set(drawn) & set(own)
        scores = [cosine(h, bank.numpy()[list(own)].mean(0)) / 0.2]
        scores += [cosine(h, bank.numpy()[row]) / 0.2 for row in drawn]
        expected.append(math.log(sum(math.exp(score) for score in scores)) - scores[0])
    assert method.extra_loss(hidden, place, module).tolist() == pytest.approx(expected, rel=1e-12)


def test_negatives_change_with_the_seed_and_the_question_and_not_with_the_batch() -> None:
    _, _, place = some()
    alone = Marks(place.keys[2:3], place.targets[2:3], place.bank, place.rows[2:3])
    assert _draw(place, 2, 6, 0) == _draw(alone, 0, 6, 0)
    assert len({tuple(_draw(place, 2, 6, seed)) for seed in range(5)}) > 1
    assert _draw(place, 0, 6, 0) != _draw(place, 4, 6, 0)
    tiny = marks([(0,)], torch.ones(3, 2))
    assert set(_draw(tiny, 0, 20, 0)) == {1, 2}, "a bank with fewer others than asked for is drawn with repeats"


def test_w_begins_as_the_identity_or_with_orthonormal_rows_and_is_the_same_every_time() -> None:
    assert torch.equal(projection(6, 6, True).weight, torch.eye(6))
    narrow = projection(9, 4, True).weight
    assert torch.allclose(narrow @ narrow.T, torch.eye(4), atol=1e-6)
    wide = projection(4, 9, True).weight
    assert torch.allclose(wide.T @ wide, torch.eye(4), atol=1e-6)
    torch.manual_seed(99)
    assert torch.equal(projection(9, 4, True).weight, narrow)
    assert not projection(9, 4, False).weight.requires_grad


def encoded(student: Student, method: Pst) -> list[list[object]]:
    return [
        [encode_view(student.tokenizer, student.template, view) for view in method.views(record, "main")]
        for record in RECORDS
    ]


def batches(student: Student, method: Pst, sizes: list[int], layout: str) -> list[Batch]:
    groups, collator = encoded(student, method), Collator(layout, Mix.of(method.mix).parts, 200, 400)
    cut, made = 0, []
    for size in sizes:
        made.append(collator(groups[cut : cut + size]))
        cut += size
    return made


def step_loss(student: Student, method: Pst, extra: ExtraLoss, made: list[Batch]) -> torch.Tensor:
    """The loss of one optimiser step over some micro-batches, as the loop sums it; gradients add up in place."""
    mix = Mix.of(method.mix)
    weights = torch.stack([batch.weights for batch in made]).sum(0)
    total = torch.zeros((), dtype=torch.float64)
    for batch in made:
        for row in batch.rows:
            loss = mix.total(part_sums(student.architecture, student.model, row, mix.parts, extra), weights)
            loss.backward()
            total += loss.detach()
    return total


@torch.no_grad()
def direct_loss(student: Student, method: Pst, extra: ExtraLoss) -> float:
    """L = CE(y, marker, <sem>) + λ·mean(1 − cos(W h, g)), one question at a time by the plain model."""
    nll, count, distances = 0.0, 0, []
    weight = extra.module.weight.detach().numpy()
    for record in RECORDS:
        (view,) = method.views(record, "main")
        one = encode_view(student.tokenizer, student.template, view)
        tokens = torch.from_numpy(one.tokens.astype(np.int64))[None]
        learnt = torch.from_numpy(one.weights) > 0
        if len(one.source):
            source = torch.from_numpy(one.source.astype(np.int64))[None]
            start = torch.full((1, 1), student.model.config.decoder_start_token_id)
            whole = torch.cat([start, tokens], 1)
            out = student.model(input_ids=source, decoder_input_ids=whole, output_hidden_states=True)
            predictions, state = out.logits[0, :-1], out.decoder_hidden_states[-1][0, -1]
            if student.model.config.tie_word_embeddings:
                state = state * student.model.model_dim**-0.5 if hasattr(student.model, "model_dim") else state
        else:
            out = student.model(input_ids=tokens, output_hidden_states=True)
            predictions = out.logits[0].roll(1, 0)
            state = out.hidden_states[-1][0, -1]
        scores = predictions.log_softmax(-1).gather(-1, tokens[0][:, None])[:, 0]
        nll, count = nll - float(scores[learnt].sum()), count + int(learnt.sum())
        assert tokens[0, -1] == student.tokenizer.convert_tokens_to_ids(SEM), "the marked state is that of <sem>"
        g = np.mean([extra.bank[extra.number[vector_key(record.id, r.text)]].numpy() for r in record.rationales], 0)
        distances.append(1 - cosine(weight @ state.detach().numpy(), g))
    return nll / count + method.weight * float(np.mean(distances))


def layouts(student: Student) -> list[str]:
    return ["forest", "padded"] if student.architecture.layout == "forest" else [student.architecture.layout]


def test_the_whole_loss_equals_the_direct_formula(student: Student) -> None:
    method = Pst(weight=0.7)
    extra = extra_loss(method, student, vectors())
    expected = direct_loss(student, method, extra)
    for layout in layouts(student):
        total = step_loss(student, method, extra, batches(student, method, [7], layout))
        assert float(total) == pytest.approx(expected, rel=1e-9), layout


@pytest.mark.parametrize("distance", ["cosine", "mse", "infonce"])
def test_cutting_a_step_differently_changes_neither_loss_nor_gradient(student: Student, distance: str) -> None:
    method = Pst(weight=0.5, distance=distance, rationale_weight=0.3)  # type: ignore[arg-type]
    found = []
    for sizes in ([7], [1, 2, 4], [3, 1, 1, 2]):
        student.model.zero_grad()
        extra = extra_loss(method, student, vectors(9))
        total = step_loss(student, method, extra, batches(student, method, sizes, student.architecture.layout))
        gradient = [p.grad.flatten() for p in student.model.parameters() if p.grad is not None]
        found.append((float(total), torch.cat([*gradient, extra.module.weight.grad.flatten()])))
    for total, gradient in found[1:]:
        assert total == pytest.approx(found[0][0], rel=1e-12)
        assert float((gradient - found[0][1]).norm() / found[0][1].norm()) < 1e-7, "T5 takes its softmax in float32"


def test_gradients_go_to_the_student_and_to_w_only(student: Student) -> None:
    frozen = copy.deepcopy(student)
    made = rationale_vectors(RECORDS, lambda texts: pooled_vectors(frozen, texts))
    for trained in ("trained", "fixed"):
        method = Pst(weight=1.0, projection=trained)  # type: ignore[arg-type]
        extra = extra_loss(method, student, made)
        student.model.zero_grad()
        step_loss(student, method, extra, batches(student, method, [7], student.architecture.layout))
        assert all(parameter.grad is None for parameter in frozen.model.parameters()), "the frozen copy has none"
        assert extra.bank.grad is None and not extra.bank.requires_grad
        assert (extra.module.weight.grad is not None) == (trained == "trained")
        assert any(float(p.grad.abs().max()) > 0 for p in student.model.parameters() if p.grad is not None)


def test_lambda_0_leaves_the_gradient_of_the_cross_entropy_alone(student: Student) -> None:
    gradients = []
    for method, own in ((Pst(weight=0), True), (Pst(weight=0), False), (Pst(weight=0.5), True)):
        student.model.zero_grad()
        extra = extra_loss(method, student, vectors()) if own else None
        step_loss(student, method, extra, batches(student, method, [7], student.architecture.layout))  # type: ignore[arg-type]
        gradients.append(torch.cat([p.grad.flatten() for p in student.model.parameters() if p.grad is not None]))
    assert torch.allclose(gradients[0], gradients[1], atol=1e-15)
    assert not torch.allclose(gradients[0], gradients[2], atol=1e-6)


def test_a_step_without_a_mark_still_reaches_w(student: Student) -> None:
    method = Pst()
    bare_records = [Record(r.id, r.task, r.question, r.answer) for r in RECORDS[:2]]
    groups = [
        [encode_view(student.tokenizer, student.template, v) for v in method.views(r, "main")] for r in bare_records
    ]
    batch = Collator(student.architecture.layout, ("target",), 200, 400)(groups)
    assert float(batch.weights[-1]) == 0
    extra = extra_loss(method, student, vectors())
    step_loss(student, method, extra, [batch])
    assert extra.module.weight.grad is not None and not extra.module.weight.grad.any()


def test_bare_unwraps_for_represent(student: Student) -> None:
    class Wrapper(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.module = student.model

    lines = [list(range(5, 5 + random.Random(n).randint(1, 6))) for n in range(4)]
    plain, mask = student.architecture.represent(student.model, lines)
    wrapped, _ = student.architecture.represent(Wrapper(), lines)
    assert bare(Wrapper()) is student.model and torch.equal(plain, wrapped)
    assert mask.sum(1).tolist() == [len(line) for line in lines]
