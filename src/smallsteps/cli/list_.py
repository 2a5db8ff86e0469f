"""`smallsteps list KIND`: the names that a study and the commands take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer

SETTINGS = "settings"


def list_(
    kind: Annotated[
        str,
        typer.Argument(metavar="[KIND]", help="methods, tasks, formats, settings, …; all but settings if left out."),
    ] = "",
) -> None:
    """List available methods, strategies, tasks, formats, generators, teachers, students, settings, …."""
    from smallsteps.cli._console import out, table
    from smallsteps.errors import UnknownNameError

    kinds = _kinds()
    if kind and kind not in kinds:
        raise UnknownNameError("kind", kind, kinds)
    for name in [kind] if kind else [name for name in kinds if name != SETTINGS]:
        out.print(table("" if kind else name, ("name", "what it is"), kinds[name](), left=2))
        if not kind:
            out.print()


def _kinds() -> dict[str, Callable[[], list[tuple[str, str]]]]:
    """Each kind with the function that lists its names and summaries."""
    from smallsteps.engine.tiny import TINY, summary
    from smallsteps.formats import FORMATS
    from smallsteps.generators import GENERATORS
    from smallsteps.methods import METHODS
    from smallsteps.registry import Registry
    from smallsteps.segment import STRATEGIES
    from smallsteps.tasks import TASKS
    from smallsteps.teachers import TEACHERS
    from smallsteps.text.answer_format import FORMATS as ANSWER_FORMATS

    def listed(registry: Registry[Any]) -> list[tuple[str, str]]:
        return [(name, registry.summary(name)) for name in registry.names()]

    return {
        "methods": lambda: listed(METHODS),
        "strategies": lambda: listed(STRATEGIES),
        "tasks": lambda: listed(TASKS),
        "formats": lambda: listed(FORMATS),
        "generators": lambda: listed(GENERATORS),
        "teachers": lambda: listed(TEACHERS),
        "students": lambda: [*((name, summary(name)) for name in TINY), ("any id or folder", "a Hugging Face model")],
        "answer-formats": lambda: [(name, repr(one.prompt + one.explain("{r}") + one.conclude("{y}")))
                                   for name, one in ANSWER_FORMATS.items()],
        SETTINGS: _settings,
    }  # fmt: skip


def _settings() -> list[tuple[str, str]]:
    from smallsteps.training.setting_names import training_settings  # loads torch, which the other kinds do without

    return [(one.name, one.summary) for one in training_settings()]
