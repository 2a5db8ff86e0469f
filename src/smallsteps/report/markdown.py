"""A report as Markdown: the same text and tables, figures in words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from smallsteps.report.content import Code, Figures, Heading, Part, Prose, Report, Section, Table

_ACTIVE = re.compile(r"([\\`*_{}\[\]<>#|~])")


def markdown(report: Report) -> str:
    """The report as Markdown text; what teachers and students wrote is escaped."""
    blocks = [f"# {_safe(report.name)}", f"**{_safe(report.answer.question)}**", _safe(report.answer.sentence)]
    if report.warnings:
        blocks.append("**Warnings**\n\n" + "\n".join(f"- {_safe(text)}" for text in report.warnings))
    blocks.append("\n".join(f"- {_safe(name)}: {_safe(value)}" for name, value in report.facts))
    for section in report.sections:
        blocks += _section(section)
    return "\n\n".join(blocks) + "\n"


def _section(section: Section) -> list[str]:
    blocks = [f"## {_safe(section.title)}", _safe(section.lead)]
    for part in section.parts:
        blocks += _part(part)
    return blocks


def _part(part: Part) -> list[str]:
    if isinstance(part, Table):
        return [
            f"**{_safe(part.caption)}** {_safe(part.facts)}".rstrip(),
            _table(part),
            *([_safe(part.note)] if part.note else []),
        ]
    if isinstance(part, Figures):
        return [f"*Figure: {_safe(figure.caption)}.* {_safe(figure.alternative)}" for figure in part.figures]
    if isinstance(part, Heading):
        return [f"### {_safe(part.text)}"]
    if isinstance(part, Prose):
        return [_safe(part.text)]
    return [f"**{_safe(part.title)}**", _fenced(part)]


def _table(table: Table) -> str:
    header = [_safe(column.title) for column in table.visible_columns]
    rule = ["---:" if column.number else "---" for column in table.visible_columns]
    rows = [[_safe(cell.text) for cell in row] for row in table.visible]
    return "\n".join(_line(row) for row in (header, rule, *rows))


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _fenced(part: Code) -> str:
    longest = max((len(run) for run in re.findall(r"`+", part.text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{part.text}\n{fence}"


def _safe(text: str) -> str:
    return _ACTIVE.sub(r"\\\1", " ".join(text.split()))
