"""Reading a sample: the rationale, without the answer phrase, and the answer behind it."""

from __future__ import annotations

import re

from smallsteps.records import Rationale, Record
from smallsteps.sampling.store import Stored
from smallsteps.tasks import Task
from smallsteps.text.answer_format import get_answer_format

_PHRASE = re.compile(
    r"[*_#\s]*(?:\b(?:so|thus|hence|therefore)\b,?\s+)?\bthe\s+(?:final\s+|correct\s+)?answer\s+is\b[*_\s]*:?[*_]*",
    re.IGNORECASE,
)


def read_text(text: str, task: Task, *, cut: bool = False) -> tuple[str, str | None]:
    """`(rationale, answer)` of a teacher's text.

    The answer stands behind the last `So the answer is:`, else behind the last `the answer is`, up to the first
    blank line; the phrase and everything after it are taken off the rationale. Without a phrase the answer is the
    text's last candidate, or none where the text was `cut` off.
    """
    place = _phrase(text)
    if place is None:
        return text.strip(), None if cut else task.extract_last(text)
    tail = text[place[1] :].lstrip("\n").partition("\n\n")[0]
    before = text[: place[0]].rstrip()
    return before or text.strip(), task.extract(tail)


def _phrase(text: str) -> tuple[int, int] | None:
    marker = get_answer_format("common").marker
    exact = text.rfind(marker)
    if exact >= 0:
        return exact, exact + len(marker)
    found = list(_PHRASE.finditer(text))
    return (found[-1].start(), found[-1].end()) if found else None


def read_sample(stored: Stored, task: Task) -> tuple[str, str | None]:
    """`(rationale, answer)` of a sample. A reasoning teacher's thoughts are the rationale, the answer is its text's."""
    cut = stored.finish == "length"
    if not stored.thoughts:
        return read_text(stored.text, task, cut=cut)
    rationale, thought = read_text(stored.thoughts, task, cut=cut or bool(stored.text.strip()))
    told = read_text(stored.text, task, cut=cut)[1] if stored.text.strip() else None
    return rationale, told or thought


def rationale_of(stored: Stored, record: Record, task: Task, key: str, teacher: str, temperature: float) -> Rationale:
    """A sample as a rationale of its record, read and judged."""
    text, answer = read_sample(stored, task)
    usage = {"prompt_tokens": stored.prompt_tokens, "completion_tokens": stored.completion_tokens,
             "choices": stored.choices, "tokens": stored.tokens}  # fmt: skip
    return Rationale(
        text=text,
        answer=answer,
        correct=task.judge(answer, record),
        teacher=teacher,
        model=stored.model,
        prompt_hash=key,
        temperature=temperature,
        seed=stored.seed,
        logprob=stored.logprob,
        finish=stored.finish,
        usage={name: value for name, value in usage.items() if value is not None} or None,
    )
