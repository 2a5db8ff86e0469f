"""When two questions are one: what the key keeps, what it drops, and what a prompt puts around a question."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallsteps.corpus.leaks import TestQuestions
from smallsteps.questions import question_key, sentence_keys, unwrapped

LONG = "Mira has 4 boxes of 6 eggs. She breaks 3 of them on the way. How many eggs are left?"
SHORT = "What is 9 - 4?"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("What is 8 + 2?", "What is 8 - 2?"),
        ("What is 8 - 2?", "What is 82?"),
        ("What is 8 * 2?", "What is 8 / 2?"),
        ("What is 8 × 2?", "What is 8 ÷ 2?"),
        ("What is 8 ^ 2?", "What is 8 * 2?"),
        ("What is 8 ** 2?", "What is 8 * 2?"),
        ("What is 3.5 + 1?", "What is 35 + 1?"),
        ("What is .5 of it?", "What is 5 of it?"),
        ("What is -5 + 2?", "What is 5 + 2?"),
        ("What is 3 - -5?", "What is 3 - 5?"),
        ("It was −5 degrees.", "It was 5 degrees."),
        ("Is x + y even?", "Is x - y even?"),
        ("Is 3 < 4?", "Is 3 > 4?"),
        ("Is x <= 4?", "Is x < 4?"),
        ("What is 2 * (3 + 4)?", "What is 2 * 3 + 4?"),
        ("What is 5% of 20?", "What is 5 of 20?"),
        ("What is 5! + 1?", "What is 5 + 1?"),
        ("Sum 1, 2 and 3.", "Sum 12 and 3."),
        ("At 3:45 he left.", "At 345 he left."),
        ("Half of 1/2?", "Half of 12?"),
        ("√16?", "16?"),
        ("x ≤ 3?", "x ≥ 3?"),
        ("€5 each?", "£5 each?"),
        ("कि", "की"),
        ("दिन", "दीन"),
        ("🍎 + 1", "🍌 + 1"),
        ("5² is?", "52 is?"),
    ],
)
def test_what_changes_the_meaning_is_kept(one: str, other: str) -> None:
    assert question_key(one) != question_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("How many,  apples?\n(A) 3", "how MANY apples (a) 3?"),
        ("What is 8 - 2?", "what is 8−2"),
        ("What is 8 – 2?", "What is 8 - 2 ?"),
        ("What is 8 × 2?", "What is 8 * 2?"),
        ("What is 8 x 2?", "What is 8*2?"),
        ("What is 8 ÷ 2?", "What is 8/2?"),
        ("1,250 apples", "1250 apples"),
        ("twenty-five of them", "twenty five of them"),
        ("a 5-year-old boy", "a 5 year old boy"),
        ("He left - nobody knew.", "He left, nobody knew."),
        ("He has 5!", "He has 5."),
        ("Ann's dog (the old one)", "Anns dog, the old one"),
        ("**How** many?", "How many?"),
        ("What is $8 + 2$?", "What is 8 + 2?"),
        ("Café", "Cafe\u0301"),
        ("It is ２ ＋ ３", "it is 2 + 3"),
        ("0.5 of it", ".5 of it"),
        ("Buy:\n- eggs\n- milk", "Buy: eggs, milk"),
    ],
)
def test_ways_of_writing_are_not(one: str, other: str) -> None:
    assert question_key(one) == question_key(other)


@given(st.integers(0, 99), st.integers(0, 99), st.sampled_from("+-*/"), st.sampled_from("+-*/"))
def test_two_operations_are_two_questions(a: int, b: int, one: str, other: str) -> None:
    pair = {question_key(f"What is {a} {sign} {b}?") for sign in (one, other)}
    assert len(pair) == len({one, other})
    assert question_key(f"What is {a}{b}?") not in pair


@given(st.text(max_size=60))
def test_a_key_is_its_own_key_in_any_case_and_spacing(text: str) -> None:
    assert question_key(f"  {text.upper().lower()}  ") == question_key(text.upper().lower())


@pytest.mark.parametrize(
    "wrapped",
    [
        "Answer step by step. {}",
        "Answer the following question step by step.\n\n{}",
        "{} Let's think step by step.",
        "Q: {}\nA:",
        "Question: {}\nAnswer: ",
        "### Instruction:\n{}\n\n### Response:",
        "[INST] {} [/INST]",
        "<|user|>\n{}\n<|assistant|>",
        "{}\nPlease reason step by step, and put your final answer within \\boxed{{}}.",
        'You are a helpful assistant. Solve this problem: "{}"',
        "Below is an instruction that describes a task. Write a response that appropriately completes the request.\n{}",
    ],
)
@pytest.mark.parametrize("question", [SHORT, LONG])
def test_a_leak_inside_a_prompt_is_found_on_either_side(wrapped: str, question: str) -> None:
    assert wrapped.format(question) in TestQuestions([question])
    assert question in TestQuestions([wrapped.format(question)])


def test_a_long_test_question_is_found_between_other_sentences() -> None:
    tests = TestQuestions([LONG])
    assert f"Ben has 3 nuts. {LONG} Say it in one word." in tests
    assert f"Q: Two and two?\nA: 4\n\nQ: {LONG}\nA:" in tests


@pytest.mark.parametrize(
    ("test", "question"),
    [
        (SHORT, "What is 9 + 4?"),
        (SHORT, "What is 9 - 4 + 3?"),
        (SHORT, "Tom has 3 apples. What is 9 - 4?"),
        (LONG, LONG.replace("3 of", "2 of")),
        (LONG, LONG.replace("left?", "left if Ben brings 2?")),
        ("How many are left?", LONG.replace("How many eggs", "How many")),
        ("Solve this problem.", "Answer the following question."),
    ],
)
def test_another_question_is_no_leak(test: str, question: str) -> None:
    assert question not in TestQuestions([test])


def test_requests_alone_are_a_question_of_their_own() -> None:
    assert unwrapped("Solve this problem. Show your work.") == "Solve this problem. Show your work."
    assert sentence_keys("One. --- Two?") == ["one", "two"]
