"""Every number on the page equals the one in the run's scores.json."""

from __future__ import annotations

from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from report_runs import make_run
from smallsteps.report.build import build_report
from smallsteps.report.load import load_run
from smallsteps.report.page import page
from smallsteps.study.compare import finish
from smallsteps.study.open_run import open_run
from smallsteps.study.results import group_title

Row = dict[str, str]


class Tables(HTMLParser):
    """The tables of a page as a browser shows them: rows by column, with what the caption says of every row."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, list[Row]] = {}
        self.facts: dict[str, str] = {}
        self._name, self._text, self._cells, self._heads = "", "", [], []  # type: ignore[var-annotated]
        self._part = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("class") == "tablebox":
            self._name = str(given["data-name"])
            self.rows[self._name], self._heads = [], []
        if tag in ("th", "td") or given.get("class") == "fixed":
            self._text, self._part = "", "facts" if tag == "span" else "cell"

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "span" and self._part == "facts":
            self.facts[self._name], self._part = self._text.strip(), ""
        elif tag in ("th", "td"):
            self._cells.append(self._text.strip())
        elif tag == "tr":
            if self._heads:
                self.rows[self._name].append(dict(zip(self._heads, self._cells, strict=True)))
            else:
                self._heads = self._cells
            self._cells = []


@pytest.fixture(scope="module", params=["two tasks", "one seed"])
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Tables, dict[str, Any]]:
    more: dict[str, Any] = {"tasks": ["gsm8k", "coin_flip"]} if request.param == "two tasks" else {"seeds": [4]}
    folder: Path = make_run(tmp_path_factory.mktemp("numbers") / "run", questions=40, **more)
    scores = finish(open_run(folder))
    reader = Tables()
    reader.feed(page(build_report(load_run(folder))))
    return reader, scores


def percent(share: float) -> str:
    return f"{100 * share:.1f}"


def points(share: float) -> str:
    text = f"{100 * share:+.1f}"
    return "0.0" if float(text) == 0 else text.replace("-", "−")


def chance_of(p: float | None) -> str:
    return "–" if p is None else "<0.0001" if p < 1e-4 else f"{p:.2g}"


def interval(ends: Any) -> str:
    return f"{percent(ends[0])}–{percent(ends[1])}"


def row_of(tables: Tables, name: str, **wanted: object) -> Row:
    """The one row with these cells, where a cell may be in the caption instead."""
    found = [row for row in tables.rows[name] if all(_says(tables, name, row, *one) for one in wanted.items())]
    assert len(found) == 1, (name, wanted, found)
    return found[0]


def _says(tables: Tables, name: str, row: Row, title: str, value: object) -> bool:
    title = title.replace("_", " ")
    return row[title] == str(value) if title in row else f"{title} {value}" in tables.facts[name]


def check(tables: Tables, name: str, row: Row, expected: Mapping[str, str]) -> None:
    """Each cell, or the caption where the column is the same in every row."""
    facts = tables.facts.get(name, "")
    for title, value in expected.items():
        if title in row:
            assert row[title] == value, (name, row, title)
        elif value in ("0", "0.0"):
            assert title.removesuffix(" %") in facts.partition("0 in every row: ")[2].split(", "), (name, title, facts)
        elif value != "–":
            share = title.endswith(" %")
            assert f"{title.removesuffix(' %')} {value}{' %' * share}" in facts.split(" · "), (name, title, facts)


def test_the_leaderboard(both: tuple[Tables, dict[str, Any]]) -> None:
    tables, scores = both
    for line in scores["lines"]:
        arms = [arm for arm in scores["arms"] if (arm["task"], arm["method"]) == (line["task"], line["method"])]
        name, n = f"leaderboard-{line['task']}", sum(arm["n"] for arm in arms)
        lost = sum(arm["outcomes"]["no_answer"] + arm["outcomes"]["error"] for arm in arms)
        check(tables, name, row_of(tables, name, method=line["method"]), {
            "task": line["task"], "student": line["student"], "seeds": str(len(arms)), "N": str(line["n"]),
            "accuracy %": percent(line["accuracy"]), "95 % interval": interval(line["interval"]),
            "lenient %": percent(sum(arm["lenient"] for arm in arms) / len(arms)), "no answer %": percent(lost / n),
            "truncated %": percent(sum(arm["outcomes"]["truncated"] for arm in arms) / n),
            "chance %": percent(arms[0]["chance"]),
            "tokens/answer": f"{sum(arm['generated_tokens'] for arm in arms) / len(arms):.1f}",
            "train s": f"{sum(arm['train_seconds'] for arm in arms) / len(arms):.0f}",
        })  # fmt: skip


def test_groups_of_questions(both: tuple[Tables, dict[str, Any]]) -> None:
    tables, scores = both
    for line in scores["lines"]:
        for name, group in line["groups"].items():
            found = row_of(tables, "groups", task=line["task"], method=line["method"],
                           group_of_questions=group_title(name))  # fmt: skip
            expected = {"accuracy %": percent(group["accuracy"]), "95 % interval": interval(group["interval"])}
            check(tables, "groups", found, expected | {"N": str(group["n"])})


def test_comparisons(both: tuple[Tables, dict[str, Any]]) -> None:
    tables, scores = both
    words = {"better": "better", "worse": "worse", "tie": "not significant", "undecidable": "not tested"}
    for one in scores["comparisons"]:
        name = f"claims-{one['level']}"
        seed = {"seed": one["seeds"][0]} if one["level"] == "students" else {}
        found = row_of(tables, name, task=one["task"], method=one["methods"][0], **seed)
        ends = "–" if one["interval"] is None else " to ".join(map(points, one["interval"]))
        check(tables, name, found, {
            "against": one["methods"][1], "N": str(one["n"]), "difference, points": points(one["difference"]),
            "95 % interval": ends, "p": chance_of(one["p"]), "p after Holm": chance_of(one["p_holm"]),
            "verdict": words[one["verdict"]], "needed": str(one["n_needed"] or "–"),
        })  # fmt: skip
    assert sum(len(tables.rows[f"claims-{level}"]) for level in ("students", "methods")) == len(scores["comparisons"])


def test_outcomes_and_costs(both: tuple[Tables, dict[str, Any]]) -> None:
    tables, scores = both
    for arm in scores["arms"]:
        found = row_of(tables, "outcomes", task=arm["task"], method=arm["method"], seed=arm["seed"])
        check(tables, "outcomes", found, {
            "N": str(arm["n"]), "strict %": percent(arm["strict"]), "lenient %": percent(arm["lenient"]),
            "chance %": percent(arm["chance"]),
            **{name.replace("_", " "): str(count) for name, count in arm["outcomes"].items()},
        })  # fmt: skip
    for line in scores["lines"]:
        arms = [arm for arm in scores["arms"] if (arm["task"], arm["method"]) == (line["task"], line["method"])]
        path = arms[0]["paths"]["main"]
        check(tables, "costs", row_of(tables, "costs", task=line["task"], method=line["method"]), {
            "accuracy %": percent(line["accuracy"]), "N": str(line["n"]), "seeds": str(len(arms)),
            "answer s": f"{sum(arm['answer_seconds'] for arm in arms) / len(arms):.1f}",
            "train s": f"{sum(arm['train_seconds'] for arm in arms) / len(arms):.1f}",
            "steps": str(path["steps"]), "supervised tokens": str(path["supervised_tokens"]),
            "computed tokens": str(path["computed_tokens"]), "layout": path["layout"],
        })  # fmt: skip


def test_the_summary_of_tasks(both: tuple[Tables, dict[str, Any]]) -> None:
    tables, scores = both
    tasks = list(dict.fromkeys(line["task"] for line in scores["lines"]))
    if len(tasks) == 1:
        assert "per-task" not in tables.rows
        return
    for method in {line["method"] for line in scores["lines"]}:
        reached = {line["task"]: line["accuracy"] for line in scores["lines"] if line["method"] == method}
        expected = {task: percent(share) for task, share in reached.items()}
        mean = {"macro mean %": percent(sum(reached.values()) / len(reached))}
        check(tables, "per-task", row_of(tables, "per-task", method=method), expected | mean)
