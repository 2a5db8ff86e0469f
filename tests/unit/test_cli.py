"""The command as a user meets it: help, names, exit statuses, one-sentence errors, and what `show` prints."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import smallsteps
from smallsteps.cli import main
from smallsteps.errors import WorkError
from smallsteps.formats import FORMATS
from smallsteps.generators import GENERATORS
from smallsteps.methods import METHODS
from smallsteps.records import Rationale, Record, write_records
from smallsteps.scoring.answers import Answer, write_answers
from smallsteps.segment import STRATEGIES
from smallsteps.tasks import TASKS
from smallsteps.teachers import TEACHERS
from smallsteps.text.answer_format import FORMATS as ANSWER_FORMATS

KINDS = {
    "methods": METHODS.names(),
    "strategies": STRATEGIES.names(),
    "tasks": TASKS.names(),
    "formats": FORMATS.names(),
    "generators": GENERATORS.names(),
    "teachers": TEACHERS.names(),
    "students": ["tiny-decoder", "tiny-encdec"],
    "answer-formats": list(ANSWER_FORMATS),
}
RECORDS = [
    Record(
        "r1", "gsm8k", "Tom has 12 apples and buys 7 more. How many has he?", "19",
        rationales=(Rationale("12 + 7 = 19.", "19", correct=True), Rationale("12 + 7 = 18.", "18", correct=False)),
    ),
    Record("r2", "gsm8k", "Mia has 10 books and gives 3 away. How many are left?", "7"),
]  # fmt: skip


@dataclass(frozen=True)
class Told:
    """How a command ended and what it printed."""

    status: int
    out: str
    err: str


Run = Callable[..., Told]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command, run in this process."""
    monkeypatch.setenv("COLUMNS", "160")

    def told(*arguments: object) -> Told:
        monkeypatch.setattr(sys, "argv", ["smallsteps", *map(str, arguments)])
        status = 0
        try:
            main()
        except SystemExit as ended:
            status = int(ended.code or 0)
        printed = capsys.readouterr()
        return Told(status, printed.out, printed.err)

    return told


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    path = tmp_path / "corpus.jsonl"
    write_records(path, RECORDS)
    return path


def squeezed(text: str) -> str:
    return " ".join(text.split())


def is_one_sentence(told: Told) -> bool:
    """A line that begins with `error`, and nothing else: no traceback, no second line."""
    return told.err.startswith("error ") and told.err.count("\n") == 1 and "Traceback" not in told.err


def test_help_names_every_command(run: Run) -> None:
    told = run("--help")
    files = (Path(smallsteps.__file__).parent / "cli").glob("[a-z]*.py")
    assert told.status == 0
    for name in (file.stem.rstrip("_") for file in files):
        assert re.search(rf"\b{name}\b", told.out), f"--help leaves out {name}"
        assert run(name, "--help").status == 0


def test_version(run: Run) -> None:
    assert run("--version") == Told(0, f"smallsteps {smallsteps.__version__}\n", "")


