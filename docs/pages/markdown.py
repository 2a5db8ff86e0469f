"""What the generated pages share: types and defaults as a reader of the docs puts them, tables, tables of contents."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
import types
from collections.abc import Iterable, Sequence
from dataclasses import MISSING, fields
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

_PLAIN = {"str": "text", "bool": "switch", "Path": "path", "int": "integer", "float": "number", "NoneType": "none",
          "object": "anything"}  # fmt: skip


def cell(text: str) -> str:
    """Text in one line of a table."""
    return " ".join(text.split()).replace("|", "\\|")


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown, with a blank line behind it."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def sentence(text: str) -> str:
    """A description in a cell, with a capital."""
    return cell(text[:1].upper() + text[1:])


def anchor(title: str) -> str:
    """How a link names a heading."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def with_contents(page: str) -> str:
    """The page with links to its second-level headings before the first of them, and no run of blank lines."""
    page = re.sub(r"\n{3,}", "\n\n", page).rstrip() + "\n"
    text = re.sub(r"^```.*?^```$", "", page, flags=re.MULTILINE | re.DOTALL)
    titles = re.findall(r"^## (.+)$", text, re.MULTILINE)
    links = " ·\n".join(f"[{title}](#{anchor(title)})" for title in titles)
    return page.replace("\n## ", f"\nOn this page: {links}\n\n## ", 1) if len(titles) > 1 else page


def plain(kind: Any) -> Any:
    """The type without `None`."""
    others = [one for one in get_args(kind) if one is not type(None)]
    return plain(others[0]) if type(None) in get_args(kind) and len(others) == 1 else kind


def type_name(kind: Any) -> str:
    """A type as the reader of a study or of a signature would put it."""
    origin, inside = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return type_name(inside[0])
    if origin is Literal:
        return " or ".join(f"`{one}`" for one in inside)
    if origin in (Union, types.UnionType):
        return " or ".join(dict.fromkeys(map(type_name, inside)))
    if origin is tuple and inside == (int, int):
        return "range"
    if origin in (list, tuple):
        return f"list of {type_name(inside[0])}"
    if origin is not None or kind in (dict, list):
        return "mapping"
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return f"[{kind.__name__.lower()}](#{kind.__name__.lower()})"
    return _PLAIN.get(getattr(kind, "__name__", ""), "anything")


def value(given: Any) -> str:
    """A default, empty where there is none."""
    if given is None or given == "":
        return ""
    if isinstance(given, bool):
        return "on" if given else "off"
    return f"`{given}`"


def doc(thing: Any) -> str:
    """A docstring."""
    return inspect.getdoc(thing) or ""


def told_fields(text: str, names: set[str]) -> tuple[str, dict[str, str]]:
    """A docstring's prose, and what its lines `name: …` (or `one, two: …`) say, continuation lines included."""
    prose: list[str] = []
    told: dict[str, str] = {}
    current: list[str] = []
    for line in text.splitlines():
        found = re.match(r"([a-z_]+(?:, [a-z_]+)*): (.*)", line)
        if found and set(found[1].split(", ")) <= names:
            current = found[1].split(", ")
            told |= dict.fromkeys(current, found[2])
        elif current and line.startswith(" "):
            told |= {name: f"{told[name]} {line.strip()}" for name in current}
        else:
            current = []
            prose.append(line)
    return "\n".join(prose).strip(), told


def attribute_docs(kind: type) -> dict[str, str]:
    """The strings below the fields of a class, by field."""
    (body,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(body, ast.ClassDef)
    told = {}
    for item, after in zip(body.body, body.body[1:], strict=False):
        is_field = isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
        if is_field and isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            told[item.target.id] = " ".join(str(after.value.value).split())
    return told


def default_of(item: Any) -> str:
    """The default of a dataclass field."""
    if item.default is MISSING:
        return "required" if item.default_factory is MISSING else f"`{item.default_factory()}`"
    if isinstance(item.default, tuple) and len(item.default) == 2 and isinstance(item.default[0], int):
        return f"`{item.default[0]}-{item.default[1]}`"
    if isinstance(item.default, tuple):
        return f"`{','.join(map(str, item.default)) or '[]'}`"
    return "none" if item.default is None else value(item.default)


def dataclass_table(kind: type, told: dict[str, str], hints: dict[str, Any]) -> str:
    """The fields of a dataclass as a table. Fails where a field has no description."""
    silent = [item.name for item in fields(kind) if item.name not in told]
    assert not silent, f"{kind.__name__}: nothing says what {', '.join(silent)} is"
    rows = [
        (f"`{item.name}`", type_name(hints[item.name]), default_of(item), sentence(told[item.name]))
        for item in fields(kind)
    ]  # fmt: skip
    return table(("field", "type", "default", ""), rows)
