"""What pst makes of a record, what it refuses, and how an answer-first student writes a rationale on request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from smallsteps.errors import OptionError
from smallsteps.methods import Arm, Method, Stop, Vectors, Written, make_method, vector_key
from smallsteps.records import Rationale, Record
from smallsteps.tasks import get_task
from smallsteps.views import Mark, Piece

RECORD = Record(
    "q", "word_problems", "Two and two?", "4",
    rationales=(Rationale("2 + 2 = 4.", "4", True), Rationale("It is 5.", "5", False), Rationale("Four!", "4", True)),
)  # fmt: skip


def views(record: Record = RECORD, **options: object) -> list[object]:
    method = make_method("pst", options)
    return list(method.views(method.visit(record, 0, 0), "main"))


def key(text: str) -> str:
    return vector_key("q", text)


def test_one_view_holds_answer_and_sem_marked_with_all_kept_rationales() -> None:
    (view,) = views()
    assert view.target == (Piece(" So the answer is: 4\n"), Piece("<sem>"))  # type: ignore[attr-defined]
    assert view.marks == (Mark(1, (key("2 + 2 = 4."), key("Four!"))),)  # type: ignore[attr-defined]
    assert not view.ends and view.part == "target"  # type: ignore[attr-defined]


def test_a_drawn_rationale_keeps_the_key_that_it_had_among_all() -> None:
    method = make_method("pst", {"draw": "one"})
    drawn = {method.views(method.visit(RECORD, 0, epoch), "main")[0].marks[0].keys for epoch in range(20)}
    assert drawn == {(key("2 + 2 = 4."),), (key("Four!"),)}


def test_a_question_without_a_kept_rationale_is_taught_its_answer_without_a_mark() -> None:
    (view,) = views(replace(RECORD, rationales=RECORD.rationales[1:2]))
    assert view.target[0].text == " So the answer is: 4\n" and view.marks == ()  # type: ignore[attr-defined]


def test_the_teachers_own_answers_stand_apart_each_with_its_rationales() -> None:
    four, five = views(keep="all", label="teacher")
    assert four.marks[0].keys == (key("2 + 2 = 4."), key("Four!"))  # type: ignore[attr-defined]
    assert five.target[0].text == " So the answer is: 5\n" and five.marks[0].keys == (key("It is 5."),)  # type: ignore[attr-defined]
    assert (four.weight, five.weight) == (2 / 3, 1 / 3)  # type: ignore[attr-defined]


def test_rationale_weight_mixes_in_the_words_behind_sem_in_a_part_of_their_own() -> None:
    opening, *worded = views(rationale_weight=0.3)
    assert make_method("pst", {"rationale_weight": 0.3}).mix == {"target": 1.0, "rationale": 0.3, "extra": 0.5}
    assert [view.target[-1].text for view in worded] == [" 2 + 2 = 4.", " Four!"]  # type: ignore[attr-defined]
    assert all(view.target[:2] == opening.target and view.part == "rationale" for view in worded)  # type: ignore[attr-defined]
    assert sum(view.weight for view in worded) == 1 and not any(view.marks for view in worded)  # type: ignore[attr-defined]


def test_needs_name_the_vectors_and_the_arm_that_makes_them() -> None:
    assert make_method("pst", {}).needs() == (Vectors("frozen"),)
    assert make_method("pst", {"target": "arm"}).needs() == (Arm("cot"), Vectors("arm"))
    assert make_method("pst", {"target": "lsa", "shuffled": True}).needs() == (Vectors("lsa", shuffled=True),)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"weight": -0.1}, r"weight = -0.1: the weight of a loss is 0 or more"),
        ({"rationale_weight": -1}, r"rationale_weight = -1.0: the weight of a loss is 0 or more"),
        ({"target": "frosen"}, r"unknown target 'frosen'; did you mean 'frozen'\?"),
        ({"target": "lsa:x"}, r"unknown target 'lsa:x'"),
        ({"negatives": 0}, r"at least 1 negative"),
        ({"temperature": 0}, r"temperature above 0"),
        ({"distance": "euclid"}, r"distance = 'euclid'"),
        ({"answer_format": "fine_tune_cot"}, r"does not mark the end of the answer"),
    ],
)
def test_bad_options_are_refused_in_a_sentence(options: dict[str, object], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        make_method("pst", options)


class Pen:
    """A writer that remembers what it was asked for."""

    def __init__(self) -> None:
        self.calls: list[tuple[list[str], Stop | None]] = []
        self._prompts: dict[tuple[int, ...], str] = {}

    def tokens(self, prompt: str) -> tuple[int, ...]:
        ids = tuple(prompt.encode())
        self._prompts[ids] = prompt
        return ids

    def added(self, token: str) -> int:
        return 0

    def __call__(
        self,
        path: str,
        prefixes: Sequence[Sequence[int]],
        keys: Sequence[str],
        stop: Stop | None = None,
        max_new_tokens: int | None = None,
    ) -> list[Written]:
        prompts = [self._prompts[tuple(prefix)] for prefix in prefixes]
        self.calls.append((prompts, stop))
        text = " because." if "explain:" in prompts[0] else " So the answer is: 4\n"
        return [Written((1, 2, 3), text, "stop" if stop else "eos") for _ in prefixes]


@pytest.mark.parametrize("name", ["answer_only", "post", "pst", "step_by_step"])
def test_answer_first_methods_stop_behind_the_answer_line(name: str) -> None:
    pen = Pen()
    (output,) = make_method(name, {}).decode(pen, [RECORD])
    ((_, stop),) = pen.calls
    assert stop == Stop("So the answer is:", "\n") and output.finish == "stop"


@pytest.mark.parametrize(("name", "options"), [("post", {}), ("pst", {"rationale_weight": 0.5})])
def test_with_rationale_they_write_on_to_the_end(name: str, options: dict[str, object]) -> None:
    pen = Pen()
    method = make_method(name, options)
    (output,) = method.explain(pen, [RECORD])
    assert [stop for _, stop in pen.calls] == [None]
    assert method.reader.read(output.text, get_task("word_problems")).answer == "4"


def test_step_by_step_writes_its_rationale_behind_a_prompt_of_its_own() -> None:
    pen = Pen()
    method: Method = make_method("step_by_step", {})
    (output,) = method.explain(pen, [RECORD])
    assert [prompts[0].partition(" ")[0] for prompts, _ in pen.calls] == ["predict:", "explain:"]
    assert output.text == " So the answer is: 4\n because." and output.tokens == 6 and output.finish == "stop"
    assert method.reader.read(output.text, get_task("word_problems")).answer == "4"


@pytest.mark.parametrize(
    ("name", "options"),
    [("answer_only", {}), ("pst", {}), ("post", {"rationale_weight": 0}), ("step_by_step", {"alpha": 1})],
)
def test_a_student_that_was_taught_no_words_refuses_to_write_them(name: str, options: dict[str, object]) -> None:
    with pytest.raises(OptionError, match=r"does not train the student to write rationales"):
        make_method(name, options).explain(Pen(), [RECORD])


def test_rationale_first_methods_write_it_anyway() -> None:
    pen = Pen()
    method = make_method("cot", {})
    assert method.explain(pen, [RECORD]) == method.decode(pen, [RECORD])
