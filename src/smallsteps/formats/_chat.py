"""Chat messages, whatever their tool calls them: the question and the reply of a turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from smallsteps.formats._oddities import tell
from smallsteps.formats._rows import Row
from smallsteps.text.thoughts import content_text, message_thoughts

LISTS = ("messages", "conversations", "conversation", "dialogue", "turns")
"""What tools call the list of messages."""
_ROLES = {
    "system": ("system", "developer"),
    "user": ("user", "human", "prompter", "question"),
    "assistant": ("assistant", "gpt", "model", "bot", "chatgpt", "ai", "answer"),
    "tool": ("tool", "function", "observation", "ipython", "function_call", "function_response", "tool_response"),
}
_ROLE_OF = {name: role for role, names in _ROLES.items() for name in names}
_SEEN = ("text", "input_text", "output_text", "None")


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and the reply to it, with the thoughts before the reply where the model told them."""

    question: str
    thoughts: str
    reply: str


def list_name(row: Mapping[str, Any]) -> str | None:
    """The name of the field that holds the messages, None where there is none."""
    return next((name for name in LISTS if are_messages(row.get(name))), None)


def are_messages(value: Any) -> bool:
    """Whether a value is a list of chat messages."""
    return isinstance(value, list) and bool(value) and all(isinstance(one, Mapping) and _says(one) for one in value)


def _says(message: Mapping[str, Any]) -> bool:
    return bool({"role", "from"} & set(message))


def role(message: Any) -> str:
    """The role of a message: `system`, `user`, `assistant`, `tool`, or its own word; empty where it has none."""
    if not isinstance(message, Mapping):
        return ""
    told = str(message.get("role") or message.get("from") or "").lower()
    return _ROLE_OF.get(told, told)


def plain_turn(row: Row, messages: list[Any], name: str) -> Turn:
    """The question and the reply of `[user, assistant]`, word for word as they stand. Raises FileError for others."""
    texts = [message.get("content") if isinstance(message, Mapping) else None for message in messages]
    if [role(message) for message in messages] != ["user", "assistant"] or not all(isinstance(t, str) for t in texts):
        raise row.error("expected one user and one assistant message with text, as exported", name)
    return Turn(str(texts[0]), "", str(texts[1]))


def turn(row: Row, messages: list[Any], name: str) -> Turn:
    """The question and the reply of `[system?, user, assistant]`; the system message is left out.

    Between them there may be tool calls and their results, which are left out. Raises FileError where there are more
    turns, for which of them asks is nobody's guess, and where a message holds no text.
    """
    spoken = [message for message in messages if role(message) != "system"]
    roles = [role(message) for message in spoken]
    if roles[:1] != ["user"] or set(roles[1:]) - {"assistant", "tool"} or roles[-1] != "assistant":
        raise row.error(f"expected one user and one assistant message, found {', '.join(roles) or 'none'}; cut the "
                        "rows to one turn", name)  # fmt: skip
    if "tool" not in roles and len(roles) != 2:
        raise row.error(f"expected one user and one assistant message, found {', '.join(roles)}; cut the rows to one "
                        "turn", name)  # fmt: skip
    if "tool" in roles:
        tell("tool calls and their results are left out of the rationales")
    parts = [message_thoughts(_with_content(message)) for message in spoken[1:] if role(message) == "assistant"]
    thoughts, reply = ("\n\n".join(filter(None, map(str.strip, texts))) for texts in zip(*parts, strict=True))
    if not thoughts and not reply:
        raise row.error("the assistant's message holds no text" + (", only tool calls" if _calls(spoken) else ""), name)
    return Turn(_question(row, spoken[0], name), thoughts, reply)


def _question(row: Row, message: Mapping[str, Any], name: str) -> str:
    content = _with_content(message)["content"]
    if isinstance(content, list):
        other = next((part.get("type") for part in content if isinstance(part, Mapping)
                      and str(part.get("type")) not in _SEEN), None)  # fmt: skip
        if other is not None:
            raise row.error(f"the user's message holds a part of the type '{other}', and only text can be read", name)
    text = content_text(content)
    if not text.strip():
        raise row.error("expected {role, content} with text in the user's message", name)
    return text


def _with_content(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """The message with its words under `content`, where ShareGPT calls them `value`."""
    if "content" in message:
        return message
    return {**message, "content": message.get("value", message.get("text"))}


def _calls(messages: list[Any]) -> bool:
    return any(isinstance(message, Mapping) and message.get("tool_calls") for message in messages)
