"""The section that most readers come for: every line with its interval, its letter and what may spoil it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from smallsteps.report.content import Cell, Column, Figure, Figures, Part, Section, Table, number, percent, span, words
from smallsteps.report.figures import standing
from smallsteps.report.lineup import Line, Lineup, level_of, point_name
from smallsteps.stats import wilson

_COLUMNS = (
    Column("method"),
    Column("student"),
    Column("seeds", True),
    Column("N", True, "test questions"),
    Column("accuracy %", True, "strict: the answer behind the answer phrase"),
    Column("95 % interval", True, "one seed: Wilson's over questions; several: t over seeds"),
    Column("group", False, "methods that share a letter are not shown to differ"),
    Column("lenient %", True, "the last candidate of the text where the answer phrase is missing"),
    Column("no answer %", True, "no answer could be read"),
    Column("truncated %", True, "the length limit came before an answer"),
    Column("chance %", True, "the accuracy of guessing"),
    Column("tokens/answer", True, "generated tokens"),
    Column("train s", True, "seconds of training, needs included"),
)
_MOST_FIGURES = 6


def standings_section(lineup: Lineup, colours: Mapping[str, int]) -> Section:
    """The leaderboard of every task, best first, with figures and groups of questions."""
    tasks = list(dict.fromkeys(line.task for line in lineup.lines))
    parts: list[Part] = []
    figures = [_figure(index, race, lineup, colours) for index, race in enumerate(lineup.races[:_MOST_FIGURES])]
    parts.append(Figures(tuple(figures)))
    parts += [_table(task, lineup) for task in tasks]
    groups = _groups(lineup.lines)
    if groups is not None:
        parts.append(groups)
    lead = "Accuracy is strict, and what may spoil it stands beside it. Letters: methods that share one are not shown to differ."
    return Section("leaderboard", "Leaderboard", lead, tuple(parts))


def race_name(task: str, student: str, point: str) -> str:
    """What a race is called in captions."""
    return f"{task}, {student}" + (f", at {point}" if point else "")


def _figure(
    index: int, race: tuple[str, str, tuple[tuple[str, object], ...]], lineup: Lineup, colours: Mapping[str, int]
) -> Figure:
    task, student, point = race
    title = f"Accuracy with its 95 % interval: {race_name(task, student, point_name(point))}"
    return standing(f"standing{index}", title, lineup.at(*race), colours)


def _table(task: str, lineup: Lineup) -> Table:
    races = [race for race in lineup.races if race[0] == task]
    swept = any(point for _, _, point in races)
    columns = (*_COLUMNS[:2], Column("setting"), *_COLUMNS[2:]) if swept else _COLUMNS
    rows = []
    levels = set()
    for race in races:
        lines = lineup.at(*race)
        letters = lineup.letters(lines)
        levels.add(level_of(lines))
        for line in lines:
            cells = _cells(line, letters.get(line.method, ""))
            rows.append((*cells[:2], words(point_name(line.point)), *cells[2:]) if swept else cells)
    claims = {
        "methods": "Groups are of methods: seeds are random and paired.",
        "students": "Groups are of these trained students only: one seed cannot tell methods apart.",
    }
    note = " ".join(claims[level] for level in sorted(levels))
    return Table(f"leaderboard-{task}", f"Leaderboard: {task}", columns, tuple(rows), note)


def _cells(line: Line, letters: str) -> tuple[Cell, ...]:
    shares = line.outcomes
    return (
        words(line.method),
        words(line.student),
        number(len(line.arms)),
        number(line.n),
        percent(line.accuracy),
        span(*line.interval),
        words(letters),
        percent(line.lenient),
        percent(shares["no_answer"] + shares["error"]),
        percent(shares["truncated"]),
        percent(line.chance),
        number(line.arms[0].score.generated_tokens if len(line.arms) == 1 else line.mean("generated_tokens"), 1),
        number(line.mean("train_seconds")),
    )


def _groups(lines: Sequence[Line]) -> Table | None:
    """Accuracy by group of questions (wordings seen and unseen in training, say), pooled over seeds."""
    rows = []
    for line in lines:
        pools: dict[str, list[int]] = {}
        for data in line.arms:
            for group, part in (data.score.groups or {}).items():
                pool = pools.setdefault(group, [0, 0])
                pool[0] += part.outcomes["correct"]
                pool[1] += part.n
        for group, (right, n) in pools.items():
            name = " ".join(filter(None, (line.task, point_name(line.point))))
            interval = wilson(right, n)
            rows.append((words(line.method), words(line.student), words(name), words(group), number(n),
                         percent(right / n), span(*interval)))  # fmt: skip
    if not rows:
        return None
    columns = (Column("method"), Column("student"), Column("task"), Column("group of questions"), Column("N", True),
               Column("accuracy %", True), Column("95 % interval", True))  # fmt: skip
    note = "N counts a question once for each seed; the interval is Wilson's."
    return Table("groups", "Accuracy by group of questions", columns, tuple(rows), note)
