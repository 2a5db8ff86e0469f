"""A reasoning model's thoughts, told apart from its reply: tags, channels, message fields and content parts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

_NAMES = r"(?:seed:|mm:)?(?:think(?:ing)?|thoughts?|reason(?:ing)?|analysis|reflection|scratchpad)"
_HEADER = r"[^<\n]{0,200}(?:<\|constrain\|>\w{0,20})?<\|message\|>"
_MARK = re.compile(
    rf"""
      (?P<open> <\|?{_NAMES}\|?> | (?-i:\[THINK(?:ING)?\]) | ◁think▷ | <\|begin_of_thoughts?\|> | <\|START_THINKING\|>
        | <\|channel\|>\s*(?:analysis|commentary)\b{_HEADER} )
    | (?P<close> <\|?/{_NAMES}\|?> | (?-i:\[/THINK(?:ING)?\]) | ◁/think▷ | <\|end_of_thoughts?\|>
        | <\|END_THINKING\|> )
    | (?P<reply> <\|channel\|>\s*final\b{_HEADER} | <\|begin_of_(?:solution|answer)\|> | <\|START_RESPONSE\|> )
    | (?P<answer> <(?=answer>) )
    | (?P<end> <\|(?:end|return|call)\|> | <\|start\|>\s*(?:assistant)? )
    | (?P<mark> <\|end_of_(?:solution|answer)\|> | <\|END_RESPONSE\|> )
    """,
    re.VERBOSE | re.IGNORECASE,
)
# Marks in ordinary words count only as a pair: Ollama's, Granite's, and Harmony's with its special tokens taken out.
_WORDED = tuple(
    re.compile(rf"\A\s*{opening}(?P<thoughts>.*?){closing}(?P<reply>.*)\Z", re.DOTALL)
    for opening, closing in (
        (r"Thinking\.\.\.\s*\n", r"\.\.\.done thinking\."),
        (r"Here is my thought process:", r"Here is my response:"),
        (r"analysis(?=[A-Z\"'(0-9])", r"assistantfinal(?=\S)"),
    )
)
_FIELDS = ("reasoning_content", "reasoning", "thinking", "thoughts", "reasoning_details")
_THOUGHT_TYPES = frozenset(
    {"thinking", "reasoning", "reasoning.text", "reasoning.summary", "reasoning_content", "thought", "thoughts"}
)
_SPOKEN_TYPES = frozenset({"text", "output_text", "input_text", "summary_text", "refusal", "None"})
_MOST_DEPTH = 8


def split_thoughts(text: str) -> tuple[str, str]:
    """`(thoughts, reply)` of a text; without a mark there are no thoughts and the reply is the text as it came.

    A closing mark without an opening one ends thoughts that began with the text, for chat templates often write the
    opening mark into the prompt. An opening mark without a closing one means that the text was cut off while thinking,
    unless a mark opens the reply. Everything before the last stretch of thoughts is thoughts, joined by blank lines.
    """
    for worded in _WORDED:
        found = worded.match(text)
        if found:
            return found["thoughts"].strip(), found["reply"].strip()
    marks = list(_MARK.finditer(text))
    if not any(found["open"] or found["close"] or found["reply"] for found in marks):
        return "", text
    return _split(text, marks)


def _split(text: str, marks: list[re.Match[str]]) -> tuple[str, str]:
    """Everything before the last mark that opens or ends thoughts is thoughts; so is what an unclosed one opens."""
    last = max(place for place, found in enumerate(marks) if found["open"] or found["close"] or found["reply"])
    edge = marks[last].end()
    if marks[last]["open"]:  # unclosed: an answer tag or the end of a Harmony message ends them too
        behind = (found for found in marks[last + 1 :] if found["answer"] or found["end"])
        ending = next(behind, None)
        edge = len(text) if ending is None else ending.start()
    return _joined(_pieces(text, 0, edge, marks)), _joined(_pieces(text, edge, len(text), marks))


def _pieces(text: str, start: int, end: int, marks: list[re.Match[str]]) -> Iterator[str]:
    """`text[start:end]` without its marks, in pieces; an answer tag is no mark of thoughts and stays."""
    for found in marks:
        if not found["answer"] and start <= found.start() and found.end() <= end:
            yield text[start : found.start()]
            start = found.end()
    yield text[start:end]


def _joined(pieces: Iterable[str]) -> str:
    return "\n\n".join(stripped for piece in pieces if (stripped := piece.strip()))


def message_thoughts(message: Mapping[str, Any]) -> tuple[str, str]:
    """`(thoughts, reply)` of a chat message: a field such as `reasoning_content`, content parts, or marks in the text.

    Thoughts in a field or in parts come first; marks in the content are split off whether or not there are any.
    """
    told = [_thoughts_of(message.get(name)) for name in _FIELDS]
    field = next((one for one in told if one.strip()), "")
    in_parts, spoken = _parts(message.get("content"), _MOST_DEPTH)
    marked, reply = split_thoughts(spoken)
    return _joined([field or in_parts] if field or in_parts else [marked]), reply


def content_text(content: Any) -> str:
    """What a message's content says, a text or a list of parts, without the parts that hold thoughts or tool calls."""
    return _parts(content, _MOST_DEPTH)[1]


def _thoughts_of(value: Any) -> str:
    """The text of a field that holds thoughts: a text, or parts of any type."""
    thoughts, spoken = _parts(value, _MOST_DEPTH)
    return thoughts + spoken


def _parts(content: Any, depth: int) -> tuple[str, str]:
    """`(thoughts, spoken)` of a content: a text, a part, or a list of them."""
    if isinstance(content, str):
        return "", content
    if isinstance(content, Mapping) and depth:
        return _part(content, depth)
    if isinstance(content, list) and depth:
        pairs = [_parts(part, depth - 1) for part in content]
        return _joined([thought for thought, _ in pairs]), "".join(spoken for _, spoken in pairs)
    return "", ""


def _part(part: Mapping[str, Any], depth: int) -> tuple[str, str]:
    kind = str(part.get("type"))
    if kind in _THOUGHT_TYPES or part.get("thought") is True:
        for name in ("thinking", "reasoning", "text", "content", "summary"):
            told = _thoughts_in(part.get(name), depth)
            if told:
                return told, ""
        return "", ""
    if kind in _SPOKEN_TYPES:
        text = part.get("text")
        return ("", text) if isinstance(text, str) else ("", "")
    return "", ""


def _thoughts_in(value: Any, depth: int) -> str:
    thoughts, spoken = _parts(value, depth - 1)
    return _joined([thoughts, spoken])
