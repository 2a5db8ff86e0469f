"""The task of LaTeX answers: notations of one worth are the same, and a comparison that never ends is an error."""

from __future__ import annotations

import pytest

from smallsteps.records import Record
from smallsteps.scoring.answers import Answer
from smallsteps.scoring.evaluate import judge_answers
from smallsteps.tasks import get_task
from smallsteps.text import latex
from smallsteps.text.reader import ANY

MATH = get_task("math")


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("\\frac{1}{2}", "0.5", True),
        ("\\dfrac12", "\\frac{1}{2}", True),
        ("x^2 + 2x + 1", "(x+1)^2", True),
        ("(1, 2)", "(1,2)", True),
        ("(1, 2)", "(2, 1)", False),
        ("2\\sqrt{2}", "\\sqrt{8}", True),
        ("\\frac{1}{2}", "\\frac{1}{3}", False),
        ("x + 1", "x - 1", False),
    ],
)
def test_notations_of_one_worth_are_the_same(a: str, b: str, same: bool) -> None:
    assert MATH.same(a, b) is same is MATH.same(b, a)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("So $x = 3$. The answer is $\\boxed{\\frac{x+1}{2}}$.", "\\frac{x+1}{2}"),
        ("The answer is $2\\sqrt{2}$.", "2\\sqrt{2}"),
        ("Thus \\(y = x^2 + 1\\).", "x^2 + 1"),
        ("<answer>(1, 2)</answer>", "(1, 2)"),
        ("The answer is $1$ or $2$.", None),
    ],
)
def test_an_expression_is_read_as_it_is_written(text: str, answer: str | None) -> None:
    assert ANY.read(text, MATH).answer == answer


def test_a_comparison_that_never_ends_is_an_error_and_the_next_one_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latex, "SECONDS", 1.0)
    assert MATH.same("\\frac{2}{4}", "0.5")
    records = {"a": Record("a", "math", "How many?", "5")}
    answer = Answer("a", "math", "arm", 0, "", "\\boxed{9^{9^{9^{9}}}}", 3, "stop")
    (outcome,) = judge_answers([answer], records, ANY)
    assert (outcome.name, outcome.grade, outcome.lenient_correct) == ("error", False, False)
    monkeypatch.undo()
    assert MATH.same("\\frac{3}{4}", "0.75")
