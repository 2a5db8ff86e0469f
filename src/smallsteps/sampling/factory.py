"""A teacher from its name and settings as a person writes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from pydantic import TypeAdapter, ValidationError

from smallsteps.errors import OptionError, UnknownNameError
from smallsteps.teachers import TEACHERS, Teacher


def make_teacher(name: str, settings: Mapping[str, Any]) -> Teacher:
    """The teacher of that name with its settings, each checked by type.

    Raises UnknownNameError for a teacher or setting that does not exist, OptionError for a value that does not fit.
    """
    kind = TEACHERS.get(name)
    known = [item.name for item in fields(kind)]
    for setting in settings:
        if setting not in known:
            raise UnknownNameError(f"setting of the teacher '{name}':", setting, known)
    try:
        return TypeAdapter(kind).validate_python(dict(settings))
    except ValidationError as error:
        raise _explained(name, error) from None


def _explained(name: str, error: ValidationError) -> OptionError:
    first = error.errors(include_url=False)[0]
    own = first.get("ctx", {}).get("error")
    if isinstance(own, OptionError):
        return own
    place = ".".join(map(str, first["loc"]))
    if first["type"] in ("missing", "missing_argument"):
        return OptionError(f"the teacher '{name}' needs '{place}'; give it as --set {place}=VALUE or by its own option")
    return OptionError(f"the teacher '{name}': {place} = {first['input']!r}: {first['msg'].lower()}")
