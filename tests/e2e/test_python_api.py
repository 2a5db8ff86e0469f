"""The Python API: the page that documents it is run from top to bottom, and its promises are checked."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import torch

import smallsteps as st
from smallsteps.errors import FileError, OptionError, UnknownNameError
from smallsteps.records import Record

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "use-from-python.md"
TINY = {"name": "tiny-decoder", "width": 32, "heads": 2}


@pytest.fixture(autouse=True)
def one_thread() -> Any:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The names that the page's code leaves behind, run in an empty folder."""
    folder = tmp_path_factory.mktemp("page")
    names: dict[str, Any] = {"folder": folder}
    text = PAGE.read_text(encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for block in re.finditer(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
            line = text[: block.start()].count("\n") + 1
            exec(compile("\n" * line + block[1], str(PAGE), "exec"), names)
    return names


def test_the_page_runs(page: dict[str, Any]) -> None:
    assert page["train"] == list(st.read_records(page["folder"] / "train.jsonl")) and len(page["train"]) == 200
    assert page["score"].n == 20 and sum(page["score"].outcomes.values()) == 20
    assert len(page["losses"]) > 3 and page["losses"][-1] < page["losses"][0]
    assert page["many"].draw == "all" and page["many"].rationales == 4


def test_the_saved_folder_is_the_trained_student(page: dict[str, Any]) -> None:
    """`from_pretrained` on the folder itself gives the model that answers."""
    student = page["student"].students["main"]
    loaded = page["model"].state_dict()
    assert all(torch.equal(value, loaded[name]) for name, value in student.model.state_dict().items())
    assert page["tokenizer"].get_vocab() == student.tokenizer.get_vocab()
    again = st.load_trained(str(page["folder"] / "student"))
    assert [one.text for one in again.answer(page["test"], max_new_tokens=40)] == [one.text for one in page["answers"]]


def test_data_frames_hold_the_run(page: dict[str, Any]) -> None:
    run = page["run"]
    assert len(run.arms) == 4 and set(run.arms.method) == {"answer_only", "cot"}
    assert len(run.answers) == 4 * 20 and set(run.answers.outcome) <= {"correct", "wrong", "truncated", "no_answer"}
    right = run.answers.assign(right=run.answers.outcome == "correct").groupby(["method", "seed"]).right.mean()
    for _, arm in run.arms.iterrows():
        assert right[arm.method, arm.seed] == arm.accuracy
    assert set(run.log_history.arm) == set(run.arms.arm)
    assert list(run.leaderboard.frame.method.sort_values()) == ["answer_only", "cot"]
    assert len(run.comparisons) == len(run.scores["comparisons"]) > 0


def test_a_notebook_shows_the_leaderboard(page: dict[str, Any]) -> None:
    shown = page["run"]._repr_html_()
    assert shown.count("<table") == 1 and "<th>accuracy %</th>" in shown and "<td>answer_only</td>" in shown
    assert page["run"].comparisons.sentence[0].split(";")[0].replace("<", "&lt;") in shown
    hostile = st.Leaderboard({**page["run"].scores, "comparisons": [{"sentence": "<script>alert(1)</script>"}]})
    assert "<script>" not in hostile._repr_html_() and "&lt;script&gt;" in hostile._repr_html_()


def test_a_method_takes_options_as_keywords() -> None:
    assert st.make_method("cot", keep="all") == st.make_method("cot", {"keep": "all"})
    with pytest.raises(UnknownNameError, match="keep"):
        st.make_method("cot", kep="all")
    with pytest.raises(OptionError, match="rationales"):
        st.make_method("cot", rationales="many")


def test_a_student_with_several_paths_has_a_folder_for_each(tmp_path: Path) -> None:
    """And saving another student into the folder leaves nothing of the first."""
    records = st.generate_corpus("word_problems", 12, steps="1")
    cut = [_segmented(record) for record in records]
    two = st.train_student(TINY, st.make_method("ases", by="given", paths="two"), cut, validation=0, max_steps=1,
                           output_dir=tmp_path / "student")  # fmt: skip
    assert sorted(two.students) == ["abstractive", "extractive"] and set(two.results) == set(two.students)
    loaded = st.load_trained(tmp_path / "student")
    assert loaded.method == two.method and set(loaded.students) == set(two.students)
    one = st.train_student(TINY, "answer_only", records, validation=0, max_steps=1)
    one.save(tmp_path / "student")
    assert st.load_trained(tmp_path / "student").method == one.method
    assert not list((tmp_path / "student").glob("*/smallsteps.json"))
    two.save(tmp_path / "student")
    assert st.load_trained(tmp_path / "student").method == two.method


def _segmented(record: Record) -> Record:
    from dataclasses import replace

    from smallsteps.records import Segment

    told = record.rationales[0]
    half = len(told.text) // 2
    segments = (Segment("extractive", 0, half), Segment("abstractive", half, len(told.text)))
    return replace(record, rationales=(replace(told, segments=segments),))


def test_what_does_not_fit_is_told(tmp_path: Path) -> None:
    records = st.generate_corpus("word_problems", 12, steps="1")
    with pytest.raises(OptionError, match="one of max_steps, num_train_epochs and max_tokens"):
        st.train_student(TINY, "cot", records, max_steps=1, num_train_epochs=1)
    with pytest.raises(OptionError, match="learning_rate"):
        st.train_student(TINY, "cot", records, max_steps=1, learning_rat=1e-3)
    with pytest.raises(OptionError, match="the method 'pst' needs Vectors"):
        st.train_student(TINY, "pst", records, max_steps=1)
    with pytest.raises(OptionError, match="validation = 1"):
        st.train_student(TINY, "cot", records, validation=1, max_steps=1)
    with pytest.raises(FileError, match=r"no finished run \(scores.json is missing\)"):
        st.load_run(tmp_path)
    with pytest.raises(UnknownNameError, match="word_problems"):
        st.generate_corpus("word_problem", 3)
    with pytest.raises(FileError, match="field 'budget': is missing"):
        st.compare({"name": "x", "task": "gsm8k", "corpus": {"train": "a", "test": "b"}, "students": ["tiny-decoder"],
                    "methods": ["cot"]})  # fmt: skip
    student = st.train_student(TINY, "cot", records, validation=0, max_steps=1)
    with pytest.raises(UnknownNameError, match="max_new_tokens"):
        student.answer("What is 1 + 1?", max_tokens=5)
    with pytest.raises(OptionError, match="trained without demonstrations"):
        student.answer("What is 1 + 1?", demonstrations=records)


def test_an_interrupted_training_resumes_and_another_one_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The resumed student is that of an uninterrupted training, to the bit."""
    records = st.generate_corpus("word_problems", 24, steps="1")
    settings: dict[str, Any] = {"max_steps": 4, "learning_rate": 1e-2, "evaluations": 4}
    whole = st.train_student(TINY, "cot", records, **settings, output_dir=tmp_path / "whole")
    log = tmp_path / "whole" / "training" / "main" / "log.jsonl"
    assert not list((tmp_path / "whole").rglob("checkpoint-*")) and log.exists()
    again = st.train_student(TINY, "cot", records, **settings, output_dir=tmp_path / "whole")
    steps = [row["step"] for row in whole.log_history]
    assert [row["step"] for row in again.log_history] == steps, "the log of the second training is its own"
    _interrupted_at(3, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        st.train_student(TINY, "cot", records, **settings, output_dir=tmp_path / "cut")
    monkeypatch.undo()
    with pytest.raises(OptionError, match="a training with other settings was interrupted here"):
        st.train_student(TINY, "cot", records, **settings | {"learning_rate": 1e-3}, output_dir=tmp_path / "cut")
    cut = st.train_student(TINY, "cot", records, **settings, output_dir=tmp_path / "cut")
    ends = [one.students["main"].model.state_dict() for one in (whole, cut)]
    assert all(torch.equal(value, ends[1][name]) for name, value in ends[0].items())


def _interrupted_at(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from smallsteps.training.trainer import StepTrainer

    usual = StepTrainer.training_step

    def interrupted(self: Any, *arguments: Any, **keywords: Any) -> torch.Tensor:
        if self.state.global_step + 1 == step:
            raise KeyboardInterrupt
        return usual(self, *arguments, **keywords)

    monkeypatch.setattr(StepTrainer, "training_step", interrupted)


def test_every_method_has_a_name_that_finds_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its file in the package, or FILE.py:CLASS relative to the working directory; a notebook's class has none."""
    from smallsteps.methods import METHODS

    (tmp_path / "mine.py").write_text("from smallsteps.methods.cot import Cot\n\n\nclass Mine(Cot):\n    pass\n")
    monkeypatch.chdir(tmp_path)
    mine = METHODS.get("mine.py:Mine")
    assert METHODS.name_of(mine) == "mine.py:Mine" and METHODS.get(METHODS.name_of(mine)) is mine
    assert [METHODS.name_of(METHODS.get(name)) for name in METHODS.names()] == METHODS.names()
    with pytest.raises(OptionError, match="defined in no file"):
        METHODS.name_of(type("Cell", (mine,), {"__module__": "a_notebook"}))
