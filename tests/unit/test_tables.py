"""Tables that fit: at 80, 100, 120 and 160 columns names and numbers stay whole, and what is not shown is named."""

from __future__ import annotations

import io
import shlex
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from report_runs import make_run
from smallsteps.cli import _results
from smallsteps.cli._console import FittedDrawing, table
from smallsteps.cli.import_ import tally_table as import_table
from smallsteps.cli.score import score_table
from smallsteps.cli.segment import shares_table
from smallsteps.cli.select import statistics_table
from smallsteps.corpus.import_counts import Count, ImportCounts
from smallsteps.scoring.evaluate import Score
from smallsteps.segment import Segmentation
from smallsteps.selection import Statistics
from smallsteps.study.compare import finish
from smallsteps.study.comparison_table import main_level
from smallsteps.study.open_run import open_run
from smallsteps.text.tables import TableColumn, broken_title, fit_table, text_width

WIDTHS = (80, 100, 120, 160)
LONG = "step_by_step, answers weighted twice"
OUTCOMES = {"correct": 660, "wrong": 600, "truncated": 0, "no_answer": 59, "error": 0}
METHODS = ["answer_only", "cot", "scotd", {"name": "step_by_step", "as": LONG}]


def drawn(renderable: Any, width: int) -> list[str]:
    console = Console(width=width, file=io.StringIO(), highlight=False)
    console.print(renderable, crop=False)
    return console.file.getvalue().splitlines()  # type: ignore[attr-defined, no-any-return]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[dict[str, Any], Path]]:
    folder = tmp_path_factory.mktemp("tables of runs")
    studies: dict[str, dict[str, Any]] = {
        "one seed": {"seeds": [0]},
        "three seeds": {"seeds": [0, 1, 2]},
        "two tasks": {"seeds": [0, 1, 2], "tasks": ["gsm8k", "coin_flip"]},
        "a sweep": {"seeds": [0, 1], "sweep": {"method.alpha": [0.2, 0.8]}},
    }
    made = {name: make_run(folder / name, methods=METHODS, **study) for name, study in studies.items()}
    return {name: (finish(open_run(path)), path) for name, path in made.items()}


def shown(run: tuple[dict[str, Any], Path], width: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    console = Console(width=width, file=io.StringIO(), highlight=False)
    monkeypatch.setattr(_results, "out", console)
    _results.show_results(*run)
    return console.file.getvalue().splitlines()  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["one seed", "three seeds", "two tasks", "a sweep"])
