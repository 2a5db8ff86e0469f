"""Curricula: what makes a question hard, and the order in which a schedule visits the questions."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from smallsteps.engine.student import load_student
from smallsteps.errors import OptionError
from smallsteps.generators import make_generator
from smallsteps.methods import make_method
from smallsteps.methods._curriculum import Schedule
from smallsteps.records import Rationale, Record
from smallsteps.sampling import make_teacher, sample_directly
from smallsteps.training.curriculum import CurriculumSampler, sampler_of
from smallsteps.training.dataset import TrainingDataset, TrainingSampler
from smallsteps.training.settings import Budget, Training
from smallsteps.training.train import train

HARD = [3.0, 1.0, 2.0, 1.0, 5.0, 4.0, 2.5, 0.5, 6.0, 0.1]
SCHEDULES: tuple[Schedule, ...] = ("easy_first", "hard_first", "growing", "shuffled")


def visits(schedule: Schedule, total: int = 30, seed: int = 0) -> list[tuple[int, int]]:
    return list(CurriculumSampler(HARD, total, seed, schedule))


def record(name: str, *right: bool, text: str = "One. Two.", **meta: object) -> Record:
    told = tuple(Rationale(f"{text} {n}", "4", one) for n, one in enumerate(right))
    return Record(name, "gsm8k", f"{name}?", "4", None, told, dict(meta))


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("total", [1, 7, 30, 101])
def test_exactly_the_wanted_visits_the_same_for_the_same_seed(schedule: Schedule, total: int) -> None:
    assert len(visits(schedule, total)) == total == len(CurriculumSampler(HARD, total, 0, schedule))
    assert visits(schedule, total, 3) == visits(schedule, total, 3)
    if total > 7:
        assert visits(schedule, total, 3) != visits(schedule, total, 4)


@pytest.mark.parametrize(("schedule", "sign"), [("easy_first", 1), ("hard_first", -1)])
def test_every_epoch_goes_from_one_end_to_the_other(schedule: Schedule, sign: int) -> None:
    found = visits(schedule)
    for epoch in range(3):
        order = [index for which, index in found if which == epoch]
        assert sorted(order) == list(range(10)), "every question once an epoch"
        levels = [sign * HARD[index] for index in order]
        assert levels == sorted(levels)
    firsts = {tuple(index for which, index in visits(schedule, 30, seed) if which == 0) for seed in range(20)}
    assert len(firsts) == 2, "the two equally hard questions change places, and nothing else does"


def test_growing_begins_with_the_easiest_and_ends_with_all() -> None:
    found = [index for _, index in visits("growing", 2000)]
    assert {HARD[index] for index in found[:3]} <= {0.1, 0.5}
    means = [sum(HARD[index] for index in found[at : at + 250]) / 250 for at in range(0, 1000, 250)]
    assert means == sorted(means) and set(found[1000:]) == set(range(10))


def test_shuffled_has_the_visits_of_growing_in_another_order() -> None:
    growing, shuffled = visits("growing", 400), visits("shuffled", 400)
    assert growing != shuffled and Counter(growing) == Counter(shuffled)
    early = [HARD[index] for _, index in shuffled[:100]]
    late = [HARD[index] for _, index in shuffled[-100:]]
    assert abs(sum(early) - sum(late)) / 100 < 1.0


def test_the_nth_visit_of_a_question_is_its_nth_epoch() -> None:
    seen: Counter[int] = Counter()
    for epoch, index in visits("growing", 200):
        assert epoch == seen[index]
        seen[index] += 1


@pytest.mark.parametrize(
    ("by", "easy", "hard"),
    [
        ("right", record("a", True, True, False), record("b", True, False, False)),
        ("length", record("a", True, text="Short."), record("b", True, text="Rather longer than that one was.")),
        ("steps", record("a", True, text="One only"), record("b", True, text="One. Two. Three.")),
        ("notes", record("a", True, review=[{"by": "x", "note": "1: easy"}]),
         record("b", True, review=[{"by": "x", "note": "4"}, {"by": "y", "note": "5"}])),
        ("notes", record("a", True), record("b", True, review=[{"by": "x", "original": "was"}])),
    ],
)  # fmt: skip
def test_what_makes_a_question_hard(by: str, easy: Record, hard: Record) -> None:
    method = make_method("cot", {"draw": "curriculum", "curriculum": by})
    assert method.difficulty(easy) < method.difficulty(hard)
    assert make_method("cot", {}).difficulty(hard) == 0.0


@pytest.mark.parametrize("name", ["cot", "scotd", "post", "step_by_step", "ases", "pst", "adaptive"])
def test_every_method_that_trains_on_rationales_has_it(name: str) -> None:
    method = make_method(name, {"draw": "curriculum", "curriculum": "length", "schedule": "growing"})
    assert (method.curriculum, method.schedule) == ("length", "growing")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"curriculum": "length"}, "set draw: curriculum"),
        ({"draw": "curriculum", "schedule": "growing"}, "needs a curriculum: right, length, steps or notes"),
        ({"draw": "curriculum", "curriculum": "size"}, "curriculum"),
    ],
)
def test_options_without_effect_are_refused(options: dict[str, str], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        make_method("cot", options)


def test_training_visits_in_that_order(tmp_path: Path) -> None:
    asked = make_generator("word_problems", {}).records(40, 0, "train")
    records = list(sample_directly(list(asked), make_teacher("rule_based", {}), 2, 0))
    student = load_student("tiny-decoder", records)
    method = make_method("cot", {"draw": "curriculum", "curriculum": "length", "schedule": "easy_first"})
    dataset = TrainingDataset(records, method, "main", student.tokenizer, student.template, seed=0)
    order = [index for _, index in sampler_of(dataset, 40, 0)]
    lengths = [method.difficulty(dataset.records[index]) for index in order]
    assert lengths == sorted(lengths) and len(set(lengths)) > 2
    plain = TrainingDataset(records, make_method("cot", {}), "main", student.tokenizer, student.template, seed=0)
    assert isinstance(sampler_of(plain, 40, 0), TrainingSampler)
    common = {"training": Training(arguments={"per_device_train_batch_size": 4}), "seed": 0, "folder": tmp_path}
    trained = train(student, method, "main", records, [], budget=Budget(steps=2), **common)  # type: ignore[arg-type]
    assert trained.steps == 2
    growing = make_method("cot", {"draw": "curriculum", "curriculum": "length", "schedule": "growing"})
    with pytest.raises(OptionError, match="budget in steps or epochs"):
        train(student, growing, "main", records, [], budget=Budget(tokens=500), **common)  # type: ignore[arg-type]
    by_view = {"training": Training(batch_unit="view"), "seed": 0, "folder": tmp_path / "x"}
    with pytest.raises(OptionError, match="batch_unit: question"):
        train(student, method, "main", records, [], budget=Budget(steps=1), **by_view)  # type: ignore[arg-type]
