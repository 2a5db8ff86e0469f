"""Reading replies: thoughts, log-probabilities in both shapes, and what is no reply."""

from __future__ import annotations

import json
from typing import Any

import pytest

from smallsteps.teachers import Fault
from smallsteps.teachers._faults import wait_seconds
from smallsteps.teachers._replies import read_reply
from smallsteps.text.thoughts import message_thoughts, split_thoughts


def _raw(*choices: dict[str, Any], **more: Any) -> str:
    return json.dumps({"choices": list(choices), **more})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<think>I add.</think>It is 4.", ("I add.", "It is 4.")),
        ("I add.</think>\n\nIt is 4.", ("I add.", "It is 4.")),  # the template wrote the opening tag
        ("<think>I add and ad", ("I add and ad", "")),  # cut off while thinking
        ("<THINKING>x</THINKING>y", ("x", "y")),
        ("<think>a</think>b<think>c</think>d", ("a\n\nb\n\nc", "d")),
        ("2 < 3 and 4 > 3", ("", "2 < 3 and 4 > 3")),
    ],
)
def test_thoughts_are_told_apart_from_the_answer(text: str, expected: tuple[str, str]) -> None:
    assert split_thoughts(text) == expected


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
def test_thoughts_may_stand_in_a_field_of_their_own(name: str) -> None:
    assert message_thoughts({name: " I add. ", "content": "It is 4."}) == ("I add.", "It is 4.")


def test_a_message_in_parts_is_joined() -> None:
    parts = [{"type": "text", "text": "It is "}, {"type": "text", "text": "4."}]
    assert message_thoughts({"content": parts}) == ("", "It is 4.")


def test_chat_logprobs_are_averaged_over_tokens() -> None:
    content = [{"token": "a", "logprob": -1.0}, {"token": "b", "logprob": -3.0}]
    reply = read_reply(_raw({"message": {"content": "ab"}, "logprobs": {"content": content}}), "m")
    assert reply.samples[0].logprob == pytest.approx(-2.0)
    assert reply.samples[0].tokens == 2


def test_completion_logprobs_are_averaged_without_the_missing_first() -> None:
    told = {"tokens": ["a", "b", "c"], "token_logprobs": [None, -0.5, -1.5]}
    reply = read_reply(_raw({"text": "abc", "logprobs": told}), "m")
    assert reply.samples[0].logprob == pytest.approx(-1.0)


@pytest.mark.parametrize("told", [None, {}, {"content": None}, {"token_logprobs": []}, {"content": [{"token": "a"}]}])
def test_no_logprobs_are_none_not_zero(told: Any) -> None:
    assert read_reply(_raw({"text": "a", "logprobs": told}), "m").samples[0].logprob is None


@pytest.mark.parametrize("stand_in", [-9999, -9999.0, None, "-1", True, float("-inf"), float("nan"), -3.4e38, 5])
def test_a_stand_in_is_no_log_probability(stand_in: Any) -> None:
    content = [{"token": "a", "logprob": -0.5}, {"token": "b", "logprob": stand_in}]
    sample = read_reply(_raw({"message": {"content": "ab"}, "logprobs": {"content": content}}), "m").samples[0]
    assert (sample.logprob, sample.tokens) == (-0.5, 2)
    alone = read_reply(_raw({"text": "b", "logprobs": {"token_logprobs": [stand_in]}}), "m").samples[0]
    assert alone.logprob is None


@pytest.mark.parametrize("count", ["Infinity", "-Infinity", "NaN", "1e999", "-3", "true", '"7"', "null", "[]"])
def test_usage_that_is_no_count_is_unknown(count: str) -> None:
    raw = f'{{"choices": [{{"text": "a"}}], "usage": {{"prompt_tokens": {count}, "completion_tokens": {count}}}}}'
    reply = read_reply(raw, "m")
    assert (reply.prompt_tokens, reply.completion_tokens) == (None, None)


@pytest.mark.parametrize("half", ["\\ud83d", "\\uDE00", "\\ude00\\ud83d"])
def test_half_a_surrogate_pair_can_be_written_again(half: str) -> None:
    raw = f'{{"model": "m{half}", "choices": [{{"message": {{"content": "smile {half} 4"}}}}]}}'
    reply = read_reply(raw, "m")
    assert reply.samples[0].text.encode().decode().startswith("smile \ufffd")
    assert reply.model.encode()
    whole = read_reply('{"choices": [{"text": "\\ud83d\\ude00"}]}', "m").samples[0].text
    assert whole == "😀"


@pytest.mark.parametrize(
    ("choice", "told"),
    [
        ({"message": {"content": None, "tool_calls": [{"id": "a"}]}}, "a tool call"),
        ({"message": {"content": None}, "finish_reason": "tool_calls"}, "a tool call"),
        ({"message": {"content": None, "refusal": "I cannot."}}, "a refusal"),
        ({"message": {"content": ""}, "finish_reason": "content_filter"}, "blocked by a content filter"),
        ({"message": {"content": " \n"}, "finish_reason": "length"}, "cut off before any text"),
        ({"message": {"content": None}}, "an empty text"),
        ({"text": ""}, "an empty text"),
        ({"delta": {"content": "24"}}, "no message at all, so no chat reply"),
        ({"message": {"content": "24"}}, ""),
        ({"message": {"reasoning_content": "24", "content": None}}, ""),
    ],
)
def test_a_reply_without_text_says_why(choice: dict[str, Any], told: str) -> None:
    assert read_reply(_raw(choice), "m").samples[0].empty == told


def test_the_choices_that_came_are_counted() -> None:
    usage = {"prompt_tokens": 7, "completion_tokens": 30}
    reply = read_reply(_raw({"text": "a"}, {"text": "b"}, {"text": "c"}, usage=usage, model="other"), "m")
    assert [sample.text for sample in reply.samples] == ["a", "b", "c"]
    assert (reply.prompt_tokens, reply.completion_tokens, reply.model) == (7, 30, "other")
    assert [sample.tokens for sample in reply.samples] == [None, None, None]  # nobody knows whose they are


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ('{"choices": [{"mess', "not JSON"),
        ("<html>Welcome</html>", "not JSON"),
        ("[1, 2]", "not an object"),
        ('{"choices": []}', "no choices"),
        ('{"choices": 3}', "no choices"),
        ("[" * 100_000, "not JSON"),
        ('{"error": {"message": "model overloaded"}}', "model overloaded"),
    ],
)
def test_what_is_no_reply_is_a_fault_that_may_have_cost_money(raw: str, words: str) -> None:
    with pytest.raises(Fault, match=words) as caught:
        read_reply(raw, "m")
    assert caught.value.kind == "broken"
    assert caught.value.paid


def test_retry_after_in_its_three_forms() -> None:
    assert wait_seconds({"retry-after": "2.5"}) == 2.5
    assert wait_seconds({"retry-after-ms": "1500", "retry-after": "9"}) == 1.5
    assert wait_seconds({"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}) == 0.0
    assert wait_seconds({}) is None
    assert wait_seconds({"retry-after": "soon"}) is None
