"""What accuracy costs: generated tokens at inference, seconds and tokens in training."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import fmean

from smallsteps.report.arm_table import ArmTable, Line
from smallsteps.report.content import Cell, Column, Figures, Section, Table, number, percent, words
from smallsteps.report.figures import against_cost

_MOST_PLACES = 3
_METHOD = (Column("method"), Column("accuracy %", True))
_SAMPLES = (
    Column("samples", True, "answers sampled a question, among which a vote decides"),
    Column("saved %", True, "samples asked for but not drawn, because the vote could no longer change"),
)
_COLUMNS = (
    Column("tokens/answer", True, "generated tokens"), Column("answer s", True, "seconds to answer all test questions"),
    Column("train s", True, "seconds of training, needs included"), Column("steps", True, "optimiser steps"),
    Column("supervised tokens", True, "learnt tokens, counted before views are merged"),
    Column("computed tokens", True, "tokens that ran through the model"),
    Column("layout", False, "the path that ran: a forest of tries, or padded rows"), Column("student"), Column("task"),
)  # fmt: skip


def costs_section(arm_table: ArmTable, colours: Mapping[str, int]) -> Section:
    """Accuracy against generated tokens and training seconds, with the numbers."""
    figures = []
    places = list(dict.fromkeys((line.task, line.student) for line in arm_table.lines))
    for index, (task, student) in enumerate(places[:_MOST_PLACES]):
        lines = [line for line in arm_table.lines if (line.task, line.student) == (task, student)]
        tokens, seconds = [line.tokens for line in lines], [line.mean("train_seconds") for line in lines]
        name = f"{task}, {student}"
        figures += [
            against_cost(f"tokens{index}", f"Accuracy against generated tokens: {name}", "generated tokens per answer",
                         lines, tokens, colours),
            against_cost(f"seconds{index}", f"Accuracy against training time: {name}", "training seconds", lines,
                         seconds, colours),
        ]  # fmt: skip
    sampled = any(line.samples > 1 for line in arm_table.lines)
    columns = (*_METHOD, *(_SAMPLES if sampled else ()), *_COLUMNS)
    rows = tuple(_cells(line, sampled) for line in arm_table.lines)
    table = Table("costs", "Costs, means over seeds", columns, rows)
    lead = "Seconds hold for the machine that the arms ran on, and for what else ran on it; tokens hold everywhere."
    return Section("costs", "Accuracy against cost", lead, (Figures(tuple(figures)), table))


def _cells(line: Line, sampled: bool) -> tuple[Cell, ...]:
    layouts = dict.fromkeys(str(path["layout"]) for data in line.arms for path in data.scores["paths"].values())
    return (
        words(line.method), percent(line.accuracy),
        *((number(line.samples, 1), percent(line.saved)) if sampled else ()),
        number(line.tokens, 1), number(line.mean("answer_seconds"), 1),
        number(line.mean("train_seconds"), 1), number(_of_paths(line, "steps")),
        number(_of_paths(line, "supervised_tokens")), number(_of_paths(line, "computed_tokens")),
        words(", ".join(layouts)), words(line.student), words(line.place),
    )  # fmt: skip


def _of_paths(line: Line, name: str) -> float:
    """The sum over a method's paths, the mean over seeds."""
    return fmean(sum(path[name] for path in data.scores["paths"].values()) for data in line.arms)
