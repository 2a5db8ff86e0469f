"""Figures of the benchmarks: SVG files that are the same, byte for byte, for the same numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def subplots(*shape: int, **options: Any) -> tuple[Any, Any]:
    """`matplotlib.pyplot.subplots`, made for a file and not for a screen."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams.update({"svg.hashsalt": "smallsteps", "svg.fonttype": "none"})
    import matplotlib.pyplot as plt

    return plt.subplots(*shape, layout="constrained", **options)


def write(figure: Any, out: Path) -> None:
    """Write a figure; its folder is made where it is missing."""
    out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(out, metadata={"Date": None})