def test_module_is_the_command() -> None:
    done = subprocess.run([sys.executable, "-m", "smallsteps", "--version"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, f"smallsteps {smallsteps.__version__}\n")


@pytest.mark.parametrize("kind", KINDS)
def test_list_names_and_explains(run: Run, kind: str) -> None:
    told = run("list", kind)
    assert told.status == 0
    rows = {line.split()[0]: line.split()[1:] for line in told.out.splitlines()[1:] if line.strip()}
    for name in KINDS[kind]:
        assert rows.get(name), f"`smallsteps list {kind}` does not say what {name} is"


def test_list_without_a_kind_lists_all(run: Run) -> None:
    told = run("list")
    assert told.status == 0
    assert all(kind in told.out for kind in KINDS)


@pytest.mark.parametrize(
    ("arguments", "guess"),
    [
        (("list", "method"), "did you mean 'methods'?"),
        (("show", "{corpus}", "--method", "scot"), "did you mean 'scotd'?"),
        (("generate", "coinflip"), "did you mean 'coin_flip'?"),
        (("import", "mentorkd", "{corpus}"), "did you mean 'mentor_kd'?"),
        (("import", "csv", "{corpus}", "--task", "gsm8"), "did you mean 'gsm8k'?"),
        (("score", "{corpus}", "--corpus", "{corpus}", "--format", "comon"), "did you mean 'common'?"),
        (("generate", "coin_flip", "--set", "peple=2"), "did you mean 'people'?"),
        (("show", "{corpus}s"), "did you mean 'corpus.jsonl'?"),
    ],
)
def test_an_unknown_name_guesses_what_was_meant(
    run: Run, corpus: Path, tmp_path: Path, arguments: tuple[str, ...], guess: str
) -> None:
    out = ("-o", tmp_path / "out.jsonl") if arguments[0] in ("generate", "import") else ()
    told = run(*(one.format(corpus=corpus) for one in arguments), *out)
    assert told.status == 2 and is_one_sentence(told), told.err
    assert guess in told.err
    assert not (tmp_path / "out.jsonl").exists()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"id": "a", "task": "gsm8k", "question": "x", "answer": "1"}\n{"id": "b", "ta', ":2: broken JSON"),
        ('{"id": "a", "question": "x"}', ":1: field 'task': is missing"),
        ('{"id": "a", "task": "gsm8k", "question": "x", "answr": "1"}', "did you mean 'answer'?"),
        (
            '{"id": "a", "task": "gsm8k", "question": "x"}\n{"id": "a", "task": "gsm8k", "question": "y"}',
            ":2: field 'id'",
        ),
        ("\n\n", "the corpus is empty"),
    ],
)
def test_a_broken_corpus_is_named_by_file_and_line(run: Run, tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "broken.jsonl"
    path.write_text(text, encoding="utf-8")
    told = run("show", path)
    assert told.status == 2 and is_one_sentence(told), told.err
    assert "broken.jsonl" in told.err and expected in told.err


def test_options_that_do_not_fit_are_refused(run: Run, corpus: Path, tmp_path: Path) -> None:
    for arguments in (
        ("show", corpus, "--student", "tiny-decoder"),
        ("answer", tmp_path, corpus),
        ("generate", "coin_flip", "--part", "both", "-o", tmp_path / "x.jsonl"),
        ("import", "csv", corpus, "--test-share", "2", "--part", "test", "-o", tmp_path / "x.jsonl"),
        ("compare", corpus, "--gate", "better"),
        ("compare", corpus, "--set", "budget"),
        ("compare", tmp_path / "nowhere.yaml"),
    ):
        told = run(*arguments)
        assert told.status == 2 and is_one_sentence(told), f"{arguments}: {told}"
    assert [path.name for path in tmp_path.iterdir()] == [corpus.name], "nothing half-written"
    usage = run("show", corpus, "-n", "0")
    assert usage.status == 2 and "Traceback" not in usage.err
    assert run("shw", corpus).status == 2


def test_failed_work_ends_with_1_and_an_interrupt_with_130(
    run: Run, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(path: Path) -> None:
        raise WorkError("the disk is full; make room")

    def interrupt(path: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("smallsteps.records.read_records", fail)
    told = run("show", corpus)
    assert told == Told(1, "", "error the disk is full; make room\n") and is_one_sentence(told)
    monkeypatch.setattr("smallsteps.records.read_records", interrupt)
    told = run("show", corpus)
    assert told.status == 130 and "Traceback" not in told.err


def test_show_prints_records(run: Run, corpus: Path) -> None:
    told = run("show", corpus, "-n", "1")
    assert told.status == 0
    lines = [squeezed(line) for line in told.out.splitlines() if line.strip()]
    assert lines == [
        "r1 (gsm8k)",
        RECORDS[0].question,
        "gold: 19",
        "+ 12 + 7 = 19. [19]",
        "- 12 + 7 = 18. [18]",
    ]


def test_show_prints_views(run: Run, corpus: Path) -> None:
    told = run("show", corpus, "--method", "cot")
    assert told.status == 0
    assert "r1 part target, path main, weight 1" in told.out
    assert "A:⟦ 12 + 7 = 19. So the answer is: 19" in told.out
    assert "= 18" not in told.out, "a wrong rationale is not taught"
    assert "r2 part" not in told.out, "a question without a rationale gives cot nothing to teach"
    parts = run("show", corpus, "--method", "step_by_step", "-n", "1")
    assert "part answer" in parts.out and "part rationale" in parts.out


def test_show_says_when_there_is_no_view(run: Run, tmp_path: Path) -> None:
    write_records(tmp_path / "bare.jsonl", [RECORDS[1]])
    told = run("show", tmp_path / "bare.jsonl", "--method", "cot")
    assert told.status == 0 and "no view" in told.out


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    path = tmp_path / "answers.jsonl"
    texts = {"r1": " 12 + 7 = 19. So the answer is: 19\n", "r2": " 10 - 3 = 8. So the answer is: 8\n"}
    write_answers(path, [Answer(name, "gsm8k", "arm", 0, "Q:", text, 9, "stop") for name, text in texts.items()])
    return path


def test_show_prints_answers_with_what_was_read(run: Run, corpus: Path, answers: Path) -> None:
    plain = run("show", answers)
    assert plain.status == 0
    assert re.findall(r"read: (\S+)", plain.out) == ["19", "8"]
    assert "gold" not in plain.out
    judged = run("show", answers, "--corpus", corpus)
    found = re.findall(r"read: (\S+) \((\w+)\)\s+gold: (\S+)\s+(\S+)", judged.out)
    assert found == [("19", "marker", "19", "correct"), ("8", "marker", "7", "wrong")]


def test_score_counts_every_question_once(run: Run, corpus: Path, answers: Path, tmp_path: Path) -> None:
    told = run("score", answers, "--corpus", corpus, "-o", tmp_path / "scores.json")
    assert told.status == 0
    (arm,) = json.loads((tmp_path / "scores.json").read_text())["arms"]
    assert arm["outcomes"] == {"correct": 1, "wrong": 1, "truncated": 0, "no_answer": 0, "error": 0}
    assert (arm["n"], arm["accuracy"]) == (2, 0.5)
    assert "arm 2 50.00" in squeezed(told.out)


def test_an_interrupt_is_told_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C ends a command with status 130 and says that nothing finished is lost."""
    import typer

    import smallsteps.cli as cli

    def interrupted() -> None:
        raise KeyboardInterrupt

    app = typer.Typer()
    app.command("wait")(interrupted)
    monkeypatch.setattr(cli, "build_app", lambda: app)
    monkeypatch.setattr("sys.argv", ["smallsteps"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 130
    assert "interrupted; finished work is kept" in " ".join(capsys.readouterr().err.split())