def test_a_study_fits(runs: Any, name: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = shown(runs[name], width, monkeypatch)
    scores, folder = runs[name]
    assert max(len(line) for line in lines if str(folder) not in line and shlex.quote(str(folder)) not in line) <= width
    for line in scores["lines"]:
        accuracy = f"{100 * line['accuracy']:.1f}"
        rows = [one for one in lines if line["method"] in one and accuracy in one and f" {line['n']} " in one]
        assert rows, f"{line['method']} with N and accuracy in one line"
    for one in (found for found in scores["comparisons"] if found["level"] == main_level(scores)):
        difference = f"{100 * one['difference']:+.1f}".replace("-", "−").replace("+0.0", "0.0").replace("−0.0", "0.0")
        assert any(one["methods"][0] in line and difference in line for line in lines)


@pytest.mark.parametrize("width", WIDTHS)
def test_constants_and_zeros_are_in_the_caption(runs: Any, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = shown(runs["one seed"], width, monkeypatch)
    assert not any("tiny-decoder" in line and "cot" in line for line in lines)
    text = " ".join(lines)
    assert "student: tiny-decoder" in text and "seeds: 1" in text and "0 in every row: truncated, error" in text


def test_one_table_and_one_line_end_a_study(runs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = shown(runs["one seed"], 200, monkeypatch)
    end = lines[next(place for place, line in enumerate(lines) if line.startswith("Trained students")) :]
    assert end[1].split() == ["method", "difference", "95", "%", "interval", "p", "after", "Holm", "verdict"]
    assert len(end[2:]) == 3 + 2 + 1 + 3, "three methods, caption, conclusion, an empty line, what comes next"
    assert end[6].startswith("One seed: this says nothing about methods. Add seeds: 3 would detect a difference of ")
    several = shown(runs["three seeds"], 200, monkeypatch)
    assert any(line.startswith("Methods (over new seeds and questions)") for line in several)
    assert not any(line.startswith("Trained students") for line in several)


def test_printed_commands_can_be_pasted(runs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = shown(runs["one seed"], 80, monkeypatch)
    folder = str(runs["one seed"][1])
    commands = [line.partition("smallsteps ")[2] for line in lines if "smallsteps " in line]
    assert shlex.split(commands[0]) == ["report", folder, "-o", f"{folder}/report.html"]
    assert shlex.split(commands[1], comments=True) == ["trace", folder]


def commands_tables() -> dict[str, FittedDrawing]:
    score = Score(1319, 0.5, 0.6, (0.4, 0.6), OUTCOMES, 43.2, samples=8.0, saved=0.31)
    counts = ImportCounts(read=Count(7473, 29892), written=Count(7000, 28000), right=21000, judged=28000)
    counts.dropped["in the test part, word for word"] = Count(473, 1892)
    return {
        "score": table("", *score_table({"a-folder/with/a-long-name/seed0": score, "cot": score})),
        "import": import_table(counts, Path("a folder/corpus.jsonl")),
        "select": statistics_table("wrote x", [("before", Statistics(7473, 7473, 59784, 41231, 58_123, 412.3))]),
        "segment": shares_table({"similarity": Segmentation(59784, 182_311, 0.471, 0.512, 412)}),
    }


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["score", "import", "select", "segment"])
def test_tables_of_other_commands_fit(name: str, width: int) -> None:
    made = commands_tables()[name]
    lines = drawn(made, width)
    assert max(map(len, lines)) <= width
    first = [str(row[0]) for row in made.rows]
    assert all(any(line.startswith(one) for line in lines) for one in first), "the first column is whole"
    said = " ".join(lines)
    words = {word for column in made.columns for word in column.title.split()}
    assert all(word in said for word in words), "a column is shown, or named in the caption"


def test_the_least_needed_columns_go_first() -> None:
    columns = [TableColumn("method", number=False), TableColumn("N"), TableColumn("x" * 10, priority=2),
               TableColumn("y" * 10, priority=1), TableColumn("z" * 10, priority=2)]  # fmt: skip
    rows = [("cot", 5, 1, 2, 3), ("post", 5, 4, 5, 6)]

    def titles(width: int) -> list[str]:
        return [column.title[0] for column in fit_table(columns, rows, width).columns]

    assert titles(80) == ["m", "N", "x", "y", "z"]
    assert [titles(width) for width in (44, 32, 20, 3)] == [
        ["m", "N", "x", "y"],
        ["m", "N", "y"],
        ["m", "N"],
        ["m", "N"],
    ]
    narrow = fit_table(columns, rows, 3)
    assert narrow.widths == (6, 1) and narrow.width > 3, "what is never left out is never narrowed"
    assert narrow.caption == f"left out at this width: {'x' * 10}, {'y' * 10}, {'z' * 10}"


def test_what_is_the_same_is_folded_and_a_single_row_is_not() -> None:
    columns = [TableColumn("method", number=False), TableColumn("student", number=False, fold=True),
               TableColumn("truncated", priority=1, fold=True), TableColumn("N")]  # fmt: skip
    several = fit_table(columns, [("cot", "tiny", 0, 7), ("post", "tiny", 0, 7)], 80)
    assert [column.title for column in several.columns] == ["method", "N"]
    assert several.caption == "student: tiny; 0 in every row: truncated"
    single = fit_table(columns, [("cot", "tiny", 0, 7)], 80)
    assert [column.title for column in single.columns] == ["method", "student", "N"]


def test_titles_break_before_columns_go_and_texts_wrap_before_that() -> None:
    columns = [TableColumn("arm", number=False), TableColumn("status", number=False, wrap=True),
               TableColumn("tokens per answer", priority=1)]  # fmt: skip
    rows = [("gsm8k/cot/seed0", "training 40 % loss 1.25, 30 s left", 12.5)]
    roomy, tight, tighter = (fit_table(columns, rows, width) for width in (80, 66, 45))
    assert roomy.headers == ["arm", "status", "tokens per answer"]
    assert tight.headers == ["\narm", "\nstatus", "tokens per\nanswer"] and tight.widths[1] == len(rows[0][1])
    assert len(tighter.columns) == 3 and tighter.widths[1] < len(rows[0][1])
    assert tighter.width <= 45 and broken_title("tokens per answer", 6) == ["tokens", "per", "answer"]


def test_wide_letters_take_two_columns() -> None:
    assert text_width("脾脏 x") == 6 and text_width("e\u0301") == 1
    assert fit_table([TableColumn("脾脏", number=False)], [("abc",)], 80).widths == (4,)
