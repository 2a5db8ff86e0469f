"""Dates written MM/DD/YYYY, and steps from one to another."""

from __future__ import annotations

from datetime import date, timedelta


def read_date(text: str) -> date:
    """The date that MM/DD/YYYY names. Raises ValueError for anything else."""
    month, day, year = (int(part) for part in text.split("/"))
    return date(year, month, day)


def write_date(day: date) -> str:
    """A date as MM/DD/YYYY."""
    return f"{day.month:02d}/{day.day:02d}/{day.year:04d}"


def shift_date(day: date, amount: int, unit: str) -> date:
    """The date `amount` days, weeks, months or years after `day` (before it, where negative).

    Raises ValueError for a day that the month reached does not have, and for any other unit.
    """
    if unit in ("days", "weeks"):
        return day + timedelta(days=amount * (7 if unit == "weeks" else 1))
    if unit not in ("months", "years"):
        raise ValueError(f"unknown unit {unit}; expected days, weeks, months or years")
    months = day.year * 12 + day.month - 1 + amount * (12 if unit == "years" else 1)
    return date(months // 12, months % 12 + 1, day.day)
