"""Fields of a row by path: `question`, `data.problem`, `messages.0.content`, `samples.*.text`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TEXT_FIELDS = (
    "text",
    "content",
    "value",
    "generation",
    "generated_text",
    "output",
    "response",
    "rationale",
    "solution",
)


class Missing:
    """What stands at a path where nothing does."""


MISSING = Missing()


def at(data: Any, path: str) -> Any:
    """The value at a path, `MISSING` where there is none. A field whose own name holds dots goes first; `*` stands for
    every item of a list, and gives a list."""
    if isinstance(data, Mapping) and path in data:
        return data[path]
    name, _, rest = path.partition(".")
    if isinstance(data, list):
        return _in_list(data, name, rest)
    if not isinstance(data, Mapping) or name not in data:
        return MISSING
    return at(data[name], rest) if rest else data[name]


def _in_list(data: list[Any], name: str, rest: str) -> Any:
    if name == "*":
        found = [at(item, rest) if rest else item for item in data]
        return [item for item in found if item is not MISSING]
    if not name.removeprefix("-").isdecimal() or not -len(data) <= int(name) < len(data):
        return MISSING
    return at(data[int(name)], rest) if rest else data[int(name)]


def paths_of(data: Mapping[str, Any], depth: int = 3) -> list[str]:
    """The paths of a row's values: `question`, `data.problem`, `samples.*.text`."""
    found: list[str] = []
    for name, value in data.items():
        inner, sign = (value, ".") if isinstance(value, Mapping) else (None, "")
        if isinstance(value, list) and value and isinstance(value[0], Mapping):
            inner, sign = value[0], ".*."
        if inner and depth > 1:
            found += [f"{name}{sign}{path}" for path in paths_of(inner, depth - 1)]
        else:
            found.append(str(name))
    return found


def texts_in(value: Any) -> list[str] | None:
    """The texts that a value holds: itself, those of a list, or those of objects with a field for text; None where it
    holds something else. Nulls and empty texts are no texts."""
    if value is None or value is MISSING or value == "":
        return []
    if isinstance(value, str):
        return [value] if value.strip() else []
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return [str(value)]
    if isinstance(value, Mapping):
        name = next((name for name in TEXT_FIELDS if isinstance(value.get(name), str)), None)
        return None if name is None else texts_in(value[name])
    if isinstance(value, list):
        parts = [texts_in(item) for item in value]
        return None if any(part is None for part in parts) else [text for part in parts for text in part or ()]
    return None
