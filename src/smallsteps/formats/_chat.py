"""Chat messages: the text of one, and of a turn."""

from __future__ import annotations

from typing import Any

from smallsteps.formats._rows import Row


def content(row: Row, message: Any, place: str) -> str:
    """The text of a message, `{role, content}`; content in parts is joined. Raises FileError naming the place."""
    found = message.get("content") if isinstance(message, dict) else None
    if isinstance(found, list) and all(isinstance(part, dict) and isinstance(part.get("text"), str) for part in found):
        return "".join(part["text"] for part in found)
    if not isinstance(found, str):
        raise row.error("expected {role, content} with text", place)
    return found


def role(message: Any) -> str:
    """The role of a message, an empty string where it has none."""
    return str(message.get("role", "")) if isinstance(message, dict) else ""


def turn(row: Row, messages: list[Any], name: str) -> tuple[str, str]:
    """The question and the reply of `[system?, user, assistant]`; the system message is left out.

    Raises FileError where there are more turns: which of them asks is nobody's guess.
    """
    spoken = [message for message in messages if role(message) != "system"]
    roles = [role(message) for message in spoken]
    if roles != ["user", "assistant"]:
        raise row.error(f"expected one user and one assistant message, found {', '.join(roles) or 'none'}; cut the "
                        "rows to one turn", name)  # fmt: skip
    return content(row, spoken[0], name), content(row, spoken[1], name)
