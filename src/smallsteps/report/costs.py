"""Accuracy against cost: generated tokens at inference, seconds and tokens in training."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import fmean

from smallsteps.report.arm_table import ArmTable, Line
from smallsteps.report.content import Cell, Column, Figures, Section, Table, number, percent, words
from smallsteps.report.figures import against_cost
from smallsteps.report.identity import LINE_COLUMNS, line_cells

_MOST_PLACES = 3
_SAMPLES = (
    Column("samples", True, "answers sampled for each question, among which a vote decides", fold=True),
    Column("saved %", True, "samples not drawn because the vote could no longer change", fold=True),
)
_COLUMNS = (
    Column("tokens/answer", True, "generated tokens"), Column("answer s", True, "seconds to answer all test questions"),
    Column("train s", True, "seconds of training, preparation included"),
    Column("steps", True, "optimiser steps", fold=True),
    Column("supervised tokens", True, "tokens with a loss, counted before shared prefixes are merged"),
    Column("computed tokens", True, "tokens that went through the model"),
    Column("layout", False, "how batches were laid out: a token forest or padded rows", fold=True),
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
    accuracy = Column("accuracy %", True)
    columns = (*LINE_COLUMNS, accuracy, *(_SAMPLES if sampled else ()), *_COLUMNS)
    rows = tuple(_cells(line, sampled) for line in arm_table.lines)
    table = Table("costs", "Costs, means over seeds", columns, rows)
    lead = (
        "Seconds depend on the machine and on what else ran on it; tokens do not. Preparation counts towards a method."
    )
    return Section("costs", "Accuracy against cost", lead, (Figures(tuple(figures)), table))


def _cells(line: Line, sampled: bool) -> tuple[Cell, ...]:
    layouts = dict.fromkeys(str(path["layout"]) for data in line.arms for path in data.scores["paths"].values())
    return (
        *line_cells(line), percent(line.accuracy),
        *((number(line.samples, 1), percent(line.saved)) if sampled else ()),
        number(line.tokens, 1), number(line.mean("answer_seconds"), 1),
        number(line.mean("train_seconds"), 1), number(_of_paths(line, "steps")),
        number(_of_paths(line, "supervised_tokens")), number(_of_paths(line, "computed_tokens")),
        words(", ".join(layouts)),
    )  # fmt: skip


def _of_paths(line: Line, name: str) -> float:
    """The sum over a method's paths, the mean over seeds."""
    return fmean(sum(path[name] for path in data.scores["paths"].values()) for data in line.arms)
