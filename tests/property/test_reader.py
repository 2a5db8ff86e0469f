"""Generated texts of each kind are read alike by import, sampling and scoring, near-misses included."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import pytest

from smallsteps.corpus.importing import judged
from smallsteps.records import Rationale, Record
from smallsteps.sampling.reading import read_sample
from smallsteps.sampling.store import Stored
from smallsteps.scoring.answers import Answer
from smallsteps.scoring.evaluate import judge_answers
from smallsteps.tasks import get_task
from smallsteps.text.reader import ANY

Draw = Callable[[random.Random], str]


def _date(draw: random.Random) -> str:
    return f"{draw.randint(1, 12):02d}/{draw.randint(1, 28):02d}/{draw.randint(1950, 2030)}"


def _string(draw: random.Random) -> str:
    return "".join(draw.choice("bcdfghjkmpqrtvwxz") for _ in range(4))


ANSWERS: dict[str, Draw] = {
    "gsm8k": lambda draw: str(draw.randint(2, 9999)),
    "commonsense_qa": lambda draw: draw.choice("ABCDE"),
    "strategy_qa": lambda draw: draw.choice(("yes", "no")),
    "last_letter_concatenation": _string,
    "date_free": _date,
}
STATED = (
    "So the answer is: {a}", "The answer is {a}.", "Therefore, the final answer is {a}.", "**Answer:** {a}",
    "Answer: {a}",
    "#### {a}", "\\boxed{{{a}}}", "<answer>{a}</answer>",
    "<think>Maybe it is {b}. So the answer is: {b}</think>\n{a}",
    "The answer is {b}. Wait, no. The answer is {a}.", "The answer is not {b} but {a}.",
    "The answer is {a}, not {b}.",
    "## Final Answer\n\n{a}", "So the answer is:\n\n{a}", "The answer is {a}.\n\nQ: And then?\nA: The answer is {b}.",
    "If it rains, the answer is {b}. It is dry. So the answer is: {a}",
    "I first thought the answer is {b}. The answer is {a}.",
    "[THINK]{b}[/THINK]The answer is {a}.", "The answer is {a} rather than {b}.", "A: {a}",
)  # fmt: skip
UNSTATED = (
    "So the answer is: {a} or {b}", "The answer is either {a} or {b}.", "The answer is neither {a} nor {b}.",
    "So the answer is: not {a}", "Is the answer {a}?", "If it rains, the answer is {a}. If not, the answer is {b}.",
    "The answer is unclear.", "So the answer is: _____", "It is not the case that the answer is {a}.",
    "<think>Maybe the answer is {a}. But then", "The answer cannot be determined.", "So the answer is: {a} and {b}",
)  # fmt: skip


def cases(task: str, wordings: Sequence[str], count: int) -> list[tuple[str, str]]:
    """Texts with the answer that each states."""
    draw = random.Random(f"{task} {count}")
    found = []
    for place in range(count):
        a = ANSWERS[task](draw)
        b = next(other for other in iter(lambda: ANSWERS[task](draw), None) if not get_task(task).same(a, other))
        found.append((wordings[place % len(wordings)].format(a=a, b=b), a))
    return found


@pytest.mark.parametrize("task", ANSWERS)
def test_an_announced_answer_is_read_in_hundreds_of_wordings(task: str) -> None:
    read = get_task(task)
    found = [(text, a, ANY.read(text, read).answer) for text, a in cases(task, STATED, 400)]
    wrong = [one for one in found if one[2] is None or not read.same(one[1], one[2])]
    assert wrong == []


@pytest.mark.parametrize("task", ANSWERS)
def test_what_is_denied_listed_or_left_open_states_no_answer(task: str) -> None:
    wrong = [(text, found) for text, _ in cases(task, UNSTATED, 240)
             if (found := ANY.read(text, get_task(task)).answer) is not None]  # fmt: skip
    assert wrong == []


WORDS = ("the answer is", "So the answer is:", "Answer:", "not", "or", "24", "(B)", "yes", "no",
         "9 - 4 = 5", "\\boxed{5}",
         "If", "Wait,", ".", "\n\n", "<think>", "</think>", "####", "Q:", "and", "5 pens", "1/2", "05/01/2021", "eonr",
         "<answer>", "</answer>", "**", "?", "so", "heads up", "Hope this helps.", "a", "$1,200")  # fmt: skip


def test_import_sampling_and_both_readings_of_scores_are_one() -> None:
    draw = random.Random(15)
    for _ in range(1000):
        name = draw.choice([*ANSWERS, "coin_flip", "aqua"])
        text = " ".join(draw.choice(WORDS) for _ in range(draw.randint(1, 14))) + " ."
        task = get_task(name)
        gold = {"coin_flip": "yes", "aqua": "B"}.get(name) or ANSWERS[name](draw)
        record = Record("a", name, "How?", gold, rationales=(Rationale(text),))
        imported = judged(record)
        assert imported is not None
        sampled = read_sample(Stored(0, text, "", "stop", None, 9, 7, "m", 20, 30, 2), record, task)
        (outcome,) = judge_answers([Answer("a", name, "arm", 0, "", text, 9, "stop")], {"a": record}, ANY)
        assert imported.rationales[0].answer == sampled.answer == outcome.lenient, text
        assert outcome.answer == (sampled.answer if sampled.announced else None), text
