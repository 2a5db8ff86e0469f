"""The figures of the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from smallsteps.report.arm_table import Line
from smallsteps.report.content import Figure
from smallsteps.report.palette import INK, MUTED, colour, dash, draw, marker

_MOST_POINTS = 120
_SEEDS_BELOW = 0.26
Series = Mapping[str, Sequence[tuple[float, float]]]


def accuracy_intervals(name: str, title: str, lines: Sequence[Line], colours: Mapping[str, int]) -> Figure:
    """Accuracy with its interval for every line of a group, a dot for each of its seeds, and the chance level."""
    chance = 100 * lines[0].chance

    def paint(axes: Any) -> None:
        for row, line in enumerate(reversed(lines)):
            low, high = (100 * end for end in line.interval)
            own = colours[line.method]
            axes.plot([low, high], [row, row], color=colour(own), linewidth=2.4, solid_capstyle="round")
            seeds = [100 * data.score.grade for data in line.arms] if len(line.arms) > 1 else []
            axes.plot(seeds, [row - _SEEDS_BELOW] * len(seeds), "o", color=colour(own), markersize=4,
                      markerfacecolor="none", markeredgewidth=1.1)  # fmt: skip
            axes.plot([100 * line.accuracy], [row], marker(own), color=colour(own))
        axes.set_yticks(range(len(lines)), [line.method for line in reversed(lines)], color=INK)
        if chance:
            axes.axvline(chance, color=MUTED, linestyle=":", linewidth=1.3)
            axes.text(chance, len(lines) - 0.45, " chance", color=MUTED, fontsize=8.5)
        axes.grid(axis="y", visible=False)
        axes.set_xlim(left=0)
        axes.set_ylim(-0.6, len(lines) - 0.2)
        axes.set_xlabel(f"{lines[0].measure}, %")

    text = "; ".join(
        f"{line.method} {100 * line.accuracy:.1f} % ({100 * line.interval[0]:.1f} to {100 * line.interval[1]:.1f})"
        for line in lines
    )
    of_seeds = "".join(f" Seeds of {line.method}: {_seeds(line)}." for line in lines if len(line.arms) > 1)
    guessed = f" Chance is {chance:.1f} %." if chance else ""
    text = f"{lines[0].measure.capitalize()} with its 95 % interval: {text}.{of_seeds}{guessed}"
    return draw(name, title, text, paint, height=1.0 + 0.36 * len(lines))


def _seeds(line: Line) -> str:
    return ", ".join(f"{100 * data.score.grade:.1f} %" for data in line.arms)


def against_cost(
    name: str, title: str, label: str, lines: Sequence[Line], costs: Sequence[float], colours: Mapping[str, int]
) -> Figure:
    """Accuracy against a cost, one point for each line, with its interval."""
    named: set[str] = set()

    def paint(axes: Any) -> None:
        for line, cost in zip(lines, costs, strict=True):
            own = colours[line.method]
            low, high = (100 * end for end in line.interval)
            axes.plot([cost, cost], [low, high], color=colour(own), linewidth=1.4, alpha=0.6)
            label_once = line.method if line.method not in named else None
            axes.plot([cost], [100 * line.accuracy], marker(own), color=colour(own), label=label_once)
            named.add(line.method)
        axes.set_xlim(left=0, right=1.08 * max(costs) or 1)
        axes.margins(y=0.1)
        axes.set_ylim(bottom=0)
        axes.set_xlabel(label)
        axes.set_ylabel(f"{lines[0].measure}, %")
        _legend(axes, len(named))

    text = "; ".join(
        f"{line.method} {100 * line.accuracy:.1f} % at {cost:.4g}" for line, cost in zip(lines, costs, strict=True)
    )
    return draw(name, title, f"Accuracy against {label}: {text}.", paint, height=3.3)


def learning(name: str, title: str, training: Series, validation: Series, index: int) -> Figure:
    """Losses by step of one method's arms: lines for training, one for each series, and rings for validation."""

    def paint(axes: Any) -> None:
        for order, (label, points) in enumerate(training.items()):
            axes.plot(
                *_columns(thinned(points)), color=colour(index), linestyle=dash(order), linewidth=1.3, label=label
            )
        for points in validation.values():
            axes.plot(*_columns(points), "o", color=INK, markersize=5, markerfacecolor="none", markeredgewidth=1.4)
        if any(validation.values()):
            axes.plot([], [], "o", color=INK, markerfacecolor="none", markeredgewidth=1.4, label="validation")
        axes.margins(y=0.1)
        axes.set_ylim(bottom=0)
        axes.set_xlabel("optimiser step")
        axes.set_ylabel("loss")
        _legend(axes, len(training) + 1, below=False)

    ends = [f"{label} from {points[0][1]:.2f} to {points[-1][1]:.2f}" for label, points in training.items() if points]
    held = [f"{label} {points[-1][1]:.2f}" for label, points in validation.items() if points]
    text = f"Training loss: {'; '.join(ends) or 'not logged'}. Last validation loss: {'; '.join(held) or 'none'}."
    return draw(name, title, text, paint, height=2.7)


