"""The loop: denominators over the step, resume, budgets, draws, refusals."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from transformers import TrainingArguments

from models import folder_of
from smallsteps.engine.student import load_student
from smallsteps.errors import InputError, NonFiniteLossError, OptionError
from smallsteps.methods import make_method
from smallsteps.records import Rationale, Record
from smallsteps.training.checkpoints import clear_checkpoints, last_checkpoint
from smallsteps.training.dataset import TrainingDataset, TrainingSampler
from smallsteps.training.settings import Budget, Training
from smallsteps.training.train import Trained, train

RECORDS = [
    Record(
        f"r{number}", "word_problems", f"Tom has {number} apples and buys {number + 3} more. How many apples?",
        str(2 * number + 3),
        rationales=tuple(
            Rationale(f"{opening} {number} + {number + 3} = {2 * number + 3} apples.", str(2 * number + 3), True)
            for opening in ("Tom has", "We add:", "So Tom has")
        ),
    )
    for number in range(24)
]  # fmt: skip
CHECKPOINTING = next(  # its name changed in transformers 5
    name
    for name in ("activation_checkpointing", "gradient_checkpointing")
    if name in TrainingArguments.__dataclass_fields__
)
SETTINGS = {
    "learning_rate": 3e-3, "lr_scheduler_type": "constant", "logging_steps": 1, "max_grad_norm": 1.0,
    "adam_epsilon": 1e-3,  # the usual 1e-8 lets AdamW take whole steps on gradients that are mere rounding
}  # fmt: skip


def taught(
    folder: Path, name: str = "tiny-decoder", method: str = "scotd", *, budget: Budget | None = None,
    options: dict[str, Any] | None = None, validation: int = 0, **settings: Any
) -> tuple[Any, Trained]:  # fmt: skip
    """A student after some steps, and what its training cost."""
    student = load_student(name, RECORDS, seed=1)
    size = {"per_device_train_batch_size": 8} | settings
    done = train(
        student, make_method(method, options or {}), "main", RECORDS[validation:], RECORDS[:validation],
        budget=budget or Budget(steps=4), training=Training.of(SETTINGS | size), seed=5, folder=folder,
    )  # fmt: skip
    return student, done


def parameters(student: Any) -> torch.Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in student.model.parameters()])


def losses(folder: Path) -> list[float]:
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    return [line["loss"] for line in lines if "loss" in line]


@pytest.mark.parametrize("name", ["tiny-decoder", "tiny-encdec"])
@pytest.mark.parametrize("method", ["scotd", "step_by_step"])
def test_cutting_a_step_changes_nothing(tmp_path: Path, name: str, method: str) -> None:
    """1 x 8 = 8 x 1 = small passes: the denominators span the step, part by part."""
    whole, _ = taught(tmp_path / "a", name, method)
    parts, _ = taught(tmp_path / "b", name, method, per_device_train_batch_size=1, gradient_accumulation_steps=8)
    small, _ = taught(tmp_path / "c", name, method, pass_tokens=150)
    assert losses(tmp_path / "a") == pytest.approx(losses(tmp_path / "b"), rel=1e-4)
    for other in (parts, small):
        difference = (parameters(whole) - parameters(other)).abs()
        assert difference.max() < 1e-5
        assert difference.mean() < 1e-7


@pytest.mark.parametrize("name", ["tiny-decoder", "tiny-encdec"])
@pytest.mark.parametrize(("setting", "rel"), [({CHECKPOINTING: True}, 1e-5), ({"bf16": True}, 2e-2)])
def test_mixed_precision_and_checkpointing_learn_the_same(
    tmp_path: Path, name: str, setting: dict[str, Any], rel: float
) -> None:
    plain, expected = taught(tmp_path / "a", name, options={"draw": "all"})
    other, done = taught(tmp_path / "b", name, options={"draw": "all"}, **setting)
    assert done.layout == expected.layout == {"tiny-decoder": "forest", "tiny-encdec": "shared"}[name]
    assert losses(tmp_path / "b") == pytest.approx(losses(tmp_path / "a"), rel=rel)
    assert losses(tmp_path / "b")[-1] < losses(tmp_path / "b")[0]
    assert next(other.model.parameters()).dtype == torch.float32  # bf16 is autocast: the parameters stay
    assert bool(setting.get("bf16")) != torch.allclose(parameters(plain), parameters(other), atol=1e-5)


def test_forest_and_padded_train_alike(tmp_path: Path) -> None:
    forest, done = taught(tmp_path / "a", options={"draw": "all"})
    padded, plain = taught(tmp_path / "b", options={"draw": "all"}, layout="padded")
    assert (done.layout, plain.layout) == ("forest", "padded")
    assert done.supervised_tokens == plain.supervised_tokens
    assert losses(tmp_path / "a") == pytest.approx(losses(tmp_path / "b"), rel=1e-4)
    assert (parameters(forest) - parameters(padded)).abs().mean() < 1e-7


def test_the_same_seed_gives_the_same_student(tmp_path: Path) -> None:
    one, _ = taught(tmp_path / "a")
    other, _ = taught(tmp_path / "b")
    assert torch.equal(parameters(one), parameters(other))


def test_resuming_is_exact(tmp_path: Path) -> None:
    """Killed behind a checkpoint, and with a half-written newer one beside it, a run ends where it would have."""
    settings = {"save_strategy": "steps", "save_steps": 2}
    straight, _ = taught(tmp_path / "a", budget=Budget(steps=6), **settings)
    taught(tmp_path / "b", budget=Budget(steps=6), **settings)
    folder = tmp_path / "b"
    for checkpoint in folder.glob("checkpoint-*"):
        if checkpoint.name != "checkpoint-4":
            shutil.rmtree(checkpoint)
    (folder / "checkpoint-5").mkdir()
    (folder / "checkpoint-5" / "model.safetensors").write_bytes(b"half")
    found = last_checkpoint(folder)
    assert found is not None and found.name == "checkpoint-4"
    assert not (folder / "checkpoint-5").exists()
    resumed, _ = taught(folder, budget=Budget(steps=6), **settings)
    assert torch.equal(parameters(straight), parameters(resumed))


@pytest.mark.slow
def test_kill_and_resume(tmp_path: Path) -> None:
    """A real `kill -9` in the middle of a study, then the same command again: the same student as without it."""
    study = tmp_path / "study.yaml"
    study.write_text(json.dumps({
        "name": "killed", "task": "word_problems", "students": ["tiny-decoder"], "methods": ["cot"],
        "corpus": {"train": {"generate": "word_problems", "count": 200, "rationales": 1},
                   "test": {"generate": "word_problems", "count": 20, "part": "test", "rationales": 0}},
        "budget": {"steps": 40}, "training": {**SETTINGS, "per_device_train_batch_size": 8, "evaluations": 10},
        "decoding": {"max_new_tokens": 20},
    }))  # fmt: skip
    command = [sys.executable, "-m", "smallsteps", "compare", str(study), "--out"]
    subprocess.run([*command, str(tmp_path / "whole")], check=True, capture_output=True)
    process = subprocess.Popen(
        [*command, str(tmp_path / "killed")], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    log = next(iter((tmp_path / "whole").glob("arms/**/log.jsonl"))).relative_to(tmp_path / "whole")
    while not (tmp_path / "killed" / log).exists():
        assert process.poll() is None
        time.sleep(0.05)
    time.sleep(0.5)
    process.send_signal(signal.SIGKILL)
    process.wait()
    subprocess.run([*command, str(tmp_path / "killed")], check=True, capture_output=True)
    answers = [next(iter((tmp_path / name).glob("arms/**/answers.jsonl"))) for name in ("whole", "killed")]
    texts = [[json.loads(line)["text"] for line in path.read_text().splitlines()] for path in answers]
    assert texts[0] == texts[1]


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="reads the processes of Linux")
def test_workers_end_with_a_killed_study(tmp_path: Path) -> None:
    """Otherwise they would train on in the folder that the next run takes up."""
    study = tmp_path / "study.yaml"
    study.write_text(json.dumps({
        "name": "killed", "task": "word_problems", "students": ["tiny-decoder"], "methods": ["cot", "post"],
        "corpus": {"train": {"generate": "word_problems", "count": 200, "rationales": 1},
                   "test": {"generate": "word_problems", "count": 20, "part": "test", "rationales": 0}},
        "budget": {"steps": 100_000},
        "training": {"per_device_train_batch_size": 8, "evaluations": 0, "logging_steps": 1},
    }))  # fmt: skip
    started = [sys.executable, "-m", "smallsteps", "compare", str(study)]
    command = [*started, "--jobs", "2", "--out", str(tmp_path / "run")]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    while len(list((tmp_path / "run").glob("arms/**/log.jsonl"))) < 2:
        assert process.poll() is None
        time.sleep(0.1)
    workers = _children(process.pid)
    assert len(workers) >= 2
    process.send_signal(signal.SIGKILL)
    process.wait()
    deadline = time.monotonic() + 30
    while any(_alive(worker) for worker in workers):
        assert time.monotonic() < deadline, "workers of a killed study train on"
        time.sleep(0.1)


def _children(process: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def _alive(process: int) -> bool:
    stat = Path(f"/proc/{process}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def test_budgets(tmp_path: Path) -> None:
    _, by_epochs = taught(tmp_path / "a", budget=Budget(epochs=1.5))
    assert by_epochs.steps == 5  # 36 visits in steps of 8, the last one full as well
    _, by_tokens = taught(tmp_path / "b", budget=Budget(tokens=1000))
    assert by_tokens.supervised_tokens >= 1000
    assert by_tokens.supervised_tokens - by_tokens.supervised_tokens / by_tokens.steps < 1000
    with pytest.raises(OptionError, match="exactly one of steps, epochs and tokens"):
        Budget(steps=3, epochs=1)
    with pytest.raises(OptionError, match="it is above 0"):
        Budget(steps=0)
    with pytest.raises(OptionError, match="did you mean 'steps'"):
        Budget.of({"step": 3})


def test_batch_unit_view_counts_views(tmp_path: Path) -> None:
    _, by_view = taught(tmp_path / "a", options={"draw": "all"}, batch_unit="view", budget=Budget(epochs=1))
    assert by_view.steps == 9  # 24 questions x 3 rationales in steps of 8 views
    _, by_question = taught(tmp_path / "b", options={"draw": "all"}, budget=Budget(epochs=1))
    assert by_question.steps == 3


def test_the_best_checkpoint_is_kept(tmp_path: Path) -> None:
    """With a learning rate that ruins the student later on, the kept parameters are those of the best evaluation."""
    settings = {"evaluations": 4, "learning_rate": 3.0, "checkpoints": "all"}
    student, done = taught(tmp_path, validation=6, budget=Budget(steps=8), **settings)
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    evaluated = [line["eval_loss"] for line in lines if "eval_loss" in line]
    assert len(evaluated) == 4
    assert done.validation_loss == pytest.approx(min(evaluated)) and evaluated[-1] > 2 * min(evaluated)
    clear_checkpoints(tmp_path, Training.of(settings))
    best = load_file(tmp_path / f"step-{2 * evaluated.index(min(evaluated)) + 2}.safetensors")
    assert all(torch.equal(best[name], tensor) for name, tensor in student.model.named_parameters())
    assert not hasattr(student.model, "smallsteps_extra")


def test_a_loss_that_is_no_number_stops_before_the_step(tmp_path: Path) -> None:
    with pytest.raises(NonFiniteLossError, match=r"step \d+: .*records r\d+"):
        taught(tmp_path, budget=Budget(steps=30), learning_rate=1e30)


def test_the_log_tells_speed_and_sharing(tmp_path: Path) -> None:
    taught(tmp_path, options={"draw": "all"})
    line = json.loads((tmp_path / "log.jsonl").read_text().splitlines()[0])
    assert line["supervised_tokens_per_second"] > 0
    assert line["total_per_computed_token"] > 1.0
    assert {"step", "loss", "learning_rate", "grad_norm", "seconds"} <= set(line)


def test_draws_follow_seed_epoch_and_record() -> None:
    method = make_method("scotd", {})
    drawn = [method.visit(RECORDS[0], seed=1, epoch=epoch).rationales for epoch in range(60)]
    assert all(len(one) == 1 for one in drawn)
    assert {one[0].text for one in drawn} == {rationale.text for rationale in RECORDS[0].rationales}
    assert drawn == [method.visit(RECORDS[0], seed=1, epoch=epoch).rationales for epoch in range(60)]
    every = make_method("scotd", {"draw": "all"}).visit(RECORDS[0], 1, 0)
    assert every.rationales == RECORDS[0].rationales
    curriculum = make_method("scotd", {"draw": "curriculum"})
    shortest = min(RECORDS[0].rationales, key=lambda rationale: len(rationale.text))
    assert curriculum.visit(RECORDS[0], 1, 0).rationales == (shortest,)


def test_balanced_draws_count_a_question_once() -> None:
    balanced = make_method("scotd", {"draw": "all"})
    flat = make_method("scotd", {"draw": "all", "balanced": False})
    assert [view.weight for view in balanced.views(RECORDS[0], "main")] == pytest.approx([1 / 3] * 3)
    assert [view.weight for view in flat.views(RECORDS[0], "main")] == [1.0] * 3


def test_the_sampler_visits_every_question_once_an_epoch() -> None:
    visits = list(TrainingSampler(10, 25, seed=3))
    assert len(visits) == 25
    for epoch in (0, 1):
        assert sorted(index for at, index in visits if at == epoch) == list(range(10))
    assert [index for at, index in visits if at == 0] != [index for at, index in visits if at == 1]


def test_a_corpus_that_teaches_nothing_is_refused() -> None:
    student = load_student("tiny-decoder", RECORDS)
    wrong = [Record("w", "word_problems", "How many?", "3", rationales=(Rationale("4.", "4", correct=False),))]
    with pytest.raises(InputError, match="keep: all"):
        TrainingDataset(wrong, make_method("cot", {}), "main", student.tokenizer, student.template, seed=0)
    with pytest.raises(InputError, match=r"longer than 5 tokens; raise training.max_length"):
        TrainingDataset(
            RECORDS, make_method("cot", {}), "main", student.tokenizer, student.template, seed=0, max_length=5
        )


def test_unknown_settings_are_refused() -> None:
    with pytest.raises(OptionError, match="did you mean 'learning_rate'"):
        Training.of({"learning_rat": 1})
    with pytest.raises(OptionError, match="expected auto, forest or padded"):
        Training.of({"layout": "forrest"})


def test_a_row_too_short_for_a_view_names_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"record 'r\d+': .* a row holds 16; raise training.row_tokens or leave"):
        taught(tmp_path, row_tokens=16, layout="forest")


def test_a_model_that_refuses_the_mask_falls_back(tmp_path: Path) -> None:
    """BLOOM takes no mask of our own: training goes on with padded rows and a plain warning."""
    notes: list[str] = []

    class Listening:
        def bar(self, title: str, total: float | None) -> Any:
            from smallsteps.progress import SILENT

            return SILENT.bar(title, total)

        def note(self, text: str) -> None:
            notes.append(text)

    student = load_student(str(folder_of("bloom", tmp_path / "bloom")))
    done = train(
        student, make_method("cot", {}), "main", RECORDS, [], budget=Budget(steps=1),
        training=Training.of(SETTINGS), seed=0, folder=tmp_path / "run", progress=Listening(),
    )  # fmt: skip
    assert done.layout == "padded"
    assert len(notes) == 1 and notes[0].startswith("warning: the token forest is not exact on this model (")


def test_a_very_small_student_runs_in_one_thread() -> None:
    """Threads of a tiny student wait for one another; the setting comes back as it was."""
    student = load_student("tiny-decoder", RECORDS)
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        with student.threads():
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
