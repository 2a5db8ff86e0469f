"""The leaderboard and the report say the same: intervals over seeds and questions, and who is compared with whom."""

from __future__ import annotations

from pathlib import Path

import pytest

from report_runs import make_run
from smallsteps.cli._board import _accuracy
from smallsteps.cli._results import show_results
from smallsteps.records import Record
from smallsteps.report.arm_table import make_arm_table
from smallsteps.report.load import load_run
from smallsteps.stats import Point
from smallsteps.study.arms import Arm
from smallsteps.study.compare import comparisons_of, finish
from smallsteps.study.comparison_table import conclusion
from smallsteps.study.leaderboard import COLUMNS, columns, coverage_note, group_table, leaderboard, markdown
from smallsteps.study.open_run import open_run


def percents(interval: tuple[float, float]) -> str:
    return f"{100 * interval[0]:.1f}–{100 * interval[1]:.1f}"


@pytest.mark.parametrize("seeds", [(0,), (0, 1, 2)])
def test_intervals_are_those_of_the_report(tmp_path: Path, seeds: tuple[int, ...]) -> None:
    folder = make_run(tmp_path / "run", seeds=seeds)
    scores = finish(open_run(folder))
    rows = {line.cells[0]: dict(zip(COLUMNS, line.cells, strict=True)) for line in leaderboard(scores)}
    lines = make_arm_table(load_run(folder)).lines
    assert {line.method for line in lines} == set(rows)
    for line in lines:
        assert rows[line.method]["95 % interval"] == percents(line.interval)
        assert rows[line.method]["accuracy %"] == f"{100 * line.accuracy:.1f}"


def test_a_task_of_degrees_has_its_mean_grade(tmp_path: Path) -> None:
    told = "no evidence of abnormal uptake in the chest or abdomen"

    def say(arm: Arm, record: Record, index: int) -> str:
        return f" So the answer is: {' '.join(told.split()[: 2 + (index + arm.seed) % 4])}\n"

    folder = make_run(tmp_path / "run", tasks=["pet_impression", "gsm8k"], methods=["answer_only"], say=say, gold=told)
    scores = finish(open_run(folder))
    lines = {line.task: line for line in make_arm_table(load_run(folder)).lines}
    graded = next(line for line in leaderboard(scores) if line.task == "pet_impression")
    row = dict(zip(columns(scores, "pet_impression"), graded.cells, strict=True))
    assert row["mean grade %"] == f"{100 * lines['pet_impression'].accuracy:.1f}" != "0.0"
    assert row["95 % interval"] == percents(lines["pet_impression"].interval)
    assert columns(scores, "gsm8k") == COLUMNS
    header, rows = group_table(scores)
    seen = next(row for row in rows if row[0] == "pet_impression")[header.index("wordings seen in training % (N 15)")]
    assert 10 < float(seen.split()[0]) < 90
    arm = next(arm for arm in scores["arms"] if arm["task"] == "pet_impression")
    assert _accuracy(arm) == f"{100 * arm['grade']:.1f} % mean grade"


def test_groups_of_questions_have_the_intervals_of_the_report(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    header, rows = group_table(finish(open_run(folder)))
    assert header == (
        "task",
        "method",
        "student",
        *(f"wordings {name} training % (N 15)" for name in ("seen in", "held out of")),
    )
    run_data = load_run(folder)
    test = run_data.parts_of(run_data.arms[0]).test
    ids = {group: [record.id for record in test if record.meta["group"] == group] for group in ("seen", "unseen")}
    for line in make_arm_table(run_data).lines:
        cells = [line.over(ids[group]) for group in ("seen", "unseen")]
        told = tuple(f"{100 * mean:.1f} ({percents(interval)})" for mean, interval in cells)
        assert ("gsm8k", line.method, line.student, *told) in rows


def test_the_table_says_what_its_intervals_cover(tmp_path: Path) -> None:
    one, three = (finish(open_run(make_run(tmp_path / str(n), seeds=range(n)))) for n in (1, 3))
    assert "not new seeds" in coverage_note(one)
    assert "new seeds and new questions" in coverage_note(three)
    assert all(coverage_note(scores) in markdown(scores) for scores in (one, three))


def test_a_method_that_the_sweep_does_not_touch_is_compared_at_each_value(tmp_path: Path) -> None:
    methods = ["answer_only", "cot", "step_by_step"]
    folder = make_run(tmp_path / "run", methods=methods, seeds=[0, 1], sweep={"method.alpha": [0.2, 0.8]})
    scores = finish(open_run(folder))
    told = [(one["point"], one["methods"]) for one in scores["comparisons"] if one["level"] == "methods"]
    for alpha in (0.2, 0.8):
        point = {"method.alpha": alpha}
        assert (point, ("step_by_step", "answer_only")) in told and (point, ("cot", "answer_only")) in told
    points: list[Point] = [tuple(one["point"].items()) for one in scores["comparisons"]]
    assert list(zip(points, comparisons_of(scores), strict=True)) == list(
        make_arm_table(load_run(folder)).against_baseline
    )


def test_a_sweep_of_lists_is_compared(tmp_path: Path) -> None:
    sweep = {"tasks.gsm8k.prepare": [[], [{"select": {"by": "random", "k": 1}}]]}
    scores = finish(open_run(make_run(tmp_path / "run", seeds=[0, 1], sweep=sweep)))
    assert len({line.point for line in leaderboard(scores)}) == 2
    assert {len(one["point"]) for one in scores["comparisons"]} == {1}
    header, rows = group_table(scores)
    assert header[:2] == ("task", "point") and len({row[1] for row in rows}) == 2


def test_what_comes_next_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = make_run(tmp_path / "run", seeds=[0])
    show_results(finish(open_run(folder)), folder)
    shown = capsys.readouterr().out
    assert f"next: smallsteps report {folder} -o {folder / 'report.html'}\n" in shown
    assert f"smallsteps trace {folder} " in shown and "The 95 % interval covers" in shown


def test_the_markdown_has_a_table_of_comparisons_for_each_claim(tmp_path: Path) -> None:
    scores = finish(open_run(make_run(tmp_path / "run")))
    text = markdown(scores)
    for heading, level in (("Do the methods differ?", "methods"), ("Do these trained students differ?", "students")):
        part = text.partition(f"## {heading}")[2].partition("\n## ")[0]
        rows = [line for line in part.splitlines() if line.startswith("| gsm8k")]
        assert len(rows) == sum(one["level"] == level for one in scores["comparisons"])
    assert conclusion(scores) in text


def test_a_tie_names_the_seeds_that_it_takes(tmp_path: Path) -> None:
    def say(arm: Arm, record: Record, index: int) -> str:
        better = arm.label == "cot" and arm.seed != 1
        right = (index * 7 + arm.seed * 5) % 10 < (6 if better else 4)
        return f" So the answer is: {record.answer if right else 0}\n"

    scores = finish(open_run(make_run(tmp_path / "run", say=say, methods=["answer_only", "cot"])))
    (one,) = [one for one in scores["comparisons"] if one["level"] == "methods"]
    assert one["verdict"] == "tie" and conclusion(scores).startswith("Seeds that would detect these differences")
    assert f"cot {one['n_needed'] or 'needs more questions instead'}." in conclusion(scores)
