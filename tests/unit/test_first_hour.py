"""What a newcomer types in the first hour: wrong files, wrong values, views with and without colour, a first study."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
import yaml
from rich.console import Console

from commands import smallsteps
from models import folder_of
from smallsteps.cli._views import BANDS, legend, style_of, view_texts
from smallsteps.corpus.task_guess import guess_task
from smallsteps.methods import make_method
from smallsteps.records import Rationale, Record, read_records, write_records
from smallsteps.scoring.answers import Answer, write_answers
from smallsteps.study.arms import study_arms
from smallsteps.study.checks import check_arm
from smallsteps.study.spec import read_study
from smallsteps.study.yaml_values import load_yaml

TELLING = Record(
    "r1", "gsm8k", "Tom has 12 apples and buys 7 more. How many has he?", "19",
    rationales=(Rationale("12 + 7 = 19.", "19", correct=True), Rationale("7 + 12 = 19.", "19", correct=True)),
)  # fmt: skip


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    others = [
        Record(f"q{n}", "gsm8k", f"{n} + 1 = ?", str(n + 1),
               rationales=(Rationale(f"{n} + 1 = {n + 1}.", str(n + 1), correct=True),))
        for n in range(40)
    ]  # fmt: skip
    write_records("corpus.jsonl", [TELLING, *others])
    write_answers("answers.jsonl", [Answer("r1", "gsm8k", "arm", 0, "Q:", " So the answer is: 19\n", 9, "stop")])
    Path("mine.csv").write_text("question,answer\n1 + 1?,2\n", encoding="utf-8")
    Path("study.yaml").write_text("name: x\n", encoding="utf-8")
    Path("shout.py").write_text(
        "from smallsteps.methods import Method\n"
        "class Shout(Method):\n    loud: bool = True\n    def views(self, record, path):\n        return []\n"
    )
    return tmp_path


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("show mine.csv", "mine.csv: this is a table, not a smallsteps corpus; import it first: smallsteps import csv "
         "mine.csv --task TASK -o corpus.jsonl"),
        ("train mine.csv -o s", "mine.csv: this is a table, not a smallsteps corpus; import it first"),
        ("train study.yaml -o s", "study.yaml: this is a study, not a corpus; run it with: smallsteps compare "
         "study.yaml"),
        ("train answers.jsonl -o s", "these are a student's answers, not a corpus"),
        ("init mine.csv", "this is a table, not a smallsteps corpus"),
        ("score corpus.jsonl -c corpus.jsonl", "corpus.jsonl: this is a corpus, not an answers file; let a student "
         "answer it first: smallsteps answer STUDENT corpus.jsonl -o answers.jsonl"),
        ("import csv mine.csv", "mine.csv: neither the file nor its name says which task this is"),
        ("train corpus.jsonl -o s --steps 0", "--steps 0: expected a number above 0, such as --steps 2000"),
        ("train corpus.jsonl -o s --steps -5", "--steps -5: expected a number above 0"),
        ("train corpus.jsonl -o s --set learning_rate", "--set learning_rate: expected name=value, such as --set "),
        ("show corpus.jsonl --option draw=all", "--option says how views are made and shown; name the method with"),
        ("show answers.jsonl --method cot", "answers.jsonl holds answers, and views are made of a corpus"),
        ("show corpus.jsonl --method shout.py:Shout", "write @dataclass(frozen=True) above `class Shout`"),
        ("init corpus.jsonl", "study.yaml: exists already; name another file with -o, or overwrite it with --replace"),
    ],
)  # fmt: skip
def test_a_slip_is_told_in_one_sentence_with_the_way_out(
    work: Path, capsys: pytest.CaptureFixture[str], command: str, told: str
) -> None:
    before = sorted(work.rglob("*.jsonl"))
    assert smallsteps(*command.split()) == 2
    said = capsys.readouterr().err.strip()
    assert told in said and said.startswith("error ") and "\n" not in said
    assert sorted(work.rglob("*.jsonl")) == before and not (work / "s").exists()


@pytest.mark.parametrize(
    ("wrong", "guess"),
    [("corpsu.jsonl", "did you mean 'corpus.jsonl'?"), ("mine.jsonl", "did you mean 'mine.csv'?"), ("nope.csv", "")],
)
def test_a_file_name_is_guessed_only_where_it_is_near(
    work: Path, capsys: pytest.CaptureFixture[str], wrong: str, guess: str
) -> None:
    assert smallsteps("show", wrong) == 2
    said = capsys.readouterr().err
    assert guess in said and ("did you mean" in said) == bool(guess)
    assert "holds answers.jsonl, corpus.jsonl, mine.csv" in said


def drawn(coloured: bool, method: str, **options: object) -> str:
    texts = view_texts([TELLING], make_method(method, options), coloured, None, Path())
    page = Console(file=io.StringIO(), force_terminal=coloured, no_color=not coloured, width=200)
    for text in texts:
        page.print(text, soft_wrap=True)
    assert isinstance(page.file, io.StringIO)
    return page.file.getvalue()


def test_without_colour_what_is_learnt_stands_in_brackets() -> None:
    plain = drawn(False, "step_by_step", draw="all")
    assert "A:⟦ So the answer is: 19\n<end>⟧" in plain
    assert "⟦0.5:  12 + 7 = 19.\n<end>⟧" in plain
    assert plain.splitlines()[0].startswith("r1 part")
    assert "⟦…⟧ is learnt" in plain and "\x1b" not in plain


def test_colours_are_those_of_the_legend() -> None:
    shown = drawn(True, "step_by_step", draw="all")
    styles = {"bold green": "\x1b[1;32m", "green": "\x1b[32m", "yellow": "\x1b[33m"}
    assert f"{styles['bold green']} So the answer is: 19" in shown
    assert f"{styles['green']} 12 + 7 = 19." in shown  # neither bold nor another colour: the legend's own
    for band in BANDS:
        assert f"{styles[band.style]}{band.name}" in shown.splitlines()[-1]
    assert "⟦" not in shown


@pytest.mark.parametrize(("weight", "style"), [(0, "dim"), (0.1, "yellow"), (0.5, "green"), (0.9999999, "bold green"),
                                               (3, "bold green")])  # fmt: skip
def test_the_band_of_a_weight(weight: float, style: str) -> None:
    assert style_of(weight) == style
    assert legend(True).plain == "weight: 0 (context), below 0.5, 0.5 to 1, 1 or more"


def test_show_takes_the_options_of_a_method(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert smallsteps("show", "corpus.jsonl", "--method", "step_by_step", "--option", "alpha=0.25", "-n", "1") == 0
    one = capsys.readouterr().out
    assert smallsteps("show", "corpus.jsonl", "--method", "step_by_step", "--option", "keep=nobody", "-n", "1") == 2
    assert "keep" in capsys.readouterr().err
    assert one.count("part rationale") == 2


def test_settings_are_listed_with_defaults(capsys: pytest.CaptureFixture[str]) -> None:
    from smallsteps.training.setting_names import training_settings
    from smallsteps.training.settings import Training

    found = {one.name: one.summary for one in training_settings()}
    Training.of(dict.fromkeys(["learning_rate"], 1e-4))
    assert found["learning_rate"] == "The initial learning rate for the optimizer (default 5e-05)"
    assert found["evaluations"].endswith("(default 4)") and len(found["row_tokens"]) > 30
    assert set(found) >= {"batch_unit", "layout", "select", "warmup_steps", "per_device_train_batch_size", "bf16"}
    assert smallsteps("list", "settings") == 0
    assert "learning_rate" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("answers", "looks"),
    [
        (["12", "3.5", "-4", "$1,200", "7 apples", "50%"], "numbers"),
        (["A", "(B)", "C."], "choice letters"),
        (["yes", "No", "yes"], "yes or no"),
        (["12/31/1999", "2001-02-03"], "dates"),
        (["nk", "la", "ts"], "short texts"),
        (["12", "none of these", "3"], "short texts"),
    ],
)
def test_the_task_is_guessed_from_the_answers(answers: list[str], looks: str) -> None:
    assert guess_task(answers).looks == looks


@pytest.mark.parametrize("student", ["tiny-decoder", "tiny-encdec"])
def test_init_writes_a_study_that_runs(work: Path, capsys: pytest.CaptureFixture[str], student: str) -> None:
    assert smallsteps("init", "corpus.jsonl", "--student", student, "-o", "first.yaml") == 0
    said = capsys.readouterr().out
    assert "task 'gsm8k' (as in the corpus; the answers look like numbers)" in said
    assert "next: smallsteps compare first.yaml" in said
    train, test = (list(read_records(f"corpus-{part}.jsonl")) for part in ("train", "test"))
    assert len(train) + len(test) == 41 and not {one.id for one in train} & {one.id for one in test}
    study, raw = read_study(Path("first.yaml"))
    for arm in study_arms(study, raw):
        check_arm(arm)
    assert study.budget == {"steps": 2000} and study.training["learning_rate"] == 0.0025
    assert 16 <= study.decoding["max_new_tokens"] <= 48
    assert "step_by_step" in study.methods and {"name": "scotd", "draw": "all"} not in study.methods
    comments = [line for line in Path("first.yaml").read_text().splitlines() if "#" in line]
    assert len(comments) >= 12
    less = ["--set", "seeds=[0]", "--set", "methods=[cot]", "--set", "baseline=cot", "--set", "budget.steps=1"]
    assert smallsteps("compare", "first.yaml", "-o", "run", *less, "--set", "decoding.max_new_tokens=4") == 0
    assert json.loads(Path("run/scores.json").read_text())["arms"]


def test_init_suits_a_pretrained_student(work: Path) -> None:
    folder = folder_of("llama", work / "model")
    write_records("test.jsonl", [Record("t", "gsm8k", "How many?", "3")])
    assert smallsteps("init", "corpus.jsonl", "--student", folder, "--test", "test.jsonl", "-o", "first.yaml") == 0
    study, _ = read_study(Path("first.yaml"))
    assert study.training["learning_rate"] == 1e-4 and "adam_beta2" not in study.training
    assert study.corpus is not None and study.corpus.test == "test.jsonl"
    assert study.budget == {"steps": 200}


@pytest.mark.parametrize("text", ["5e-5", "1E-3", "2.5e-05", "+3e2", "-1e-9"])
def test_numbers_with_an_exponent_are_numbers(text: str) -> None:
    assert load_yaml(text) == float(text)
    assert load_yaml(f"{{a: [{text}]}}") == {"a": [float(text)]}
    for other in ("e-5", "1e", "v1e-5", "1.2.3", "12:30", "2001-02-03", "0x1F", "017", "yes", "1_000"):
        assert load_yaml(other) == yaml.safe_load(other)


@pytest.mark.parametrize(
    "command",
    ["corrupt {} --kind drop -o o.jsonl", "segment {} --by location -o o.jsonl", "export messages {} -o o.jsonl",
     "sample {} --teacher rule_based -o o.jsonl", "select {} -o o.jsonl", "review {} --accept"],
)  # fmt: skip
def test_a_table_where_a_corpus_belongs_is_named_as_one(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.csv").write_text("question,answer\nWhat is 1 + 1?,2\n", encoding="utf-8")
    assert smallsteps(*command.format("mine.csv").split()) == 2
    printed = " ".join(capsys.readouterr().err.split())
    assert "this is a table, not a smallsteps corpus; import it first: smallsteps import csv mine.csv" in printed
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.csv"]
