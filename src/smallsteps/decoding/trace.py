"""Where a chain of thought gains and fails: the log-probability of the gold answer behind each of its steps.

For one question: the prompt, then every prefix of the rationale that the student wrote, each followed by the answer
phrase and the gold answer. All of them share their beginnings, so that they are one trie of tokens and one pass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import torch

from smallsteps.engine.batches import Collator
from smallsteps.engine.student import Student
from smallsteps.engine.tokens import EncodedView, encode_view
from smallsteps.errors import InputError
from smallsteps.methods import Method, demonstration_count
from smallsteps.progress import SILENT, Progress
from smallsteps.records import Record
from smallsteps.scoring.answers import Answer
from smallsteps.scoring.information_gain import Gains, StepGain
from smallsteps.tensors.device import device_of
from smallsteps.text.sentences import sentence_spans
from smallsteps.training.losses import Mix, part_sums
from smallsteps.training.self_check import check_layouts, sample_for_check
from smallsteps.views import Piece, View

QUESTIONS_A_PASS = 16
ROW_TOKENS, PASS_TOKENS = 1024, 4096
_CONTEXT, _ANSWER = 1.0, 2.0


@dataclass(frozen=True)
class Chain:
    """The views of one question: the gold answer behind no step, the first step, the first two, and so on.

    `spans` are those of the steps in the answer's text; there is one view more than there are steps.
    """

    id: str
    sample: int
    spans: tuple[tuple[int, int], ...]
    views: tuple[EncodedView, ...]


def why_untraceable(method: Method) -> str | None:
    """Why the steps of a method's outputs cannot be traced, in a clause; None where they can."""
    if method.order == "first" or not method.words.marker:
        return "its answers stand before any rationale"
    if len(method.path_names) > 1 or method.added_tokens:
        return "its rationales are written in pieces with tokens of their own between them"
    if demonstration_count(method):
        return "its questions were asked behind demonstrations, which a trace does not draw again"
    return None


def trace_answers(
    method: Method,
    student: Student,
    records: Mapping[str, Record],
    answers: Sequence[Answer],
    progress: Progress = SILENT,
) -> list[Gains]:
    """The gain of every step of the answers' rationales, in the order of the answers.

    Only the gold answer's own tokens count (with what closes it), not the answer phrase. Steps beyond the student's
    last position are left out, and so is a question that alone is too long for it. Raises
    InputError for a method that cannot be traced.
    """
    reason = why_untraceable(method)
    if reason is not None:
        raise InputError(f"{type(method).__name__} cannot be traced: {reason}")
    chains = [_chain(method, student, records[answer.id], answer) for answer in answers]
    chains = [chain for chain in chains if chain.views]
    student.model.eval()
    layout = _layout(student, chains, progress)
    found: list[Gains] = []
    with progress.bar("tracing", len(chains)) as bar:
        for start in range(0, len(chains), QUESTIONS_A_PASS):
            some = chains[start : start + QUESTIONS_A_PASS]
            logprobs = _logprobs(student, some, layout)
            found += [_gains(chain, logprobs[index]) for index, chain in enumerate(some)]
            bar.advance(len(some))
    return found


def _chain(method: Method, student: Student, record: Record, answer: Answer) -> Chain:
    assert record.answer is not None, "a study's test questions have gold answers"
    prompt = method.prompt(record, method.path_names[0])
    spans = sentence_spans(method.words.reasoning(answer.text, method.order))
    phrase = f" {method.words.marker}"
    stated = method.words.conclude(record.answer)[len(phrase) :]
    room = student.architecture.room(student.model)
    views: list[EncodedView] = []
    for end in (0, *(end for _, end in spans)):
        pieces = (Piece(answer.text[:end] + phrase, _CONTEXT), Piece(stated, _ANSWER))
        view = View(record.id, f"step {len(views)}", prompt, pieces, ends=False)
        encoded = encode_view(student.tokenizer, student.template, view)
        if room is not None and max(len(encoded.tokens), len(encoded.source)) > room:
            break
        # Weighed only now: context of weight 0 would move to the source of a student that has one.
        views.append(replace(encoded, weights=(encoded.weights == _ANSWER).astype(encoded.weights.dtype)))
    return Chain(record.id, answer.sample, tuple(spans[: len(views) - 1]), tuple(views))


def _layout(student: Student, chains: Sequence[Chain], progress: Progress) -> Collator:
    """How the views run: as tries, or one by one where this model does not give the same on both."""
    groups = [chain.views for chain in chains]
    if not groups:
        raise InputError("no question fits into the student's positions, so that nothing can be traced")
    longest = max(len(view.tokens) + len(view.source) for group in groups for view in group)
    row_tokens = max(ROW_TOKENS, longest)
    sample = sample_for_check(groups)
    parts = tuple(dict.fromkeys(view.part for group in sample for view in group))
    check = check_layouts(student, sample, Mix.of(dict.fromkeys(parts, 1.0)))
    if check.layout != student.architecture.layout:
        progress.note(f"this model does not run tries of tokens ({check.trouble or 'other losses'}); slower without")
    return Collator(check.layout, (), row_tokens, max(PASS_TOKENS, row_tokens))


@torch.no_grad()
def _logprobs(student: Student, chains: Sequence[Chain], layout: Collator) -> list[list[float]]:
    """The log-probability of the gold answer for every view of every chain."""
    named = [[replace(view, part=f"{index} {view.part}") for view in chain.views] for index, chain in enumerate(chains)]
    parts = tuple(view.part for group in named for view in group)
    device = device_of(student.model)
    sums = torch.zeros(len(parts) + 1, dtype=torch.float64)
    for row in replace(layout, parts=parts)(named).rows:
        sums += part_sums(student.architecture, student.model, row.to(device), parts).cpu().double()
    values = iter((-sums[:-1]).tolist())
    return [[next(values) for _ in group] for group in named]


def _gains(chain: Chain, logprobs: Sequence[float]) -> Gains:
    steps = tuple(
        StepGain(start, end, round(after, 6), round(after - before, 6))
        for (start, end), (before, after) in zip(chain.spans, pairwise(logprobs), strict=True)
    )
    return Gains(chain.id, chain.sample, round(logprobs[0], 6), steps)
