"""Writes docs/reference/commands.md from the commands and docs/reference/methods.md from the method classes: `make docs`.

docs/reference/formats.md, which needs a folder of real data, is written by docs/make_formats.py.
"""

from __future__ import annotations

import importlib
import inspect
import re
import sys
import typing
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from typer.models import ArgumentInfo, OptionInfo

from smallsteps.cli import build_app
from smallsteps.methods import METHODS, Method
from smallsteps.registry import Registry
from smallsteps.segment import STRATEGIES, Strategy
from smallsteps.text.answer_format import FORMATS as ANSWER_FORMATS

FOLDER = Path(__file__).parent

CLI_HEAD = """# Commands

Written by `make docs` from the commands themselves; edit their docstrings, not this page.

Every command answers `--help`. Exit status: 0 done, 1 the work failed (or a gate did not hold), 2 the input is wrong;
an error is one sentence that names the file, line and field, what was expected and the way out. Bars are drawn on a
terminal, plain lines elsewhere. Names of methods, tasks, layouts, generators, teachers and strategies are those that
`smallsteps list` prints, or a file of one's own as `FILE.py:CLASS`.
"""

METHODS_HEAD = """# Methods

Written by `make docs` from the method classes; edit their docstrings, not this page.

A method is what a record becomes for training, how a question is asked, and how the output is read. Its options stand
in a study (`methods: [{name: cot, keep: all}]`) or behind `--option` of `smallsteps train`. A method of one's own is
one file: see the [tutorial](tutorial.md).

Marks tell where a thing comes from: **[paper]** stated by the paper, **[code]** read in its released code,
**[second-hand]** from a page about it, **[ours]** our reading where the sources are silent. A method with [ours] in its
first line is an approach in that paper's style and no reproduction of it.
"""


@dataclass(frozen=True)
class Parameter:
    """One argument or option of a command, as its help shows it."""

    names: str
    kind: str
    default: str
    text: str
    positional: bool


def commands() -> list[tuple[str, Callable[..., Any]]]:
    """Every command by name with its function, in order."""
    found = build_app().registered_commands
    return [(str(one.name), one.callback) for one in found if one.callback is not None]


def parameters(command: Callable[..., Any]) -> list[Parameter]:
    """The arguments and options of a command, in the order of its signature."""
    hints = typing.get_type_hints(
        command, include_extras=True, localns=vars(importlib.import_module(command.__module__))
    )
    return [
        _parameter(name, hints[name], given.default) for name, given in inspect.signature(command).parameters.items()
    ]


def _parameter(name: str, hint: Any, default: Any) -> Parameter:
    kind, info = get_args(hint)
    assert isinstance(info, ArgumentInfo | OptionInfo), f"{name}: every parameter is Annotated with its help"
    required = default is inspect.Parameter.empty
    shown = "required" if required else _value(default)
    if isinstance(info, ArgumentInfo):
        return Parameter(info.metavar or name.upper(), _kind(kind), shown, info.help or "", True)
    flag = f"--{name.replace('_', '-')}"
    given = [name for name in (info.default, *(info.param_decls or ())) if isinstance(name, str)]
    usual = f"{flag}/--no-{flag[2:]}" if _plain(kind) is bool else flag
    return Parameter(", ".join(given or [usual]), _kind(kind), shown, info.help or "", False)


def _plain(kind: Any) -> Any:
    """The type without `None`."""
    others = [one for one in get_args(kind) if one is not type(None)]
    return _plain(others[0]) if type(None) in get_args(kind) else kind


def _kind(kind: Any) -> str:
    kind = _plain(kind)
    if get_origin(kind) is list:
        return f"{_kind(get_args(kind)[0])}, repeatable"
    if get_origin(kind) is Literal:
        return " or ".join(map(str, get_args(kind)))
    return {"str": "text", "bool": "switch", "Path": "path", "int": "integer", "float": "number"}[kind.__name__]


