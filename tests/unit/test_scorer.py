"""The scorer: one pass a question gives what one pass a clause gives, on students of every kind."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from models import folder_of
from smallsteps.decoding.scorer import StudentScorer
from smallsteps.engine.student import Student, load_student
from smallsteps.engine.tokens import encode_prompt
from smallsteps.errors import InputError
from smallsteps.methods import make_method
from smallsteps.records import Rationale, Record
from smallsteps.segment import Measured, make_strategy, segment_records

CLAUSES = [
    [["Tom has 12 apples,", " and buys 7 more."], ["Tom has 12 apples,", " so that is 12 + 7 = 19.", " So 19."]],
    [["The coin was flipped once."], []],
    [["双肺纹理增多，", "未见异常。"]],
]
RECORDS = [
    Record(str(number), "word_problems", f"Question {number}: how many?", "19",
           rationales=tuple(Rationale("".join(some)) for some in told))
    for number, told in enumerate(CLAUSES)
]  # fmt: skip


def pupil(family: str, folder: Path) -> Student:
    student = load_student(str(folder_of(family, folder / family)))
    with torch.no_grad():
        for parameter in student.model.parameters():
            parameter.add_(0.2 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(1)))
    student.model.eval()
    return student


def naive(student: Student, prompt: str, before: str, clause: str) -> Measured:
    """One pass for one clause, with the whole vocabulary at every place."""
    tokenizer, template = student.tokenizer, student.template
    prefix = list(encode_prompt(tokenizer, template, prompt))
    known = tokenizer(prompt + before, add_special_tokens=False)["input_ids"]
    target = tokenizer(prompt + before + clause, add_special_tokens=False)["input_ids"][len(known) :]
    context = tokenizer(prompt + before, add_special_tokens=False)["input_ids"]
    context = context[len(tokenizer(prompt, add_special_tokens=False)["input_ids"]) :]
    with torch.no_grad():
        if template.split:
            start = [student.model.config.decoder_start_token_id]
            ids = [*context, *target]
            full = [*template.target_start, *ids]
            logits = student.model(
                input_ids=torch.tensor([prefix]), decoder_input_ids=torch.tensor([[*start, *full[:-1]]])
            ).logits[0]
            kept = len(target) + (0 if before else len(template.target_start))
            logits, labels = logits[-kept:], full[-kept:]
        else:
            ids = [*prefix, *context, *target]
            logits = student.model(torch.tensor([ids])).logits[0][-len(target) - 1 : -1]
            labels = target
    logs = logits.log_softmax(-1)
    nll = -logs[range(len(labels)), labels].sum().item()
    return Measured(-(logs.exp() * logs).sum().item(), nll, len(labels))


@pytest.mark.parametrize("family", ["llama", "gpt2", "bloom", "gemma3", "t5", "bart"])
@pytest.mark.parametrize("context", ["question", "growing"])
def test_every_clause_is_measured_as_in_a_pass_of_its_own(family: str, context: str, tmp_path: Path) -> None:
    student, method = pupil(family, tmp_path), make_method("cot", {})
    scorer = StudentScorer(student, method, row_tokens=256, pass_tokens=512)
    records, texts = RECORDS, CLAUSES
    if context == "growing":  # a tokenizer that knows no Chinese joins unknown characters across clauses
        records, texts = RECORDS[:2], CLAUSES[:2]
    found = scorer.measure(records, texts, context)  # type: ignore[arg-type]
    count = 0
    for record, rationales, told in zip(records, texts, found, strict=True):
        for clauses, measured in zip(rationales, told, strict=True):
            before = ""
            assert len(measured) == len(clauses)
            for clause, one in zip(clauses, measured, strict=True):
                text = clause if before else " " + clause.lstrip()
                expected = naive(student, method.prompt(record, "main"), before, text)
                assert one.tokens == expected.tokens
                assert one.entropy == pytest.approx(expected.entropy, rel=2e-4)
                assert one.nll == pytest.approx(expected.nll, rel=2e-4)
                before = before + text if context == "growing" else ""
                count += 1
    assert count == (6 if context == "growing" else 8)


def test_the_question_is_read_once_for_all_its_clauses(tmp_path: Path) -> None:
    scorer = StudentScorer(pupil("llama", tmp_path), make_method("cot", {}))
    scorer.measure(RECORDS[:1], CLAUSES[:1], "question")
    prompt = len(scorer.student.tokenizer(scorer.method.prompt(RECORDS[0], "main"))["input_ids"])
    assert scorer.passes == 1
    assert scorer.tokens < 2 * prompt + 60  # five clauses, one of them twice; apart they take five prompts


@pytest.mark.parametrize(("family", "packs"), [("t5", True), ("bart", False)])
def test_targets_that_begin_alike_are_decoded_once_where_positions_are_relative(
    family: str, packs: bool, tmp_path: Path
) -> None:
    scorer = StudentScorer(pupil(family, tmp_path), make_method("cot", {}))
    told = [[["Tom has 12 apples, and buys 7 more"], ["Tom has 12 apples, and eats 3"], ["Tom has 12 apples"]]]
    together = scorer.measure(RECORDS[:1], told, "question")
    tokens = scorer.tokens
    apart = [StudentScorer(scorer.student, scorer.method).measure(RECORDS[:1], [[one]], "question") for one in told[0]]
    flat = [[one.entropy for told in found[0] for one in told] for found in (together, *apart)]
    assert flat[0] == pytest.approx([one for some in flat[1:] for one in some], rel=1e-4)
    prompt = len(encode_prompt(scorer.student.tokenizer, scorer.student.template, scorer.method.prompt(RECORDS[0], "")))
    lengths = [one.tokens for told in together[0] for one in told]
    assert (tokens - prompt < sum(lengths) - lengths[2]) is packs


def test_the_batch_of_questions_does_not_matter(tmp_path: Path) -> None:
    student, method = pupil("t5", tmp_path), make_method("cot", {})
    together = StudentScorer(student, method).measure(RECORDS, CLAUSES, "question")
    apart = [StudentScorer(student, method, pass_tokens=64).measure([r], [c], "question")[0]
             for r, c in zip(RECORDS, CLAUSES, strict=True)]  # fmt: skip
    flat = [[one.entropy for record in some for told in record for one in told] for some in (together, apart)]
    assert flat[0] == pytest.approx(flat[1], rel=1e-4)


def test_a_scorer_of_another_vocabulary_segments_any_text(tmp_path: Path) -> None:
    """Clauses go to a scorer as text: its vocabulary need not be that of the student who will be taught."""
    scorer = StudentScorer(pupil("bart", tmp_path), make_method("cot", {}))
    chinese = replace(RECORDS[2], rationales=(Rationale("双肺纹理增多，未见明显异常密度影。肝脏大小正常，形态规则。"),))
    (found,) = segment_records([chinese], make_strategy("entropy", {"merge": False}), scorer)
    assert len(found.rationales[0].segments or ()) == 4
    assert all((one.score or 0) > 0 for one in found.rationales[0].segments or ())


def test_a_clause_that_is_too_long_names_its_record(tmp_path: Path) -> None:
    scorer = StudentScorer(pupil("gpt2", tmp_path), make_method("cot", {}), row_tokens=64)
    with pytest.raises(InputError, match="record '0': a clause"):
        scorer.measure(RECORDS[:1], [[["apples " * 200]]], "question")
