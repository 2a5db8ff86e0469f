"""Matplotlib figures as inline SVG with the colours and fonts of the page, in light and dark mode.

Figures are drawn in stand-in colours, which are then replaced by the page's CSS variables.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

from smallsteps.report.content import Figure

INK, MUTED, GRID, PAPER = "#0b0000", "#0b0001", "#0b0002", "#0b0003"
_VARIABLES = {INK: "--ink", MUTED: "--muted", GRID: "--line", PAPER: "--paper"}
SERIES = 8
_MARKERS, _DASHES = "osD^vPX*", ("-", "--", "-.", ":")
_STAND_IN = re.compile(r"#0[ab]00[0-9a-f]{2}")
_FONT = re.compile(r"""(font(?:-family)?:\s*(?:[\d.]+px )?)'[^;"]*?sans-serif""")
_NAMES = re.compile(r'(\bid="|url\(#|xlink:href="#)')
_WIDTH_INCHES, _HEIGHT_INCHES, _DPI = 4.4, 3.1, 100
_STYLE = {
    "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 9.5, "text.color": INK, "axes.edgecolor": GRID,
    "axes.labelcolor": MUTED, "xtick.color": MUTED, "ytick.color": MUTED, "axes.spines.top": False,
    "axes.spines.right": False, "axes.grid": True, "grid.color": GRID, "grid.linewidth": 0.7, "axes.axisbelow": True,
    "legend.frameon": False, "legend.fontsize": 8.5, "xtick.major.size": 0, "ytick.major.size": 0,
    "lines.linewidth": 1.8, "lines.markersize": 6, "text.parse_math": False,
}  # fmt: skip


def colour(index: int) -> str:
    """The stand-in for the colour of series `index`; there are `SERIES` of them."""
    return f"#0a00{index % SERIES:02x}"


def marker(index: int) -> str:
    """A marker that identifies a series without its colour."""
    return _MARKERS[index % len(_MARKERS)]


def dash(index: int) -> str:
    """A line style that identifies a series without its colour."""
    return _DASHES[index % len(_DASHES)]


def draw(
    name: str, caption: str, alternative: str, paint: Callable[[Any], None], *, height: float = _HEIGHT_INCHES
) -> Figure:
    """A figure painted on one pair of axes. `height` is in inches; all figures have the same width."""
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure as Canvas

    with matplotlib.rc_context({**_STYLE, "svg.hashsalt": name}):
        canvas = Canvas(figsize=(_WIDTH_INCHES, height), dpi=_DPI, layout="constrained")
        FigureCanvasSVG(canvas)
        canvas.patch.set_alpha(0)
        axes = canvas.subplots()
        axes.patch.set_alpha(0)
        paint(axes)
        file = io.StringIO()
        canvas.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    return Figure(name, caption, alternative, _inlined(file.getvalue(), name))


def _inlined(text: str, name: str) -> str:
    """The SVG without prologue and metadata, with names unique in the page and the page's colours."""
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = _NAMES.sub(lambda found: f"{found[1]}{name}-", text)
    text = _STAND_IN.sub(_variable, text)
    text = _FONT.sub(r"\1var(--sans)", text)
    text = re.sub(
        r'<svg [^>]*?(viewBox="[^"]*")[^>]*>', r'<svg \1 aria-hidden="true" focusable="false">', text, count=1
    )
    text = re.sub(r' xmlns(?::\w+)?="[^"]*"', "", text).replace("xlink:href", "href")
    return re.sub(r">\s+<", "><", text)


def _variable(found: re.Match[str]) -> str:
    code = found[0]
    return f"var({_VARIABLES.get(code, f'--s{int(code[-2:], 16)}')})"
