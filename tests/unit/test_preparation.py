"""Before the first step: what is not learnt is said, lengths are known, seeds fix what is drawn; costs add up."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from test_self_check import Notes

from model_types import RECORDS
from models import build, byte_level, folder_of
from smallsteps.decoding.answering import load_trained
from smallsteps.engine.student import Student, card_of, load_student, loading_of, read_card
from smallsteps.engine.tiny import TinySize
from smallsteps.errors import InputError, OptionError
from smallsteps.methods import Method, demonstration_pool, make_method
from smallsteps.records import Rationale, Record
from smallsteps.training.settings import Budget, Training
from smallsteps.training.train import Trained, train

COT = make_method("cot")
LONG = Record("long", "word_problems", "How many?", "3", rationales=(Rationale("We count on. " * 120, "3", True),))
SIZE = TinySize(width=16, layers=1, heads=2, positions=2048)


def run(
    student: Student, folder: Path, method: Method = COT, records: Sequence[Record] = RECORDS,
    validation: Sequence[Record] = (), steps: int = 1, notes: Notes | None = None, **more: Any
) -> Trained:  # fmt: skip
    settings = {"per_device_train_batch_size": 4, "learning_rate": 1e-3} | more
    return train(student, method, "main", records, validation, budget=Budget(steps=steps), seed=3, folder=folder,
                 training=Training.of(settings), pool=demonstration_pool(method, list(records)),
                 progress=notes or Notes())  # fmt: skip


def tiny(**sizes: Any) -> Student:
    return load_student("tiny-decoder", [*RECORDS, LONG], size=replace(SIZE, **sizes))


@pytest.mark.parametrize("name", ["positions", "max_length"])
def test_questions_that_are_too_long_are_told(name: str, tmp_path: Path) -> None:
    notes = Notes()
    limit, student = (300, tiny(positions=300)) if name == "positions" else (200, tiny())
    done = run(student, tmp_path, records=[*RECORDS, LONG], validation=[LONG], notes=notes,
               **({} if name == "positions" else {"max_length": limit}))  # fmt: skip
    assert done.taught.too_long == 1 and done.taught.questions == len(RECORDS)
    assert notes.notes == [
        f"warning: 1 views are longer than {limit} tokens and left out, so that 1 of 9 training questions are not "
        "trained on",
        "warning: 1 of 1 validation questions give no view that fits; the last checkpoint is kept",
    ]


def test_nothing_is_told_where_nothing_is_lost(tmp_path: Path) -> None:
    notes = Notes()
    run(tiny(), tmp_path, validation=RECORDS[:2], notes=notes)
    assert notes.notes == []


def test_a_view_longer_than_the_usual_row_is_trained_on(tmp_path: Path) -> None:
    """Its length is known before the first step, and rows are made long enough."""
    longest = replace(LONG, rationales=(Rationale("We count on. " * 400, "3", True),))
    student = load_student("tiny-decoder", [*RECORDS, longest], size=SIZE)
    done = run(student, tmp_path, records=[*RECORDS, longest], steps=3)
    assert done.layout == "forest" and done.taught.too_long == 0


@pytest.mark.parametrize("method", [COT, make_method("cot", {"demonstrations": 1})], ids=["plain", "demonstrations"])
def test_a_row_too_short_is_told_before_the_first_step(method: Method, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"record '.*': a view of part 'target' has \d+ tokens and a row holds 20;"):
        run(tiny(), tmp_path, method, row_tokens=20, steps=50)
    assert not list(tmp_path.glob("**/log.jsonl"))


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_pure_half_precision_warns(dtype: str, tmp_path: Path) -> None:
    notes = Notes()
    student = load_student(str(folder_of("llama", tmp_path / "llama")), dtype=dtype)
    run(student, tmp_path / "run", notes=notes)
    assert any(f"the parameters are {dtype}" in note and "bf16: true" in note for note in notes.notes)


def test_costs_of_a_resumed_run_are_those_of_all_its_parts(tmp_path: Path) -> None:
    """A run that was killed after its checkpoint at step 4 counts these steps too, and logs none of them twice."""
    settings = {"save_strategy": "steps", "save_steps": 2, "logging_steps": 1}
    whole = run(tiny(), tmp_path / "a", steps=6, **settings)
    run(tiny(), tmp_path / "b", steps=6, **settings)
    folder = tmp_path / "b"
    shutil.rmtree(folder / "checkpoint-6")
    spent = json.loads((folder / "checkpoint-4" / "complete").read_text())
    (folder / "checkpoint-4" / "complete").write_text(json.dumps(spent | {"seconds": 1000.0}))
    with (folder / "log.jsonl").open("a") as file:
        file.write('{"step": 7, "lo')  # cut off by the kill
    resumed = run(tiny(), folder, steps=6, **settings)
    for name in ("supervised_tokens", "total_tokens", "computed_tokens"):
        assert getattr(resumed, name) == getattr(whole, name) > 0
    assert resumed.seconds > 1000 > whole.seconds
    steps = [[json.loads(line)["step"] for line in (one / "log.jsonl").read_text().splitlines()]
             for one in (tmp_path / "a", folder)]  # fmt: skip
    assert steps[0] == steps[1]


@pytest.mark.parametrize(("name", "options"), [("ases", {"by": "location"}), ("pst", {"target": "lsa"})])
def test_the_seed_fixes_added_tokens(name: str, options: dict[str, Any], tmp_path: Path) -> None:
    """Rows of embeddings for a method's tokens, and the parameters of an extra loss, are drawn from the seed."""
    method = make_method(name, options)
    assert method.added_tokens

    def rows(seed: int, before: int) -> torch.Tensor:
        torch.manual_seed(before)
        student = load_student(str(folder_of("llama", tmp_path / "llama")))
        student.add_tokens([*method.added_tokens, "<more>"], seed)
        weight: torch.Tensor = student.model.get_input_embeddings().weight
        return weight

    assert torch.equal(rows(1, 5), rows(1, 6))
    assert not torch.equal(rows(1, 5), rows(2, 5))


