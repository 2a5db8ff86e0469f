"""Information gain per step: the numbers against a plain forward pass, for both kinds of students."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch

from commands import smallsteps
from report_runs import make_run
from smallsteps.decoding.trace import trace_answers, why_untraceable
from smallsteps.engine.student import Student, card_of, load_student
from smallsteps.engine.tiny import TinySize
from smallsteps.errors import InputError
from smallsteps.methods import Method, make_method
from smallsteps.records import Rationale, Record
from smallsteps.scoring.answers import Answer
from smallsteps.scoring.information_gain import Gains, read_gains, write_gains
from smallsteps.text.answer_format import FORMATS
from smallsteps.text.sentences import sentence_spans
from smallsteps.training.self_check import Check

TOLD = " Tom has 3.5 apples. He buys 2 more! So 3.5 + 2 = 5.5 apples."
RECORDS = [
    Record("a", "gsm8k", "Tom has 3.5 apples and buys 2 more. How many?", "5.5", None, (Rationale(TOLD, "5.5", True),)),
    Record("b", "gsm8k", "How many are 2 and 2?", "4", None, (Rationale("2 + 2 = 4.", "4", True),)),
]
ANSWERS = [
    Answer("a", "gsm8k", "arm", 0, "", f"{TOLD} So the answer is: 5.5\n", 20, "stop"),
    Answer("b", "gsm8k", "arm", 0, "", " So 2 is 2\nSo the answer 2 + 2 = 4", 9, "length"),
]


def student(name: str, positions: int = 1024) -> Student:
    size = TinySize(width=32, layers=2, heads=2, positions=positions)
    made = load_student(name, RECORDS, seed=3, size=size)
    made.model.double()
    return made


@torch.no_grad()
def plain_logprob(one: Student, prompt: str, context: str, stated: str) -> float:
    """log P(stated | prompt, context) by one ordinary forward pass, without anything of ours."""

    def ids(text: str) -> list[int]:
        return list(one.tokenizer(text, add_special_tokens=False)["input_ids"])

    read, said = ids(context), ids(stated)
    assert ids(context + stated) == read + said
    if one.architecture.split:
        start = one.model.config.decoder_start_token_id
        line = [start, *read, *said]
        source = torch.tensor([[*one.template.before, *ids(prompt), *one.template.source_end]])
        out: Any = one.model(input_ids=source, decoder_input_ids=torch.tensor([line]))
    else:
        line = [*one.template.before, *ids(prompt), *read, *said]
        out = one.model(input_ids=torch.tensor([line]))
    logprobs = out.logits[0].log_softmax(-1)
    first = len(line) - len(said)
    return float(sum(logprobs[first + index - 1, token] for index, token in enumerate(said)))


@pytest.mark.parametrize("name", ["tiny-decoder", "tiny-encdec"])
def test_gains_are_those_of_plain_passes(name: str) -> None:
    one, method = student(name), make_method("cot", {})
    found = trace_answers(method, one, {record.id: record for record in RECORDS}, ANSWERS)
    assert [gain.id for gain in found] == ["a", "b"]
    for record, answer, gain in zip(RECORDS, ANSWERS, found, strict=True):
        told = method.words.reasoning(answer.text, method.order)
        ends = [0, *(end for _, end in sentence_spans(told))]
        expected = [
            plain_logprob(one, method.ask(record), answer.text[:end] + " So the answer is:", f" {record.answer}\n")
            for end in ends
        ]
        assert [gain.base, *(step.logprob for step in gain.steps)] == pytest.approx(expected, abs=2e-5)
        assert [step.gain for step in gain.steps] == pytest.approx(
            [after - before for before, after in pairwise(expected)], abs=2e-5
        )
        assert gain.final == pytest.approx(gain.base + sum(step.gain for step in gain.steps), abs=1e-5)


def test_a_model_that_runs_no_tries_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    one, method = student("tiny-decoder"), make_method("cot", {})
    records = {record.id: record for record in RECORDS}
    forest = trace_answers(method, one, records, ANSWERS)
    refused = Check(1.0, 1.0, 0, 0, "padded", "no such mask")
    monkeypatch.setattr("smallsteps.decoding.trace.check_layouts", lambda *_: refused)
    padded = trace_answers(method, one, records, ANSWERS)
    for a, b in zip(forest, padded, strict=True):
        assert a.base == pytest.approx(b.base, abs=2e-5)
        assert [step.gain for step in a.steps] == pytest.approx([step.gain for step in b.steps], abs=2e-5)


def test_one_pass_holds_every_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    one, method = student("tiny-decoder"), make_method("cot", {})
    passes = []
    forward = one.architecture.forward
    monkeypatch.setattr(
        type(one.architecture), "forward", lambda self, model, row: passes.append(row) or forward(model, row)
    )
    monkeypatch.setattr("smallsteps.decoding.trace.check_layouts", lambda *_: Check(0, 0, 0, 0, "forest"))
    found = trace_answers(method, one, {record.id: record for record in RECORDS}, ANSWERS)
    assert sum(len(gain.steps) + 1 for gain in found) == 7 and len(passes) == 1
    assert passes[0].layout == "forest"


def test_steps_beyond_the_last_position_are_left_out() -> None:
    one, method = student("tiny-decoder", positions=44), make_method("cot", {})
    found = trace_answers(method, one, {record.id: record for record in RECORDS}, ANSWERS)
    whole = trace_answers(method, student("tiny-decoder"), {record.id: record for record in RECORDS}, ANSWERS)
    assert 0 < len(found[0].steps) < len(whole[0].steps)


@pytest.mark.parametrize(
    ("name", "options", "reason"),
    [
        ("post", {}, "before any rationale"),
        ("step_by_step", {}, "before any rationale"),
        ("cot", {"answer_format": "step_by_step"}, "before any rationale"),
        ("ases", {"by": "location"}, "in pieces"),
    ],
)
def test_methods_that_cannot_be_traced_say_why(name: str, options: dict[str, Any], reason: str) -> None:
    method: Method = make_method(name, options)
    assert reason in str(why_untraceable(method))
    with pytest.raises(InputError, match="cannot be traced"):
        trace_answers(method, student("tiny-decoder"), {}, [])


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("He has 3.5 kg. Then 2 more!  Done", ["He has 3.5 kg.", "Then 2 more!", "Done"]),
        ("First line\nsecond line.", ["First line", "second line."]),
        ("Dr. Who met Mr. Smith, e.g. twice. Why?", ["Dr. Who met Mr. Smith, e.g. twice.", "Why?"]),
        ("他有三个。还剩两个！", ["他有三个。", "还剩两个！"]),
        ('He said "two." Then left.', ['He said "two."', "Then left."]),
        ("  \n ", []),
        ("", []),
    ],
)
def test_sentences(text: str, sentences: list[str]) -> None:
    spans = sentence_spans(text)
    assert [text[start:end] for start, end in spans] == sentences
    covered = "".join(text[start:end] for start, end in spans)
    assert covered.replace(" ", "") == "".join(text.split())


def test_reasoning_is_what_stands_before_the_answer() -> None:
    common = FORMATS["common"]
    assert common.reasoning(" One. So the answer is: 4\n", "last") == " One. "
    assert common.reasoning(" One.", "last") == " One."
    assert common.reasoning(" So the answer is: 4\n and one.", "first") == ""
    assert FORMATS["step_by_step"].reasoning("4", "last") == ""


def test_the_command_writes_gains_and_keeps_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = make_run(tmp_path / "run", methods=["answer_only", "cot", "post"], seeds=[0], questions=4, gains=False)
    arms = run / "arms" / "gsm8k"
    made = load_student("tiny-decoder", RECORDS, size=TinySize(width=16, layers=1, heads=2))
    for name in ("answer_only", "cot", "post"):
        made.save(arms / name / "tiny-decoder" / "seed0" / "student" / "main", card_of(name, {}, "gsm8k", "main"))
    assert trace(run) == 0
    path = arms / "cot" / "tiny-decoder" / "seed0" / "gains.jsonl"
    first = list(read_gains(path))
    said = capsys.readouterr()
    assert len(first) == 4 and any(gain.steps for gain in first)
    assert "post/tiny-decoder/seed0: not traced, because its answers stand before any rationale" in said.err
    assert not (arms / "post" / "tiny-decoder" / "seed0" / "gains.jsonl").exists()
    write_gains(path, first[:1])
    assert trace(run) == 0 and len(list(read_gains(path))) == 1, "what was traced is kept"
    assert trace(run, "--replace", "--questions", "3") == 0
    fewer, same = (flat(some) for some in (list(read_gains(path)), first[:3]))
    assert fewer[0] == same[0] and fewer[1] == pytest.approx(same[1], abs=2e-5), "read in other company, rounded apart"


def flat(gains: list[Gains]) -> tuple[list[Any], list[float]]:
    """What the gains are of, and their numbers."""
    places = [(gain.id, gain.sample, [(step.start, step.end) for step in gain.steps]) for gain in gains]
    steps = [number for gain in gains for step in gain.steps for number in (step.logprob, step.gain)]
    return places, [*(gain.base for gain in gains), *steps]


def trace(run: Path, *more: str) -> int:
    return smallsteps("trace", run, *more)
