"""Golden cases of thoughts told apart from replies: `{text, thoughts, reply, source}`, near-misses included."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from smallsteps.text.thoughts import content_text, message_thoughts, split_thoughts

CASES = [
    json.loads(line) for line in (Path(__file__).parent / "thoughts" / "split.jsonl").read_text("utf-8").splitlines()
]


@pytest.mark.parametrize("case", CASES, ids=[case["source"] for case in CASES])
def test_thoughts_and_reply_are_the_ones_written_down(case: dict[str, str]) -> None:
    assert split_thoughts(case["text"]) == (case["thoughts"], case["reply"])


@pytest.mark.parametrize("case", CASES, ids=[case["source"] for case in CASES])
def test_a_reply_holds_no_thoughts_any_more(case: dict[str, str]) -> None:
    assert split_thoughts(case["reply"]) == ("", case["reply"])


@pytest.mark.parametrize(
    ("message", "thoughts", "reply"),
    [
        ({"content": "24"}, "", "24"),
        ({"content": "<think>a</think>24"}, "a", "24"),
        ({"reasoning_content": "a", "content": "24"}, "a", "24"),
        ({"reasoning_content": " ", "reasoning": "a", "content": "24"}, "a", "24"),
        ({"reasoning_content": "a", "content": "<think>b</think>24"}, "a", "24"),
        ({"reasoning_content": "a", "content": None}, "a", ""),
        ({"thinking": "a", "content": "24"}, "a", "24"),
        ({"reasoning_details": [{"type": "reasoning.text", "text": "a"}], "content": "24"}, "a", "24"),
        ({"content": [{"type": "thinking", "thinking": "a"}, {"type": "text", "text": "24"}]}, "a", "24"),
        ({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "a"}]}, "24"]}, "a", "24"),
        ({"content": [{"type": "redacted_thinking", "data": "xyz"}, {"type": "text", "text": "24"}]}, "", "24"),
        ({"content": [{"type": "reasoning", "summary": [{"type": "summary_text", "text": "a"}]},
                      {"type": "output_text", "text": "24"}]}, "a", "24"),
        ({"content": [{"text": "a", "thought": True}, {"text": "24"}]}, "a", "24"),
        ({"content": [{"type": "tool_use", "input": {"text": "b"}}, {"type": "text", "text": "24"}]}, "", "24"),
        ({"content": [{"type": "text", "text": "<think>a</think>2"}, {"type": "text", "text": "4"}]}, "a", "24"),
        ({"content": 24}, "", ""),
    ],
)  # fmt: skip
def test_a_message_tells_its_thoughts_in_fields_parts_or_marks(
    message: dict[str, Any], thoughts: str, reply: str
) -> None:
    assert message_thoughts(message) == (thoughts, reply)


def test_parts_nested_without_end_hold_no_text() -> None:
    part: Any = "24"
    for _ in range(5000):
        part = [part]
    assert content_text(part) == ""