def sweep(
    name: str, title: str, label: str, curves: Mapping[str, Sequence[Line]], level: Sequence[Line],
    values: Sequence[Any], colours: Mapping[str, int],
) -> Figure:  # fmt: skip
    """Accuracy by value of a swept field, a curve for each method, with the interval as a band.

    `level` are the lines of methods without the field: the same at all its values.
    """
    numeric = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    places = {value: float(value) if numeric else float(index) for index, value in enumerate(values)}

    def paint(axes: Any) -> None:
        for method, lines in curves.items():
            own = colours[method]
            x = [places[dict(line.point)[label]] for line in lines]
            axes.fill_between(x, [100 * line.interval[0] for line in lines], [100 * line.interval[1] for line in lines],
                              color=colour(own), alpha=0.16, linewidth=0)  # fmt: skip
            axes.plot(x, [100 * line.accuracy for line in lines], marker(own), color=colour(own), label=method,
                      linestyle="-", markersize=5)  # fmt: skip
        for line in level:
            axes.axhline(100 * line.accuracy, color=colour(colours[line.method]), linestyle="--", linewidth=1.3,
                         label=f"{line.method} (not swept)")  # fmt: skip
        if not numeric or len(values) <= 6:
            axes.set_xticks(list(places.values()), [str(value) for value in values])
        axes.margins(y=0.1)
        axes.set_ylim(bottom=0)
        axes.set_xlabel(label)
        axes.set_ylabel("accuracy, %")
        _legend(axes, len(curves) + len(level))

    text = "; ".join(
        f"{method} " + ", ".join(f"{100 * line.accuracy:.1f} % at {dict(line.point)[label]}" for line in lines)
        for method, lines in curves.items()
    )
    text += "".join(f"; {line.method}, not swept, {100 * line.accuracy:.1f} %" for line in level)
    return draw(name, title, f"Accuracy over {label}: {text}.", paint, height=3.3)


def chain_gains(name: str, title: str, curves: Mapping[str, Sequence[float]], colours: Mapping[str, int]) -> Figure:
    """The mean log-probability of the gold answer after each step, a curve for each method."""

    def paint(axes: Any) -> None:
        for method, values in curves.items():
            own = colours[method]
            axes.plot(range(len(values)), values, marker(own), color=colour(own), label=method, linestyle="-",
                      markersize=5)  # fmt: skip
        axes.set_xticks(range(max(map(len, curves.values()))))
        axes.set_xlabel("steps read (0: the question alone)")
        axes.set_ylabel("log P(gold answer), nats")
        _legend(axes, len(curves))

    text = "; ".join(f"{method} {', '.join(f'{value:.2f}' for value in values)}" for method, values in curves.items())
    return draw(name, title, f"Mean log-probability of the gold answer by steps read: {text}.", paint, height=3.3)


def thinned(points: Sequence[tuple[float, float]], most: int = _MOST_POINTS) -> list[tuple[float, float]]:
    """At most `most` points, each the mean of its neighbours, so that a long log makes a small figure."""
    if len(points) <= most:
        return list(points)
    size = -(-len(points) // most)
    chunks = [points[start : start + size] for start in range(0, len(points), size)]
    return [(chunk[len(chunk) // 2][0], sum(value for _, value in chunk) / len(chunk)) for chunk in chunks]


def _columns(points: Sequence[tuple[float, float]]) -> tuple[list[float], list[float]]:
    return [x for x, _ in points], [y for _, y in points]


def _legend(axes: Any, count: int, *, below: bool = True) -> None:
    if count < 2:
        return
    if not below:
        axes.legend(loc="upper right", handlelength=1.6)
        return
    handles, labels = axes.get_legend_handles_labels()
    columns = 3 if max(map(len, labels)) <= 14 else 2
    axes.figure.legend(handles, labels, loc="outside lower center", ncols=columns, columnspacing=1.2, handletextpad=0.4)
