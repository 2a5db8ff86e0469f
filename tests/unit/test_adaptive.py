"""Answer first or think first: what decides, what is taught, and what the fold students are for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from smallsteps.errors import InputError, OptionError
from smallsteps.methods import Folds, Method, Stop, Written, make_method
from smallsteps.methods.adaptive import FIRST, SOFT, THINK
from smallsteps.records import Rationale, Record
from smallsteps.study.arms import Arm, study_arms
from smallsteps.study.folds import fold_of, marked
from smallsteps.study.requirements import NeedsContext, provide
from smallsteps.study.sources import Parts
from smallsteps.study.spec import check_study
from smallsteps.tasks import get_task

RECORDS = [
    Record(f"q{n}", "word_problems", f"What is {n} and {n}?", str(2 * n),
           rationales=(Rationale(f"{n} + {n} = {2 * n}.", str(2 * n), True),))
    for n in range(20)
]  # fmt: skip
EASY = {f"q{n}" for n in range(0, 20, 3)}


class Pen:
    """A student that answers easy questions right at once, and all others only after thinking; it decides by rule."""

    def __init__(self) -> None:
        self.prompts: dict[tuple[int, ...], str] = {}
        self.calls: list[tuple[list[str], Stop | None, int | None]] = []

    def tokens(self, prompt: str) -> tuple[int, ...]:
        ids = tuple(prompt.encode())
        self.prompts[ids] = prompt
        return ids

    def added(self, token: str) -> int:
        return {FIRST: 1000, THINK: 1001}[token]

    def __call__(
        self,
        path: str,
        prefixes: Sequence[Sequence[int]],
        keys: Sequence[str],
        stop: Stop | None = None,
        max_new_tokens: int | None = None,
    ) -> list[Written]:
        prompts = [self.prompts[tuple(prefix)] for prefix in prefixes]
        self.calls.append((prompts, stop, max_new_tokens))
        return [self._one(prompt, key.partition("/")[0]) for prompt, key in zip(prompts, keys, strict=True)]

    def _one(self, prompt: str, name: str) -> Written:
        gold = 2 * int(name[1:])
        if prompt.endswith(SOFT[-1]):
            return Written((1000 if name in EASY else 1001,), "", "length")
        if prompt.endswith(THINK):
            return Written((5,) * 10, f" we think. So the answer is: {gold}\n", "stop")
        answer = gold if name in EASY else gold + 1
        return Written((5,) * 4, f" So the answer is: {answer}\n", "stop")


def adaptive(**options: Any) -> Method:
    return make_method("adaptive", options)


def right(method: Method, pen: Pen) -> set[str]:
    outputs = method.decode(pen, RECORDS)
    stated = [method.reader.read(output.text, get_task("word_problems")).answer for output in outputs]
    return {record.id for record, answer in zip(RECORDS, stated, strict=True) if answer == record.answer}


def test_both_orders_are_taught_behind_tokens_of_their_own_and_the_decision_behind_the_soft_prompt() -> None:
    judged = marked(RECORDS[:2], "post", {"q0": True, "q1": False})
    for record, chosen in zip(judged, (FIRST, THINK), strict=True):
        first, think, choice = adaptive().views(record, "main")
        assert first.prompt.endswith(f"A:{FIRST}") and think.prompt.endswith(f"A:{THINK}")
        assert [piece.text for piece in first.target] == [piece.text for piece in reversed(think.target)]
        assert choice.prompt.endswith("A:" + "".join(SOFT)) and choice.target[0].text == chosen and not choice.ends
        assert (first.part, think.part, choice.part) == ("target", "target", "choice")


def test_a_question_that_was_not_judged_teaches_no_decision() -> None:
    assert [view.part for view in adaptive().views(RECORDS[0], "main")] == ["target", "target"]


def test_the_learnt_choice_answers_each_question_in_its_order_for_one_token_more() -> None:
    pen = Pen()
    outputs = adaptive().decode(pen, RECORDS)
    assert right(adaptive(), Pen()) == {record.id for record in RECORDS}
    assert [output.tokens for output in outputs] == [5 if record.id in EASY else 11 for record in RECORDS]
    (_, no_stop, one), (prompts, stop, _) = pen.calls
    assert no_stop is None and one == 1 and stop == Stop("So the answer is:", "\n")
    assert sum(prompt.endswith(FIRST) for prompt in prompts) == len(EASY)


def test_constant_choices_ask_nobody() -> None:
    pen = Pen()
    assert right(adaptive(choice="first"), pen) == EASY and len(pen.calls) == 1
    assert right(adaptive(choice="think"), Pen()) == {record.id for record in RECORDS}


def test_the_random_choice_has_the_same_share_dealt_out_without_a_look_at_the_question() -> None:
    pen = Pen()
    adaptive(choice="random").decode(pen, RECORDS)
    firsts = [prompt.endswith(FIRST) for prompt in pen.calls[-1][0]]
    learnt = [record.id in EASY for record in RECORDS]
    assert sum(firsts) == len(EASY) and firsts != learnt
    again = Pen()
    adaptive(choice="random").decode(again, RECORDS)
    assert again.calls == pen.calls


def test_the_oracle_takes_the_answer_first_output_wherever_it_is_right() -> None:
    outputs = adaptive(choice="oracle").decode(Pen(), RECORDS)
    assert [output.tokens for output in outputs] == [4 if record.id in EASY else 10 for record in RECORDS]


def test_with_rationale_nothing_stops_early() -> None:
    pen = Pen()
    adaptive().explain(pen, RECORDS)
    assert [stop for _, stop, _ in pen.calls] == [None, None]


def test_needs_and_refusals() -> None:
    assert adaptive(folds=3).needs() == (Folds("post", 3), Folds("cot", 3))
    for options, message in (
        ({"folds": 1}, "folds = 1"),
        ({"choice_weight": -1}, "choice_weight = -1"),
        ({"answer_format": "fine_tune_cot"}, "does not mark the end of the answer"),
    ):
        with pytest.raises(OptionError, match=message):
            adaptive(**options)  # type: ignore[arg-type]


def arm(**options: Any) -> Arm:
    raw = {
        "name": "x", "task": "word_problems", "corpus": {"train": "a", "test": "b"},
        "students": [{"name": "tiny-decoder", "width": 16, "layers": 1, "heads": 2}],
        "methods": [{"name": "adaptive", **options}], "budget": {"steps": 2},
        "training": {"per_device_train_batch_size": 4}, "decoding": {"max_new_tokens": 4},
    }  # fmt: skip
    (only,) = study_arms(check_study(raw), raw)
    return only


def test_every_training_question_is_judged_by_students_of_the_other_folds(tmp_path: Path) -> None:
    import torch

    torch.set_num_threads(1)
    shop = NeedsContext(tmp_path / "cache", {}, tmp_path / "arms")
    parts = Parts(RECORDS, [], RECORDS[:1], ())
    provided = provide(arm(), parts, shop)
    assert [set(record.meta["out_of_fold"]) for record in provided.train] == [{"post", "cot"}] * len(RECORDS)
    assert [replace(record, meta={}) for record in provided.train] == RECORDS and provided.seconds > 0
    for part in range(2):
        (answers,) = tmp_path.glob(f"cache/*/post-fold{part}/answers.jsonl")
        held = {record.id for record in RECORDS if fold_of(record, 2) == part}
        assert {line.split('"')[3] for line in answers.read_text().splitlines()} == held
    again = provide(arm(choice="random"), parts, shop)
    assert again.seconds == provided.seconds and again.train == provided.train, "made once, charged to every arm"


def test_too_few_questions_for_the_folds_are_refused(tmp_path: Path) -> None:
    shop = NeedsContext(tmp_path / "cache", {}, tmp_path / "arms")
    with pytest.raises(InputError, match="2 folds of 1 training questions leave one empty"):
        provide(arm(), Parts(RECORDS[:1], [], RECORDS[:1], ()), shop)
