"""Reading a sample: the rationale, without the answer phrase, and the answer behind it."""

from __future__ import annotations

from smallsteps.records import Rationale, Record
from smallsteps.sampling.store import Stored
from smallsteps.tasks import Task
from smallsteps.text.reader import ANY, Reading


def read_sample(stored: Stored, record: Record, task: Task) -> Reading:
    """The reading of a sample. A reasoning teacher's thoughts are the rationale, the answer is its reply's."""
    return ANY.read(stored.text, task, task.choices(record), stored.finish, stored.thoughts)


def rationale_of(stored: Stored, record: Record, task: Task, key: str, teacher: str, temperature: float) -> Rationale:
    """A sample as a rationale of its record, read and judged."""
    reading = read_sample(stored, record, task)
    usage = {"prompt_tokens": stored.prompt_tokens, "completion_tokens": stored.completion_tokens,
             "choices": stored.choices, "tokens": stored.tokens}  # fmt: skip
    return Rationale(
        text=reading.rationale,
        answer=reading.answer,
        correct=task.judge(reading.answer, record),
        teacher=teacher,
        model=stored.model,
        prompt_hash=key,
        temperature=temperature,
        seed=stored.seed,
        logprob=stored.logprob,
        finish=stored.finish,
        reply=(reading.reply.strip() or None) if reading.thoughts else None,
        usage={name: value for name, value in usage.items() if value is not None} or None,
    )
