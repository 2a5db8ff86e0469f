"""Demonstrations in the prompt: drawn by seed and visit, never the question itself, the same at inference."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from smallsteps.decoding.scorer import load_scorer
from smallsteps.decoding.trace import why_untraceable
from smallsteps.engine.forest import distinct_tokens
from smallsteps.engine.student import Student, card_of, load_student
from smallsteps.engine.tokens import encode_prompt, encode_view
from smallsteps.errors import FileError, InputError, OptionError
from smallsteps.methods import (
    SHOWN_BEFORE,
    DemonstrationPool,
    Demonstrations,
    Method,
    demonstration_pool,
    make_method,
    refuse_test_questions,
)
from smallsteps.records import Rationale, Record
from smallsteps.training.dataset import TrainingDataset
from smallsteps.training.settings import Budget, Training
from smallsteps.training.train import train


def record(number: int, task: str = "word_problems", **meta: str) -> Record:
    right = [Rationale(f"Way {way}: {number} + {number}.", str(2 * number), correct=True) for way in (1, 2, 3)]
    wrong = Rationale("A guess.", "1", correct=False)
    return Record(f"{task}-{number}", task, f"What is {number} and {number}?", str(2 * number),
                  rationales=(wrong, *right), meta=dict(meta))  # fmt: skip


POOL = [record(number) for number in range(2, 22)] + [record(number, "gsm8k") for number in range(50, 60)]


def method(name: str = "scotd", **options: object) -> Method:
    return make_method(name, {"demonstrations": 2, **options})


def pool(of: Method | None = None) -> DemonstrationPool:
    found = demonstration_pool(of or method(), POOL)
    assert found is not None
    return found


def texts(of: DemonstrationPool, asked: Record, seed: int = 0, visit: int | str = 0) -> list[str]:
    return list(of.shown(asked, seed, visit).meta[SHOWN_BEFORE])


def test_a_method_with_demonstrations_needs_them_and_one_without_needs_nothing() -> None:
    assert method().needs() == (Demonstrations(2),)
    assert make_method("scotd", {}).needs() == ()
    assert demonstration_pool(make_method("cot", {}), POOL) is None


def test_draws_depend_on_seed_visit_and_question_alone() -> None:
    first, again = texts(pool(), POOL[0]), texts(pool(), POOL[0])
    assert first == again
    others = [texts(pool(), POOL[0], seed=1), texts(pool(), POOL[0], visit=1), texts(pool(), POOL[1])]
    assert all(other != first for other in others)


def test_a_question_is_shown_distinct_ones_of_its_task_and_never_itself() -> None:
    on_shelf, met = pool(), set()
    for asked in POOL:
        for visit in range(30):
            drawn = texts(on_shelf, asked, visit=visit)
            assert len(set(drawn)) == 2
            assert not any(asked.question in text for text in drawn)
            numbers = {int(text.split()[3]) for text in drawn}
            assert all((number >= 50) == (asked.task == "gsm8k") for number in numbers)
            met |= numbers
    assert met == {*range(2, 22), *range(50, 60)}, "every solved question gets its turn"


def test_a_question_is_not_shown_its_contrast_nor_the_question_it_was_rewritten_from() -> None:
    family = [record(number, "aqua", parent="one") for number in (30, 31)]
    alone = DemonstrationPool(method(demonstrations=1), [*family, record(32, "aqua")], 1)
    for visit in range(20):
        (text,) = texts(alone, family[0], visit=visit)
        assert "32 and 32" in text


def test_a_demonstration_is_asked_and_answered_in_full_with_a_right_rationale() -> None:
    (first, second) = texts(pool(), POOL[0])
    for text in (first, second):
        assert text.startswith("Q: What is ") and text.endswith("\n\n") and "guess" not in text
        assert "\nA: Way " in text and "So the answer is: " in text
    (bare, _) = texts(pool(method("answer_only")), POOL[0])
    assert "Way" not in bare and "\nA: So the answer is: " in bare


def test_the_prompt_is_the_demonstrations_and_then_the_question_and_views_stay_pure() -> None:
    taught, asked = method(draw="all"), pool().shown(POOL[0], 0, 0)
    prompt = taught.prompt(asked, "main")
    assert prompt == "".join(asked.meta[SHOWN_BEFORE]) + make_method("scotd", {}).prompt(POOL[0], "main")
    seen = replace(asked, rationales=taught.kept(asked))
    assert {view.prompt for view in taught.views(seen, "main")} == {prompt}
    assert taught.views(seen, "main") == taught.views(seen, "main")


def test_too_few_solved_questions_are_told_in_one_sentence() -> None:
    with pytest.raises(InputError, match=r"'svamp-1' needs 2 demonstrations .* there are only 0"):
        pool().shown(record(1, "svamp"), 0, 0)
    with pytest.raises(InputError, match="there are only 1;"):
        DemonstrationPool(method(), [record(2), record(3)], 2).check([record(2)])
    untold = [replace(one, rationales=()) for one in POOL]
    assert demonstration_pool(method("answer_only"), untold) is not None
    with pytest.raises(InputError, match="there are only 0;"):
        DemonstrationPool(method(), untold, 2).check(POOL)


def test_a_demonstration_that_is_tested_is_refused() -> None:
    tested = [replace(POOL[3], id="tested", question=POOL[3].question.upper())]
    told = r"^shown.jsonl: the demonstration 'word_problems-5' is .* 'tested'; remove it"
    with pytest.raises(InputError, match=told):
        refuse_test_questions(POOL, tested, "shown.jsonl")
    refuse_test_questions(POOL[4:], tested, "shown.jsonl")


def test_options_that_do_not_go_together_are_refused() -> None:
    with pytest.raises(OptionError, match="0 or more"):
        method(demonstrations=-1)
    with pytest.raises(OptionError, match="prompt_style: plain"):
        method(prompt_style="chat")


@pytest.fixture(scope="module")
def student() -> Student:
    return load_student("tiny-decoder", POOL, seed=0)


def visits(student: Student, of: Method, **more: object) -> TrainingDataset:
    return TrainingDataset(POOL, of, "main", student.tokenizer, student.template, seed=0, pool=pool(of), **more)  # type: ignore[arg-type]


def test_visits_show_others_each_epoch_and_the_prompt_of_training_is_that_of_inference(student: Student) -> None:
    of = method()
    seen = visits(student, of)
    (first,), (again,), (later,) = seen[0, 0], seen[0, 0], seen[1, 0]
    assert first.tokens.tolist() == again.tokens.tolist()
    prefix = encode_prompt(student.tokenizer, student.template, of.prompt(pool(of).shown(POOL[0], 0, 0), "main"))
    assert tuple(first.tokens[: len(prefix)].tolist()) == prefix and not first.weights[: len(prefix)].any()
    assert first.weights[len(prefix)] > 0
    assert later.tokens.tolist()[: len(prefix)] != list(prefix)


def test_the_rationales_of_a_question_share_one_prompt_in_the_forest(student: Student) -> None:
    of = method(draw="all")
    views = visits(student, of)[0, 0]
    assert len(views) == 3
    prompt = of.prompt(pool(of).shown(POOL[0], 0, 0), "main")
    once = len(encode_prompt(student.tokenizer, student.template, prompt))
    distinct = distinct_tokens(views)
    assert distinct <= sum(len(view.tokens) for view in views) - 2 * once


def test_a_view_is_the_same_whether_it_was_shown_or_built_by_hand(student: Student) -> None:
    of = method()
    shown = pool(of).shown(of.visit(POOL[4], 0, 3), 0, 3)
    (view,) = of.views(shown, "main")
    assert encode_view(student.tokenizer, student.template, view).tokens.tolist() == \
        visits(student, of)[3, 4][0].tokens.tolist()  # fmt: skip


def test_what_reads_questions_alone_refuses_such_a_student(student: Student, tmp_path: Path) -> None:
    assert "behind demonstrations" in (why_untraceable(method("cot")) or "")
    assert why_untraceable(make_method("cot", {})) is None
    student.save(tmp_path / "main", card_of("scotd", {"demonstrations": 2}, "word_problems", "main"))
    with pytest.raises(FileError, match="taught behind demonstrations"):
        load_scorer(tmp_path / "main")


def test_fixed_views_and_drawn_demonstrations_are_refused_together(student: Student, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="take batch_unit: question"):
        train(student, method(), "main", POOL, [], budget=Budget(steps=1), training=Training(batch_unit="view"), seed=0,
              folder=tmp_path, pool=pool())  # fmt: skip
