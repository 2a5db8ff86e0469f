"""Reports of made-up runs: what they claim, and what they do with text that wants to be more than text."""

from __future__ import annotations

import base64
import csv
import gzip
import json
import re
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from report_runs import HOSTILE, make_run, question
from smallsteps.errors import FileError
from smallsteps.records import Record, read_json, write_json, write_records
from smallsteps.report.arm_table import make_arm_table
from smallsteps.report.build import build_report, write_report
from smallsteps.report.claims import claims_section
from smallsteps.report.content import Answer, Figures, Prose, Report, Section, Table
from smallsteps.report.curves import sweep_section
from smallsteps.report.diagnostics import diagnostics_section
from smallsteps.report.headline import headline
from smallsteps.report.leaderboard import leaderboard_section
from smallsteps.report.load import load_run
from smallsteps.report.markdown import markdown
from smallsteps.report.page import page
from smallsteps.report.reproduce import reproduce_section
from smallsteps.scoring.information_gain import Gains, StepGain, read_gains
from smallsteps.scoring.published import published
from smallsteps.study.arms import Arm
from smallsteps.tasks import __path__ as task_folder


def report_of(folder: Path) -> Report:
    return build_report(load_run(folder))


def answer_of(folder: Path) -> Answer:
    """The headline alone: a whole report takes a second."""
    run_data = load_run(folder)
    return headline(run_data, make_arm_table(run_data))


def diagnostics_of(folder: Path) -> Section:
    run_data = load_run(folder)
    return diagnostics_section(run_data, make_arm_table(run_data))


def table(report: Report | Section, name: str) -> Table:
    parts = report.parts if isinstance(report, Section) else report.tables
    return next(part for part in parts if isinstance(part, Table) and part.name == name)


def column(found: Table, title: str) -> list[str]:
    place = [one.title for one in found.columns].index(title)
    return [row[place].text for row in found.rows]


def unpacked(text: str) -> Any:
    found = re.search(r'id="data">([^<]*)</script>', text)
    assert found
    return json.loads(gzip.decompress(base64.b64decode(found[1])))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("report") / "run")


@pytest.fixture(scope="module")
def made(plain: Path) -> Report:
    return report_of(plain)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_answer_is_one_sentence_and_says_how_far_it_is_shown(made: Report) -> None:
    answer = made.answer
    assert answer.question == "Which of answer_only, cot and scotd teaches tiny-decoder best on gsm8k?"
    assert answer.tone == "good" and answer.label == "shown for the methods"
    assert re.fullmatch(
        r"\w+ answers [\d.]+ % of 30 questions right, [\d.]+ points more than answer_only .*\.", answer.sentence
    )
    assert "over 3 paired seeds the methods differ" in answer.sentence


def test_one_seed_claims_nothing_about_methods(tmp_path: Path) -> None:
    run_data = load_run(make_run(tmp_path / "run", seeds=[0]))
    arm_table = make_arm_table(run_data)
    answer, report = headline(run_data, arm_table), claims_section(arm_table, "answer_only")
    assert answer.label == "shown for these trained students"
    assert "one seed says nothing about the methods" in answer.sentence
    assert set(column(table(report, "claims-methods"), "verdict")) == {"not tested"}
    assert "better" in column(table(report, "claims-students"), "verdict")


def test_equal_methods_are_not_decided(tmp_path: Path) -> None:
    def say(arm: Arm, record: Record, index: int) -> str:
        right = (index + len(arm.label) + arm.seed) % 3
        return f" So the answer is: {record.answer if right else 0}\n"

    answer = answer_of(make_run(tmp_path / "run", say=say))
    assert answer.tone == "unsure" and answer.label == "not decided"
    assert "not significant" in answer.sentence or "No method does better" in answer.sentence


