"""A whole report from a run folder, and the files that it is written to."""

from __future__ import annotations

from pathlib import Path

from smallsteps.records import atomic_writer
from smallsteps.report.arm_table import Lineup, make_lineup
from smallsteps.report.claims import claims_section
from smallsteps.report.content import Report, Section, counted, listed
from smallsteps.report.costs import costs_section
from smallsteps.report.csv_files import write_answers_csv, write_tables
from smallsteps.report.curves import learning_section, sweep_section
from smallsteps.report.diagnostics import hygiene_section
from smallsteps.report.examples import browser_data
from smallsteps.report.figure_files import write_figures
from smallsteps.report.headline import headline
from smallsteps.report.leaderboard import standings_section
from smallsteps.report.load import Material, gather
from smallsteps.report.markdown import markdown
from smallsteps.report.page import page
from smallsteps.report.published import published_section
from smallsteps.report.reasoning import Qualities, read_qualities, reasoning_section
from smallsteps.report.reproduce import reproduce_section
from smallsteps.report.task_summary import across_section


def write_report(folder: Path, out: Path, data: str | None = None) -> list[Path]:
    """Write the page to `out`, its Markdown beside it, its tables as CSV and its figures as SVG into folders beside it.

    Nothing in the run folder is changed. Returns the page, the Markdown file and the two folders. Raises FileError
    where the run folder lacks something.
    """
    material = gather(folder, data)
    report = build_report(material)
    text, tables, figures = (out.with_suffix(ending) for ending in (".md", ".csv.d", ".svg.d"))
    for path, content in ((out, page(report)), (text, markdown(report))):
        with atomic_writer(path) as file:
            file.write(content)
    write_tables(tables, report.tables)
    write_answers_csv(tables / "answers.csv", material)
    write_figures(figures, report.figures)
    return [out, text, tables, figures]


def build_report(material: Material) -> Report:
    """The content of a report."""
    lineup = make_lineup(material)
    qualities = read_qualities(material)
    return Report(
        name=material.run.study.name,
        answer=headline(material, lineup),
        facts=_facts(material),
        sections=tuple(_sections(material, lineup, qualities)),
        browser=browser_data(material, qualities),
    )


def _sections(material: Material, lineup: Lineup, qualities: Qualities) -> list[Section]:
    colours = {method: index for index, method in enumerate(material.methods)}
    sweep = material.run.study.sweep
    found = [
        standings_section(material, lineup, colours),
        claims_section(lineup, material.baseline) if lineup.against_baseline else None,
        across_section(material, lineup),
        sweep_section(lineup, sweep, colours),
        costs_section(lineup, colours),
        learning_section(lineup, colours),
        published_section(material, lineup),
        hygiene_section(material, lineup),
        reasoning_section(material, lineup, qualities, colours),
        reproduce_section(material),
    ]
    return [section for section in found if section is not None]


def _facts(material: Material) -> tuple[tuple[str, str], ...]:
    """The study at a glance."""
    study = material.run.study
    students = list(dict.fromkeys(data.arm.student.label for data in material.arms))
    seeds = sorted({data.arm.seed for data in material.arms})
    questions = sum(len(parts.test) for parts in material.run.parts.values())
    budget = ", ".join(f"{value:g} {unit}" for unit, value in study.budget.items())
    return (
        ("Tasks" if len(material.tasks) > 1 else "Task", listed(material.tasks)),
        ("Methods", listed(material.methods)),
        ("Baseline", material.baseline),
        ("Students" if len(students) > 1 else "Student", listed(students)),
        ("Arms", f"{counted(len(material.arms), 'arm')}, {counted(len(seeds), 'seed')}"),
        ("Test", counted(questions, "question")),
        ("Budget", f"{budget} per arm"),
    )