def _value(value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"`{value}`"


def cli_page() -> str:
    """docs/reference/commands.md."""
    return "\n".join([CLI_HEAD, *(_command(name, function) for name, function in commands())])


def _command(name: str, function: Callable[..., Any]) -> str:
    known = parameters(function)
    places = " ".join(one.names for one in known if one.positional)
    lines = [f"## {name}\n", f"`smallsteps {name}{' ' + places if places else ''} [OPTIONS]`\n", _told(function) + "\n"]
    if known:
        lines += ["| | | default | |", "|---|---|---|---|"]
        lines += [f"| `{one.names}` | {one.kind} | {one.default} | {_cell(one.text)} |" for one in known]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def methods_page() -> str:
    """docs/reference/methods.md."""
    sections = [METHODS_HEAD, "## What every method has\n", _summary_and_options(Method, common=True)]
    sections += [_variation(METHODS, name, Method) for name in METHODS.names()]
    sections += [
        "# Segmentation strategies\n\nHow `ases` (option `by`), `smallsteps segment --by NAME` and `prepare` cut a "
        "rationale into extractive and abstractive segments. Their options stand in `settings` of `ases`.\n",
        _summary_and_options(Strategy, common=True),
        *(_variation(STRATEGIES, name, Strategy) for name in STRATEGIES.names()),
        "# Answer formats\n\nThe option `answer_format`: what stands around question `{x}`, rationale `{r}` and answer "
        "`{y}`. `common` is ours and the same for every arm; the others are those of the papers' code [code].\n",
        *_answer_formats(),
    ]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(sections))


def _variation(registry: Registry[Any], name: str, base: type) -> str:
    kind = registry.get(name)
    source = inspect.getdoc(inspect.getmodule(kind)) or ""
    inherited = {item.name: item.default for item in fields(base)}
    changed = [f"`{item.name}: {item.default}`" for item in fields(kind)
               if item.name in inherited and item.default != inherited[item.name]]  # fmt: skip
    tail = f"Other defaults than usual: {', '.join(changed)}.\n" if changed else ""
    return "\n".join([f"## {name}\n", f"*{source.partition(chr(10))[0]}*\n", _summary_and_options(kind), tail])


def _summary_and_options(kind: type, common: bool = False) -> str:
    """The docstring, and its paragraph of options as a table with types and defaults."""
    text, told = _split(_told(kind), {item.name for item in fields(kind)})
    base = set() if common else {item.name for parent in kind.__mro__[1:] for item in _fields(parent)}
    own = [item for item in fields(kind) if item.name not in base or item.name in told]
    silent = [item.name for item in own if item.name not in told]
    assert not silent, f"{kind.__name__}: its docstring is silent on {', '.join(silent)}"
    types = typing.get_type_hints(kind)
    together: dict[str, list[Any]] = {}
    for item in own:
        together.setdefault(told[item.name], []).append(item)
    rows = [_row(items, types, text) for text, items in together.items()]
    table = ["| option | | default | |", "|---|---|---|---|", *rows, ""] if rows else []
    return "\n".join([text + "\n", *table])


def _row(items: list[Any], types: dict[str, Any], text: str) -> str:
    names = ", ".join(f"`{item.name}`" for item in items)
    kinds = ", ".join(dict.fromkeys(_typed(types[item.name]) for item in items))
    defaults = ", ".join(
        f"`{item.default if item.default != () else []}`" for item in items if item.default is not None
    )
    return f"| {names} | {kinds} | {defaults or 'none'} | {_cell(text)} |"


def _fields(kind: type) -> tuple[Any, ...]:
    return fields(kind) if hasattr(kind, "__dataclass_fields__") else ()


def _typed(kind: Any) -> str:
    """A field's type as the reader of a study would put it."""
    if type(None) in get_args(kind):
        return f"{_typed(_plain(kind))} or none"
    return "list of text" if get_origin(kind) is tuple else _kind(kind)


def _split(text: str, names: set[str]) -> tuple[str, dict[str, str]]:
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


def _told(thing: Any) -> str:
    return inspect.getdoc(thing) or ""


def _answer_formats() -> Iterator[str]:
    yield "| name | prompt | target, rationale first |\n|---|---|---|"
    for name, words in ANSWER_FORMATS.items():
        target = words.explain("{r}") + words.ending("{y}")
        yield f"| `{name}` | `{(words.prompt + words.turn)!r}` | `{target!r}` |"
    yield ""


PAGES: dict[str, Callable[[], str]] = {"cli.md": cli_page, "methods.md": methods_page}


def main() -> None:
    """Write every page."""
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")
        sys.stdout.write(f"{FOLDER / name}\n")


if __name__ == "__main__":
    main()
