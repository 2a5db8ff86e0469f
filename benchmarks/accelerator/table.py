"""The one table at the end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

COLUMNS = ("part", "case", "smallsteps", "next to", "ratio or verdict")


@dataclass(frozen=True)
class Finding:
    """A row: what was measured, our result, the other's, and the ratio or a verdict."""

    part: str
    case: str
    ours: str
    other: str
    verdict: str


def table(findings: Iterable[Finding]) -> str:
    """The findings as a Markdown table."""
    rows = [COLUMNS, *(tuple(asdict(one).values()) for one in findings)]
    widths = [max(len(str(row[place])) for row in rows) for place in range(len(COLUMNS))]
    lines = ["| " + " | ".join(str(cell).ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
             for row in rows]  # fmt: skip
    return "\n".join([lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]])