def test_every_accuracy_comes_with_what_could_distort_it(made: Report) -> None:
    board = table(made, "leaderboard-gsm8k")
    titles = [one.title for one in board.columns]
    for title in ("95 % interval", "group", "lenient %", "no answer %", "truncated %", "chance %"):
        assert title in titles
    assert column(board, "accuracy %") == sorted(column(board, "accuracy %"), key=float, reverse=True)
    assert all(float(value) > 0 for value in column(board, "no answer %"))  # every ninth answer has no phrase
    letters = dict(zip(column(board, "method"), column(board, "group"), strict=True))
    assert not set(letters["answer_only"]) & set(letters["cot"])


def test_outcomes_add_up(made: Report) -> None:
    found = table(made, "outcomes")
    for row in range(len(found.rows)):
        counts = [int(column(found, name)[row]) for name in ("correct", "wrong", "truncated", "no answer", "error")]
        assert sum(counts) == int(column(found, "N")[row]) == 30


def test_readings_that_differ_are_listed(tmp_path: Path) -> None:
    def say(arm: Arm, record: Record, index: int) -> str:
        return f" It is {record.answer}" if index == 4 else " So the answer is: 0\n"

    report = diagnostics_of(make_run(tmp_path / "run", seeds=[0], say=say))
    found = table(report, "readings")
    assert column(found, "question") == ["test-4"] * 3 and set(column(found, "lenient is")) == {"right"}


def test_leaks_are_told_exact_and_near(tmp_path: Path) -> None:
    test = question("gsm8k", "test", 5)
    words = "at the long and winding road behind the old mill near the sea there once lived a man of few words who"
    near = Record("near", "gsm8k", f"{words} counted 4 geese?", "4")
    taught = [question("gsm8k", "train", index) for index in range(20)]
    taught += [Record("same", "gsm8k", test.question.upper(), test.answer), near]
    folder = make_run(tmp_path / "run", seeds=[0], train=taught)
    records = [question("gsm8k", "test", index) for index in range(29)]
    write_records(folder / "gsm8k-test.jsonl", [*records, Record("test-29", "gsm8k", f"{words} counted 9 geese?", "9")])
    report = report_of(folder)
    told = " ".join(part.text for section in report.sections for part in section.parts if part.kind == "prose")
    assert "1 training question left out because it is in the test part" in told
    assert column(table(report, "leaks"), "training question") == ["near"]
    assert "The corpus has changed since these arms ran" in told  # the test part was written anew


def test_bias_is_shown_for_tasks_of_few_answers(tmp_path: Path) -> None:
    def say(arm: Arm, record: Record, index: int) -> str:
        return " So the answer is: yes\n"

    found = table(diagnostics_of(make_run(tmp_path / "run", tasks=["coin_flip"], seeds=[0], say=say)), "bias")
    rows = dict(zip(column(found, "answer"), column(found, "student %"), strict=False))
    assert rows == {"no": "0.0", "yes": "100.0"} and "50.0" in column(found, "gold %")
    assert "–" not in column(found, "teacher %")


def test_several_tasks_are_put_together(tmp_path: Path) -> None:
    report = report_of(make_run(tmp_path / "run", tasks=["gsm8k", "coin_flip"]))
    per_task = table(report, "per-task")
    means = [float(value) for value in column(per_task, "macro mean %")]
    of_tasks = [column(per_task, name) for name in ("gsm8k", "coin_flip")]
    assert means == pytest.approx([(float(a) + float(b)) / 2 for a, b in zip(*of_tasks, strict=True)], abs=0.11)
    macro = table(report, "macro")
    for row in range(2):
        assert sum(int(column(macro, name)[row]) for name in ("wins", "not significant", "losses", "not tested")) == 2
    assert "Over 2 tasks" in report.answer.sentence
    assert {"leaderboard-gsm8k", "leaderboard-coin_flip"} <= {one.name for one in report.tables}


def test_a_sweep_has_curves_and_a_caution(tmp_path: Path) -> None:
    sweep = {"training.learning_rate": [0.01, 0.02, 0.04]}
    report = report_of(make_run(tmp_path / "run", seeds=[0, 1], sweep=sweep))
    section = next(one for one in report.sections if one.anchor == "sweep")
    figure = section.parts[0].figures[0]
    assert "cot" in figure.alternative and "at 0.04" in figure.alternative
    assert "picked on test questions" in report.answer.sentence
    assert column(table(report, "leaderboard-gsm8k"), "setting").count("training.learning_rate = 0.02") == 3


