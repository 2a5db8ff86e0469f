"""The banner and the tables never contradict each other, and nothing is claimed that was not measured."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path

import pytest

from report_runs import Say, make_run
from smallsteps.records import Record, read_json, write_json
from smallsteps.report.arm_table import ArmTable, make_arm_table
from smallsteps.report.build import build_report
from smallsteps.report.claims import claims_section
from smallsteps.report.content import Answer, Cell, Column, Report, Section, Table
from smallsteps.report.headline import MIXED, OPEN, STUDENTS_ONLY, headline
from smallsteps.report.load import RunData, load_run
from smallsteps.report.reasoning import read_qualities, reasoning_section
from smallsteps.report.task_summary import macro_comparisons, task_summary_section
from smallsteps.study.arms import Arm


def skilled(skills: Mapping[tuple[str, int], float]) -> Say:
    """Arms that are right on a share of the questions, by method and seed."""

    def say(arm: Arm, record: Record, index: int) -> str:
        drawn = random.Random(f"{arm.task} {arm.label} {arm.seed} {index}").random()
        wrong = {"yes": "no", "no": "yes"}.get(str(record.answer), "999")
        return f" So the answer is: {record.answer if drawn < skills[arm.label, arm.seed] else wrong}\n"

    return say


def judged(folder: Path) -> tuple[Answer, RunData, ArmTable]:
    run_data = load_run(folder)
    arm_table = make_arm_table(run_data)
    return headline(run_data, arm_table), run_data, arm_table


def table(section: Section | None, name: str) -> Table:
    assert section is not None
    return next(part for part in section.parts if isinstance(part, Table) and part.name == name)


def column(found: Table, title: str) -> list[str]:
    place = [one.title for one in found.columns].index(title)
    return [row[place].text for row in found.rows]


def test_a_large_difference_over_two_seeds_is_not_called_a_tie(tmp_path: Path) -> None:
    skills = {("cot", 0): 0.9, ("cot", 1): 0.55, ("answer_only", 0): 0.1, ("answer_only", 1): 0.15}
    folder = make_run(tmp_path / "run", methods=["answer_only", "cot"], seeds=[0, 1], questions=80, say=skilled(skills))
    answer, _, arm_table = judged(folder)
    claims = claims_section(arm_table, "answer_only")
    assert column(table(claims, "claims-students"), "verdict") == ["better", "better"]
    assert column(table(claims, "claims-methods"), "verdict") == ["not significant"]
    p = column(table(claims, "claims-methods"), "p after Holm")[0]
    assert answer.label == STUDENTS_ONLY and answer.tone == "unsure"
    assert "the trained students differ at every seed, but over 2 paired seeds" in answer.sentence
    assert f"is not significant (p = {p} after Holm correction)" in answer.sentence
    assert "tie" not in answer.sentence.split()


def test_over_tasks_banner_and_table_use_the_same_p(tmp_path: Path) -> None:
    generator = random.Random(5)
    names = ["answer_only", "cot", "scotd", "post"]
    base = dict(zip(names, (0.4, 0.6, 0.58, 0.45), strict=True))
    skills = {(name, seed): base[name] + generator.uniform(-0.09, 0.09) for name in names for seed in range(3)}
    folder = make_run(tmp_path / "run", methods=names, tasks=["gsm8k", "coin_flip"], questions=60, say=skilled(skills))
    answer, run_data, arm_table = judged(folder)
    found = table(task_summary_section(run_data, arm_table), "macro")
    rows = list(zip(*(column(found, name) for name in ("method", "p", "p after Holm", "verdict")), strict=True))
    best = next(one for one in macro_comparisons(run_data, arm_table) if one.found.a in answer.sentence)
    p, corrected, verdict = next(row[1:] for row in rows if row[0] == best.found.a)
    assert f"(p = {corrected} after Holm correction)" in answer.sentence and float(corrected) > float(p)
    assert (verdict == "better") == (answer.tone == "good") and ("not significant" in answer.sentence) == (
        verdict == "not significant"
    )
    assert {row[3] for row in rows} <= {"better", "worse", "not significant"}


def test_letters_agree_with_the_claims(tmp_path: Path) -> None:
    names = ["answer_only", "cot", "scotd", "post", "step_by_step"]
    skills = {(name, 0): skill for name, skill in zip(names, (0.45, 0.72, 0.7, 0.52, 0.6), strict=True)}
    _, _, arm_table = judged(make_run(tmp_path / "run", methods=names, seeds=[0], questions=120, say=skilled(skills)))
    letters = arm_table.letters(arm_table.groups[0])
    claims = [one for _, one in arm_table.against_baseline if one.level == "students"]
    assert {one.verdict for one in claims} == {"better", "tie"}, "otherwise this proves nothing"
    for one in claims:
        share = set(letters[one.methods[0]]) & set(letters["answer_only"])
        assert bool(share) == (one.verdict == "tie"), one.methods


def test_students_that_differ_are_told_apart(tmp_path: Path) -> None:
    def say(arm: Arm, record: Record, index: int) -> str:
        good = arm.label == "cot" and arm.student.label == "tiny-decoder"
        return f" So the answer is: {record.answer if good or index % 3 == 0 else 999}\n"

    students = ["tiny-decoder", "tiny-encdec"]
    folder = make_run(tmp_path / "run", methods=["answer_only", "cot"], seeds=[0], say=say, students=students)
    answer, _, _ = judged(folder)
    assert answer.label == MIXED and answer.tone == "unsure"
    assert "tiny-decoder: cot answers 100.0 %" in answer.sentence and "tiny-encdec: " in answer.sentence


def test_a_study_where_nothing_differs_says_so(tmp_path: Path) -> None:
    skills = {(name, seed): 0.5 for name in ("answer_only", "cot") for seed in range(3)}
    answer, _, arm_table = judged(make_run(tmp_path / "run", methods=["answer_only", "cot"], say=skilled(skills)))
    assert answer.label == OPEN
    assert not {"better", "worse"} & set(column(table(claims_section(arm_table, "answer_only"), "claims-methods"),
                                                "verdict"))  # fmt: skip


def test_seeds_without_a_partner_are_named(tmp_path: Path) -> None:
    missing = "gsm8k/cot/tiny-decoder/seed2"
    _, _, arm_table = judged(make_run(tmp_path / "run", methods=["answer_only", "cot"], skip=[missing]))
    note = table(claims_section(arm_table, "answer_only"), "claims-methods").note
    assert note.endswith("Seeds without a partner left out: cot 2.")


def test_gains_have_their_base_rate(tmp_path: Path) -> None:
    run_data = load_run(make_run(tmp_path / "run", seeds=[0]))
    arm_table = make_arm_table(run_data)
    colours = {name: place for place, name in enumerate(run_data.methods)}
    found = table(reasoning_section(run_data, arm_table, read_qualities(run_data), colours), "gains")
    data = next(one for one in run_data.arms if one.arm.label == "cot")
    right = [one.worst is not None for one in data.gains.values() if one.steps and data.right[one.id]]
    place = column(found, "method").index("cot")
    assert column(found, "falling step, right %")[place] == f"{100 * sum(right) / len(right):.1f}"
    every = [one.worst is not None for data in run_data.arms for one in data.gains.values()
             if one.steps and data.right[one.id]]  # fmt: skip
    assert f"{100 * sum(every) / len(every):.0f} % of the {len(every)} rationales with a right answer" in found.note
    assert "fail" not in found.note


def test_what_went_badly_is_told_before_anything_else(tmp_path: Path) -> None:
    def say(arm: Arm, record: Record, index: int) -> str:
        return " and so on" if arm.label == "scotd" else f" So the answer is: {record.answer}\n"

    missing = "gsm8k/post/tiny-decoder/seed0"
    folder = make_run(tmp_path / "run", seeds=[0], say=say, methods=["answer_only", "cot", "scotd", "post"],
                      skip=[missing])  # fmt: skip
    arms = folder / "arms" / "gsm8k"
    spoil(arms / "cot" / "tiny-decoder" / "seed0", validation_loss=None, too_long=14)
    (arms / "cot" / "tiny-decoder" / "seed0" / "notes.txt").write_text(
        "warning: states are all alike\nlayout: forest\n"
    )
    (arms / "answer_only" / "tiny-decoder" / "seed0" / "training" / "main" / "log.jsonl").write_text(
        '{"step": 1, "loss": 1.5}\n{"step": 2, "loss": 2.25}\n'
    )
    warnings = build_report(load_run(folder)).warnings
    expected = [f"Unfinished arms: {missing};", "left out as too long: gsm8k/cot/tiny-decoder/seed0 (14)",
                "No validation loss", "1.50 → 2.25", "Not one right answer: gsm8k/scotd/tiny-decoder/seed0",
                "states are all alike"]  # fmt: skip
    for text in expected:
        assert sum(text in one for one in warnings) == 1, (text, warnings)
    assert len(warnings) == len(expected)


def spoil(folder: Path, *, validation_loss: float | None, too_long: int) -> None:
    scores = read_json(folder / "scores.json")
    scores["paths"]["main"] |= {"validation_loss": validation_loss, "taught": {"too_long": too_long}}
    write_json(folder / "scores.json", scores)


def test_a_run_that_went_well_has_no_warning(tmp_path: Path) -> None:
    assert build_report(load_run(make_run(tmp_path / "run", seeds=[0]))).warnings == ()


def test_versions_and_hardware_are_those_of_the_run(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", seeds=[0])
    found = versions(build_report(load_run(folder)))
    assert dict(zip(column(found, "what"), column(found, "of the run"), strict=True))["torch"] == "2.0.0"
    other = folder / "arms" / "gsm8k" / "cot" / "tiny-decoder" / "seed0" / "environment.json"
    write_json(other, read_json(other) | {"torch": "2.1.0"})
    found = versions(build_report(load_run(folder)))
    assert [one.title for one in found.columns] == ["what", "2 arms", "1 arm"]
    assert [cell.text for cell in next(row for row in found.rows if row[0].text == "torch")[1:]] == ["2.0.0", "2.1.0"]


def versions(report: Report) -> Table:
    return next(one for one in report.tables if one.name == "versions")


@pytest.mark.parametrize(("texts", "facts"), [
    (["tiny", "tiny"], "student tiny"), (["tiny", "big"], ""), (["–", "–"], ""),
])  # fmt: skip
def test_a_column_that_is_the_same_everywhere_moves_into_the_caption(texts: list[str], facts: str) -> None:
    columns = (Column("student", fold=True), Column("method", head=True), Column("truncated %", True, fold=True))
    rows = tuple((Cell(text), Cell(name), Cell("0.0", 0.0)) for text, name in zip(texts, ("a", "b"), strict=True))
    found = Table("x", "X", columns, rows)
    assert found.facts == " · ".join(filter(None, (facts, "0 in every row: truncated")))
    shown = [column.title for column in found.visible_columns]
    assert shown == [*(["student"] if texts[0] != texts[1] else []), "method"]
    assert {len(row) for row in found.visible} == {len(shown)} and len(found.rows[0]) == 3, "the CSV file has all"