def test_more_tokens_than_rows_of_embeddings(tmp_path: Path) -> None:
    """Some published tokenizers have more tokens than their models have rows; an id behind the last one would crash."""
    tokenizer = byte_level([record.question for record in RECORDS])
    build("gpt2", len(tokenizer) - 40).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    student = load_student(str(tmp_path))
    assert student.model.get_input_embeddings().num_embeddings > max(student.tokenizer.get_vocab().values())
    assert run(student, tmp_path / "run").steps == 1


@pytest.mark.parametrize("token", ["generation_config", "bos_token"])
def test_an_encoder_decoder_without_a_start_token(token: str, tmp_path: Path) -> None:
    folder_of("t5", tmp_path, decoder_start_token_id=None)
    if token == "generation_config":
        (tmp_path / "generation_config.json").write_text(json.dumps({"decoder_start_token_id": 3}))
    else:
        (tmp_path / "generation_config.json").unlink(missing_ok=True)
    student = load_student(str(tmp_path))
    assert student.model.config.decoder_start_token_id == (3 if token == "generation_config" else 1)
    student.save(tmp_path / "saved", card_of("cot", {}, "word_problems", "main"))
    assert load_student(str(tmp_path / "saved")).model.config.decoder_start_token_id in (1, 3)


def test_how_a_student_was_loaded_stands_in_its_card(tmp_path: Path) -> None:
    student = load_student(str(folder_of("gpt2", tmp_path / "a")), dtype="bfloat16")
    student.save(tmp_path / "b", card_of("cot", {}, "word_problems", "main"))
    assert read_card(tmp_path / "b")["loading"] == {"dtype": "bfloat16", "trust_remote_code": False, "cached": True}
    _, students, _ = load_trained(tmp_path / "b")
    assert next(students["main"].model.parameters()).dtype == torch.bfloat16


@pytest.mark.parametrize("card", [{"loading": {"trust_remote_code": True}}, {"loading": {"trust_remote_code": 1}}])
def test_a_card_never_runs_code(card: Mapping[str, Any]) -> None:
    with pytest.raises(OptionError, match=r"brings code of its own; .*--trust-remote-code"):
        loading_of(card)
    assert loading_of(card, trust_remote_code=True)["trust_remote_code"] is True
    assert loading_of({}, trust_remote_code=False) == {"trust_remote_code": False}  # a card of before


@pytest.mark.parametrize("wrong", ["no-such-folder/model", "auto_map"])
def test_what_cannot_be_loaded_is_a_sentence(wrong: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    name = wrong
    if wrong == "auto_map":
        name = str(folder_of("gpt2", tmp_path / "own"))
        config = json.loads((tmp_path / "own" / "config.json").read_text())
        own = {"AutoConfig": "own.Config", "AutoModelForCausalLM": "own.Model"}
        (tmp_path / "own" / "config.json").write_text(json.dumps(config | {"model_type": "own", "auto_map": own}))
        (tmp_path / "own" / "own.py").write_text("raise SystemExit('code ran')")
    with pytest.raises(OptionError, match=r"^student '.*' cannot be loaded \(.*\); ") as caught:
        load_student(name)
    assert "\n" not in str(caught.value)
    assert wrong != "auto_map" or "--trust-remote-code" in str(caught.value)
