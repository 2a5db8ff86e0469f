"""Separating the thinking of a reasoning model from its answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_OPEN = re.compile(r"<(think|thinking|reasoning)>", re.IGNORECASE)
_CLOSE = re.compile(r"</(think|thinking|reasoning)>", re.IGNORECASE)


def split_thoughts(text: str) -> tuple[str, str]:
    """`(thoughts, rest)` of a text with `<think>…</think>`.

    A missing opening tag counts as at the beginning (chat templates often put it into the prompt); a missing closing
    tag means that the text was cut off while thinking. Text without tags has no thoughts.
    """
    closing = list(_CLOSE.finditer(text))
    opening = _OPEN.search(text)
    if not closing:
        return (text[opening.end() :].strip(), text[: opening.start()].strip()) if opening else ("", text)
    end = closing[-1]
    start = opening if opening and opening.end() <= end.start() else None
    before = text[: start.start()] if start else ""
    inside = text[start.end() if start else 0 : end.start()]
    thoughts = _CLOSE.sub("", _OPEN.sub("", inside))
    return thoughts.strip(), (before + text[end.end() :]).strip()


def message_thoughts(message: Mapping[str, Any]) -> tuple[str, str]:
    """`(thoughts, text)` of a chat message: `reasoning_content`, `reasoning`, or tags in the content."""
    text = content_text(message.get("content"))
    for name in ("reasoning_content", "reasoning"):
        told = message.get(name)
        if isinstance(told, str) and told.strip():
            return told.strip(), split_thoughts(text)[1]
    return split_thoughts(text)


def content_text(content: Any) -> str:
    """The text of a message's content, which may come in parts."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content if isinstance(part, Mapping))
    return ""
