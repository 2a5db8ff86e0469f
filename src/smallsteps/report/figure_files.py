"""The figures of a report as separate SVG files in light colours, for a paper or a README."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path

from smallsteps.records import atomic_writer
from smallsteps.report.content import Figure

_RULE = re.compile(r":root \{(.*?)\n\}", re.DOTALL)
_VARIABLE = re.compile(r"--([\w-]+):\s*([^;]+);")
_USE = re.compile(r"var\(--([\w-]+)\)")
_OPENING = re.compile(r'<svg viewBox="0 0 ([\d.]+) ([\d.]+)"[^>]*>')


def write_figures(folder: Path, figures: Iterable[Figure]) -> None:
    """One file for each figure, with its caption as title and what it shows, in words, as description."""
    colours = light_colours()
    for figure in figures:
        with atomic_writer(folder / f"{figure.name}.svg") as file:
            file.write(standalone(figure, colours))


def light_colours() -> dict[str, str]:
    """The page's CSS variables in light mode, by name without the dashes."""
    style = (files("smallsteps.report") / "templates" / "report.css").read_text(encoding="utf-8")
    rule = _RULE.search(style)
    assert rule is not None, "the page's style begins with its colours"
    return {name: value.strip() for name, value in _VARIABLE.findall(rule[1])}


def standalone(figure: Figure, colours: Mapping[str, str]) -> str:
    """A figure as a complete SVG document with the page's background."""
    body = _USE.sub(lambda use: colours[use[1]].replace('"', "'"), figure.svg)
    opened = _OPENING.match(body)
    assert opened is not None, "every figure is drawn by `palette.draw`"
    width, height = opened[1], opened[2]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img"><title>{_escaped(figure.caption)}</title><desc>{_escaped(figure.alternative)}</desc>'
        f'<rect width="{width}" height="{height}" fill="{colours["paper"]}"/>'
    )
    return head + body[opened.end() :] + "\n"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
