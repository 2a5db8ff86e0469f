"""Checks that options share."""

from __future__ import annotations

from smallsteps.errors import OptionError


def check_range(name: str, value: tuple[int, int], least: int, most: int) -> None:
    """Raises OptionError unless least <= low <= high <= most."""
    low, high = value
    if not least <= low <= high <= most:
        raise OptionError(f"{name} is {low}-{high}; expected LOW-HIGH with {least} <= LOW <= HIGH <= {most}, "
                          f"such as {least}-{min(least + 2, most)}")  # fmt: skip