def test_a_sweep_of_lists_is_no_trouble(tmp_path: Path) -> None:
    sweep = {"tasks.gsm8k.prepare": [[], [{"select": {"by": "random", "k": 1}}]]}
    run_data = load_run(make_run(tmp_path / "run", seeds=[0], sweep=sweep))
    report = leaderboard_section(run_data, make_arm_table(run_data), {"answer_only": 0, "cot": 1, "scotd": 2})
    assert any("select" in value for value in column(table(report, "leaderboard-gsm8k"), "setting"))


def test_a_swept_method_is_compared_with_one_that_lacks_the_field(tmp_path: Path) -> None:
    methods = ["answer_only", "cot", "step_by_step"]
    run_data = load_run(make_run(tmp_path / "run", methods=methods, seeds=[0], sweep={"method.alpha": [0.2, 0.8]}))
    arm_table = make_arm_table(run_data)
    claims = table(claims_section(arm_table, "answer_only"), "claims-students")
    assert column(claims, "method").count("step_by_step") == 2
    assert sorted(set(column(claims, "setting"))) == ["method.alpha = 0.2", "method.alpha = 0.8"]
    section = sweep_section(arm_table, run_data.run.study.sweep, {name: index for index, name in enumerate(methods)})
    assert section is not None and isinstance(section.parts[0], Figures)
    assert "answer_only, not swept" in section.parts[0].figures[0].alternative


def test_the_answer_rests_on_the_claims_that_the_table_shows(tmp_path: Path) -> None:
    run_data = load_run(make_run(tmp_path / "run"))
    arm_table = make_arm_table(run_data)
    tied = tuple((point, replace(one, verdict="tie")) for point, one in arm_table.pairs)  # as after more comparisons
    arm_table = replace(arm_table, pairs=tied)
    group, (best, *_) = arm_table.groups[0], arm_table.at(arm_table.groups[0])
    other = next(line for line in arm_table.at(group) if line.method == run_data.baseline)
    claims = [one for _, one in arm_table.against_baseline if one.level == "methods"]
    claim = next(one for one in claims if set(one.methods) == {best.method, other.method})
    assert arm_table.comparison(group, best, other, "methods") == claim and claim.verdict != "tie"
    assert headline(run_data, arm_table).tone == "good"


def test_a_task_of_degrees_has_grades(tmp_path: Path) -> None:
    def say(arm: Arm, record: Record, index: int) -> str:
        words = str(record.answer).split()
        more = (index + arm.seed) % 4 if arm.method == "cot" else 0
        return f" So the answer is: {' '.join(words[: 2 + more])}\n"

    told = "no evidence of abnormal uptake in the chest or abdomen"
    folder = make_run(tmp_path / "run", tasks=["pet_impression"], methods=["answer_only", "cot"], say=say, gold=told)
    run_data = load_run(folder)
    arm_table = make_arm_table(run_data)
    answer = headline(run_data, arm_table)
    assert "cot has a mean grade of" in answer.sentence and answer.tone == "good"
    report = leaderboard_section(run_data, arm_table, {"answer_only": 0, "cot": 1})
    board = table(report, "leaderboard-pet_impression")
    low, high = map(float, column(board, "95 % interval")[0].split("–"))
    assert 10 < low < float(column(board, "mean grade %")[0]) < high < 90
    assert {"rouge_l %", "bleu %"} <= {one.title for one in table(report, "metrics").columns}


def test_unfinished_arms_are_named(tmp_path: Path) -> None:
    missing = "gsm8k/cot/tiny-decoder/seed2"
    folder = make_run(tmp_path / "run", skip=[missing])
    assert "1 arm of the study not finished" in answer_of(folder).sentence
    text = [part.text for part in reproduce_section(load_run(folder)).parts if isinstance(part, Prose)]
    assert text == [f"Not finished: {missing}."]


