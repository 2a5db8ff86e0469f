"""Reading a sample: rationale and answer."""

from __future__ import annotations

import pytest

from smallsteps.records import Record
from smallsteps.sampling.reading import rationale_of
from smallsteps.sampling.store import Stored
from smallsteps.tasks import get_task
from smallsteps.text.reader import ANY

GSM8K = get_task("gsm8k")


@pytest.mark.parametrize(
    ("text", "rationale", "answer"),
    [
        ("2 and 2 make 4. So the answer is: 4", "2 and 2 make 4.", "4"),
        ("2 + 2 = 4. The answer is 4.", "2 + 2 = 4.", "4"),
        ("Add.\n\n**Therefore, the final answer is:** **1,200**", "Add.", "1200"),
        ("Is the answer is 3? No. So the answer is: 5\n\nQ: What is 7 + 1?", "Is the answer is 3? No.", "5"),
        ("So the answer is:\n42", "So the answer is:\n42", "42"),  # nothing but an answer: the text stays
        ("I get 7, then 9.", "I get 7, then 9.", "9"),
        ("I do not know.", "I do not know.", None),
        ("It grows. So the answer is: unclear", "It grows.", None),
    ],
)
def test_the_answer_is_read_behind_the_phrase_and_taken_off(text: str, rationale: str, answer: str | None) -> None:
    reading = ANY.read(text, GSM8K)
    assert (reading.rationale, reading.answer) == (rationale, answer)


def test_a_text_cut_off_before_its_answer_has_none() -> None:
    reading = ANY.read("First 3 and 4 make", GSM8K, finish="length")
    assert (reading.rationale, reading.answer, reading.rule) == ("First 3 and 4 make", None, "cut off")


def _stored(text: str, thoughts: str = "", finish: str = "stop") -> Stored:
    return Stored(0, text, thoughts, finish, -0.5, 9, 7, "m-1", 20, 30, 2)


def test_thoughts_become_the_rationale_and_the_text_gives_the_answer() -> None:
    record = Record("a", "gsm8k", "What is 2+3?", "5")
    told = rationale_of(_stored("The answer is 5.", "2 and 3, hmm, 4? No, 5."), record, GSM8K, "k", "big", 0.7)
    assert (told.text, told.answer, told.correct) == ("2 and 3, hmm, 4? No, 5.", "5", True)
    assert (told.teacher, told.model, told.prompt_hash, told.seed) == ("big", "m-1", "k", 7)
    assert (told.temperature, told.logprob, told.finish) == (0.7, -0.5, "stop")
    assert told.usage == {"prompt_tokens": 20, "completion_tokens": 30, "choices": 2, "tokens": 9}


def test_thoughts_without_a_text_are_read_themselves() -> None:
    record = Record("a", "gsm8k", "What is 2+3?", "5")
    told = rationale_of(_stored("", "2 and 3. So the answer is: 6"), record, GSM8K, "k", "big", 1.0)
    assert (told.text, told.answer, told.correct) == ("2 and 3.", "6", False)


def test_thoughts_cut_off_have_no_answer() -> None:
    record = Record("a", "gsm8k", "What is 2+3?", "5")
    told = rationale_of(_stored("", "2 and 3 make 5 or", "length"), record, GSM8K, "k", "big", 1.0)
    assert (told.answer, told.correct) == (None, False)
