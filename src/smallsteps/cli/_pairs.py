"""Options of the form name=value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def read_pairs(given: Sequence[str] | None, option: str, example: str) -> dict[str, Any]:
    """The values of a repeated option by name, each read as YAML. Raises OptionError for another form."""
    import yaml

    from smallsteps.errors import OptionError
    from smallsteps.study.yaml_values import load_yaml

    pairs = {}
    for one in given or ():
        name, equals, value = one.partition("=")
        if not equals or not name:
            raise OptionError(f"{option} {one}: expected name=value, such as {option} {example}")
        try:
            pairs[name] = load_yaml(value)
        except (yaml.YAMLError, ValueError):
            raise OptionError(f"{option} {one}: the value is no YAML; put text with special signs in quotes") from None
    return pairs