def test_a_changed_reading_is_told(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", seeds=[0])
    path = folder / "arms" / "gsm8k" / "cot" / "tiny-decoder" / "seed0" / "scores.json"
    write_json(path, read_json(path) | {"accuracy": 0.01})
    first = reproduce_section(load_run(folder)).parts[0]
    assert isinstance(first, Prose) and first.text.startswith("Answers are read differently today")
    assert "cot/tiny-decoder/seed0 1.0 % then" in first.text


def test_published_numbers_keep_their_marks(made: Report) -> None:
    marks = column(table(made, "published"), "mark")
    assert "ours" in marks and "second-hand" in marks and "code, our means" in marks
    known = {path.stem for folder in task_folder for path in Path(folder).glob("[a-z]*.py")}
    everything = published(sorted(known))
    assert all(one.mark in ("paper", "code", "second-hand", "code, our means") for one in everything)
    assert {one.task for one in published(["commonsense_qa"])} == {"commonsense_qa", "mean of the twelve tasks"}
    assert published(["word_problems"]) == []


class Reader(HTMLParser):
    """Elements with what HTML itself says about them."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    def say(arm: Arm, record: Record, index: int) -> str:
        return f" {HOSTILE} 2 + 2 = 5. So the answer is: {record.answer}\n"

    taught = [Record(f"t{i}", "gsm8k", f"{HOSTILE} {i}", str(i)) for i in range(20)]
    folder = make_run(tmp_path / "run", say=say, train=taught, question=f"{HOSTILE} or not?", seeds=[0])
    report = report_of(folder)
    text = page(report)
    reader = Reader()
    reader.feed(text)
    assert [tag for tag, _ in reader.elements].count("script") == 2
    assert not any("onerror" in attributes for _, attributes in reader.elements)
    assert HOSTILE in unpacked(text)["arms"][0]["answers"][0][3]
    prose = re.sub(r"```.*?```", "", markdown(report), flags=re.DOTALL)
    assert "\\<script\\>" in prose and not re.search(r"(?<!\\)<", prose)


def test_the_page_asks_for_nothing(made: Report) -> None:
    text = page(made)
    reader = Reader()
    reader.feed(text)
    for tag, attributes in reader.elements:
        for name in ("src", "srcset", "data", "action"):
            assert name not in attributes, (tag, attributes)
        link = attributes.get("href") or "#"  # followed by a click alone
        assert link.startswith(("#", "report.csv.d/", "report.svg.d/")), (tag, attributes)
    assert "@import" not in text and "http://" not in text and "https://" not in text
    assert "default-src 'none'" in text


def test_names_are_unique_and_figures_speak(made: Report) -> None:
    reader = Reader()
    reader.feed(page(made))
    names = [attributes["id"] for _, attributes in reader.elements if "id" in attributes]
    assert len(names) == len(set(names))
    images = [attributes for _, attributes in reader.elements if attributes.get("role") == "img"]
    assert images and all(len(attributes["aria-label"] or "") > 30 for attributes in images)
    assert [tag for tag, _ in reader.elements].count("caption") == [tag for tag, _ in reader.elements].count("table")
    assert all(attributes.get("scope") in ("row", "col") for tag, attributes in reader.elements if tag == "th")


def test_the_browser_holds_every_answer_once(made: Report) -> None:
    data = unpacked(page(made))
    assert len(data["arms"]) == 9 and len(data["questions"]["gsm8k"]) == 30
    arm = next(one for one in data["arms"] if one["method"] == "cot")
    row = arm["answers"][1]
    assert row[0] in "cwtne" and row[4]["gains"][0] == -2.5
    start, end, _ = row[4]["gains"][1]
    assert row[3][start:end] == "We see 1 + 3 = 4."
    wrong = next(one for one in arm["answers"] if len(one) > 4 and "wrong" in one[4])
    start, end = wrong[4]["wrong"][0]
    assert re.fullmatch(r"\d+ \+ 3 = \d+", wrong[3][start:end])


def test_files_beside_the_page(plain: Path, made: Report, tmp_path: Path) -> None:
    before = sorted(plain.rglob("*"))
    written, text, tables, figures = write_report(plain, tmp_path / "out" / "report.html")
    assert sorted(plain.rglob("*")) == before, "the run folder is only read"
    assert text.read_text(encoding="utf-8").startswith("# made up\n")
    rows = rows_of(tables / "answers.csv")
    assert len(rows) == 9 * 30 and rows[0]["gold"] == "3"
    board = rows_of(tables / "leaderboard-gsm8k.csv")
    assert {row["method"] for row in board} == {"answer_only", "cot", "scotd"} and float(board[0]["accuracy %"])
    assert written.read_text(encoding="utf-8") == page(made), "the same run gives the same page"
    assert {path.stem for path in figures.iterdir()} == {figure.name for figure in made.figures} != set()
    for path in figures.iterdir():
        root = ElementTree.fromstring(path.read_text(encoding="utf-8"))
        assert root.tag == "{http://www.w3.org/2000/svg}svg" and "var(" not in path.read_text(encoding="utf-8")
        assert root[0].text in {figure.caption for figure in made.figures} and root[1].text


def test_a_spreadsheet_runs_nothing(tmp_path: Path) -> None:
    def say(arm: Arm, record: Record, index: int) -> str:
        return " So the answer is: -3\n"

    folder = make_run(tmp_path / "run", say=say, seeds=[0], methods=["answer_only", {"name": "cot", "as": "=1+1"}])
    tables = write_report(folder, tmp_path / "out.html")[2]
    rows = rows_of(tables / "answers.csv")
    assert {row["method"] for row in rows} == {"answer_only", "'=1+1"} and {row["answer"] for row in rows} == {"-3"}


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="no run stands here"):
        load_run(tmp_path)
    folder = make_run(tmp_path / "run", seeds=[0])
    (folder / "gsm8k-test.jsonl").unlink()
    with pytest.raises(FileError, match=r"gsm8k-test\.jsonl: this file of the run's corpus is gone"):
        load_run(folder)


def test_broken_gains_name_their_line(tmp_path: Path) -> None:
    path = tmp_path / "gains.jsonl"
    path.write_text('{"id": "a", "sample": 0, "base": -1.0, "steps": []}\n{"id": "b", "sample": 0, "steps": []}\n')
    with pytest.raises(FileError, match=r"gains\.jsonl:2: field 'base'"):
        list(read_gains(path))
    assert Gains("a", 0, -1.0, (StepGain(0, 1, -2.0, -1.0),)).worst == StepGain(0, 1, -2.0, -1.0)


def test_the_command_needs_no_torch(plain: Path, tmp_path: Path) -> None:
    import subprocess

    script = "import sys; from smallsteps.cli import main\ntry: main()\nfinally: assert 'torch' not in sys.modules"
    command = [sys.executable, "-c", script, "report", str(plain), "-o", str(tmp_path / "page.html")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "written:" in done.stdout and (tmp_path / "page.md").exists()


def test_disagreements_are_listed_the_most_even_first(made: Report) -> None:
    found = table(made, "disagreements")
    right, wrong = ([int(value) for value in column(found, f"arms {name}")] for name in ("right", "wrong"))
    assert right and all(a + b == 9 and 0 < a < 9 for a, b in zip(right, wrong, strict=True))
    margins = [abs(a - b) for a, b in zip(right, wrong, strict=True)]
    assert margins == sorted(margins)


def test_disagreements_of_several_corpora_are_sorted_together(tmp_path: Path) -> None:
    report = diagnostics_of(make_run(tmp_path / "run", tasks=["coin_flip", "gsm8k"], seeds=[0]))
    shares = [float(value) for value in column(table(report, "disagreements"), "disagreement %")]
    assert shares == sorted(shares, reverse=True) and len(set(column(table(report, "disagreements"), "corpus"))) == 2
