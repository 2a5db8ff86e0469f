"""The whole report of a run folder, and the files that it is written to."""

from __future__ import annotations

from pathlib import Path

from smallsteps.records import atomic_writer
from smallsteps.report.arm_table import ArmTable, make_arm_table
from smallsteps.report.claims import claims_section
from smallsteps.report.content import Report, Section, count_of, join_names
from smallsteps.report.costs import costs_section
from smallsteps.report.csv_files import write_answers_csv, write_tables
from smallsteps.report.curves import learning_section, sweep_section
from smallsteps.report.diagnostics import diagnostics_section
from smallsteps.report.examples import browser_data
from smallsteps.report.figure_files import write_figures
from smallsteps.report.headline import headline
from smallsteps.report.judgements import judgements_section
from smallsteps.report.leaderboard import leaderboard_section
from smallsteps.report.load import RunData, load_run
from smallsteps.report.markdown import markdown
from smallsteps.report.page import page
from smallsteps.report.published import published_section
from smallsteps.report.reasoning import Qualities, read_qualities, reasoning_section
from smallsteps.report.reproduce import reproduce_section
from smallsteps.report.task_summary import task_summary_section
from smallsteps.study.run_folder import ARMS
from smallsteps.study.warnings import run_warnings


def write_report(folder: Path, out: Path, data: str | None = None) -> list[Path]:
    """Write the page to `out`, and beside it the Markdown and folders with the tables as CSV and the figures as SVG.

    Nothing in the run folder is changed. Returns the page, the Markdown file and the two folders. Raises FileError
    where the run folder lacks something.
    """
    run_data = load_run(folder, data)
    report = build_report(run_data)
    text, tables, figures = (out.with_suffix(ending) for ending in (".md", ".csv.d", ".svg.d"))
    for path, content in ((out, page(report, out.stem)), (text, markdown(report))):
        with atomic_writer(path) as file:
            file.write(content)
    write_tables(tables, report.tables)
    write_answers_csv(tables / "answers.csv", run_data)
    write_figures(figures, report.figures)
    return [out, text, tables, figures]


def build_report(run_data: RunData) -> Report:
    """The report of a run: its answer, warnings, sections and questions."""
    arm_table = make_arm_table(run_data)
    qualities = read_qualities(run_data)
    return Report(
        name=run_data.run.study.name,
        answer=headline(run_data, arm_table),
        facts=_facts(run_data),
        sections=tuple(_sections(run_data, arm_table, qualities)),
        browser=browser_data(run_data, qualities),
        warnings=tuple(_warnings(run_data)),
    )


def _warnings(run_data: RunData) -> list[str]:
    run = run_data.run
    missing = run_data.unfinished
    found = [f"Unfinished arms: {', '.join(missing)}; run the study again to finish them."] if missing else []
    arms = [data.scores for data in run_data.arms]
    return found + run_warnings(arms, run.folder / ARMS, run.study.decoding.get("max_new_tokens"))


def _sections(run_data: RunData, arm_table: ArmTable, qualities: Qualities) -> list[Section]:
    colours = {method: index for index, method in enumerate(run_data.methods)}
    sweep = run_data.run.study.sweep
    found = [
        leaderboard_section(run_data, arm_table, colours),
        claims_section(arm_table, run_data.baseline) if arm_table.against_baseline else None,
        task_summary_section(run_data, arm_table),
        sweep_section(arm_table, sweep, colours),
        costs_section(arm_table, colours),
        learning_section(arm_table, colours),
        published_section(run_data, arm_table),
        diagnostics_section(run_data, arm_table),
        reasoning_section(run_data, arm_table, qualities, colours),
        judgements_section(run_data.run.folder),
        reproduce_section(run_data),
    ]
    return [section for section in found if section is not None]


def _facts(run_data: RunData) -> tuple[tuple[str, str], ...]:
    """The study at a glance."""
    study = run_data.run.study
    students = list(dict.fromkeys(data.arm.student.label for data in run_data.arms))
    seeds = sorted({data.arm.seed for data in run_data.arms})
    questions = sum(len(parts.test) for parts in run_data.run.parts.values())
    budget = ", ".join(f"{value:g} {unit}" for unit, value in study.budget.items())
    return (
        ("Tasks" if len(run_data.tasks) > 1 else "Task", join_names(run_data.tasks)),
        ("Methods", join_names(run_data.methods)),
        ("Baseline", run_data.baseline),
        ("Students" if len(students) > 1 else "Student", join_names(students)),
        ("Arms", f"{count_of(len(run_data.arms), 'arm')}, {count_of(len(seeds), 'seed')}"),
        ("Test", count_of(questions, "question")),
        ("Budget", f"{budget} per arm"),
    )
