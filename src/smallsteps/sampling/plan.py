"""What is still to be asked: every question with its key and the sample indices that the store does not hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from smallsteps.errors import OptionError
from smallsteps.records import Record, content_hash, question_key
from smallsteps.sampling.reading import read_sample
from smallsteps.sampling.store import Store
from smallsteps.tasks import get_task
from smallsteps.teachers import Prompt, PromptedTeacher


@dataclass(frozen=True)
class Settings:
    """How to sample.

    count: samples wanted for each question. choices: the most asked for in one request. concurrency: the most
    requests in flight at each endpoint. retries: how often a failed request is sent again (429s apart).
    patience_seconds: how long to go on without a single reply. backoff_seconds: the first wait after a failure, doubled
    each time. seed: part of what identifies a sample.
    until_right: ask a question only until one of its rationales is right, at most `count` times.
    """

    count: int = 30
    choices: int = 8
    concurrency: int = 64
    retries: int = 8
    patience_seconds: float = 300.0
    seed: int | None = None
    until_right: bool = False
    backoff_seconds: float = 0.5

    def __post_init__(self) -> None:
        for name in ("count", "choices", "concurrency"):
            if getattr(self, name) < 1:
                raise OptionError(f"{name} is {getattr(self, name)}; expected at least 1")
        if self.retries < 0 or self.patience_seconds <= 0:
            raise OptionError("retries cannot be negative, and patience must be above 0 seconds")


@dataclass(frozen=True)
class Asked:
    """One question as it is put to the teacher. `missing` are the sample indices to be asked for, in order.

    `bound` is the most tokens that its prompt can have. Records with the same prompt share an Asked.
    """

    key: str
    content: dict[str, Any]
    records: tuple[Record, ...]
    missing: tuple[int, ...]
    bound: int


def make_plan(
    records: Sequence[Record], teacher: PromptedTeacher, prompt: Prompt, settings: Settings, store: Store
) -> dict[str, Asked]:
    """Every question by its key, with what is missing; complete ones included, with nothing missing.

    A demonstration is left out of the prompt of its own question, whose answer it would give away.
    """
    complete = store.complete(teacher.length_limit)
    out = indices_out(store)
    plan: dict[str, Asked] = {}
    for record in records:
        content = teacher.content(record, without_demonstration(prompt, record))
        key = content_hash(content, settings.seed)
        if key in plan:
            plan[key] = replace(plan[key], records=(*plan[key].records, record))
            continue
        held = complete.get(key, set()) | out.get(key, set())
        missing = tuple(index for index in range(settings.count) if index not in held)
        plan[key] = Asked(key, content, (record,), missing, teacher.prompt_bound(content))
    if settings.until_right:
        plan = {key: _until_right(asked, settings, store) for key, asked in plan.items()}
    return plan


def without_demonstration(prompt: Prompt, record: Record) -> Prompt:
    """The prompt without a demonstration of the record's own question."""
    own = question_key(record.question)
    kept = tuple(shown for shown in prompt.demonstrations if question_key(shown.question) != own)
    return prompt if len(kept) == len(prompt.demonstrations) else replace(prompt, demonstrations=kept)


def _until_right(asked: Asked, settings: Settings, store: Store) -> Asked:
    return replace(asked, missing=()) if has_right(asked, settings.count, store) else asked


def has_right(asked: Asked, count: int, store: Store) -> bool:
    """Whether every record of a question has a right rationale, of its own or among its stored samples."""
    return all(_has_right(record, asked.key, count, store) for record in asked.records)


def _has_right(record: Record, key: str, count: int, store: Store) -> bool:
    task = get_task(record.task)
    if any(rationale.correct for rationale in record.rationales):
        return True
    return any(task.judge(read_sample(stored, record, task).answer, record) for stored in store.samples(key, count))


def worst_case(asked: Asked, indices: Sequence[int], max_tokens: int) -> tuple[int, int]:
    """The most prompt and completion tokens that a request for `indices` can be billed."""
    return asked.bound, len(indices) * max_tokens


def chunks(indices: Sequence[int], size: int) -> Iterator[tuple[int, ...]]:
    """`indices` in runs of at most `size`."""
    for start in range(0, len(indices), size):
        yield tuple(indices[start : start + size])


def batch_name(key: str, indices: Sequence[int]) -> str:
    """The name of a batch line: the key and the run of indices it asks for. At most 64 characters."""
    return f"{key}-{indices[0]}-{len(indices)}"


def parse_batch_name(name: str) -> tuple[str, tuple[int, ...]] | None:
    """`(key, indices)` of a batch line's name, None for a name of somebody else's."""
    key, _, rest = name.partition("-")
    first, _, count = rest.partition("-")
    if len(key) != 16 or not (first.isdecimal() and count.isdecimal()):
        return None
    return key, tuple(range(int(first), int(first) + int(count)))


def indices_out(store: Store) -> dict[str, set[int]]:
    """The indices of each key that are out in a batch whose results were not read yet."""
    found: dict[str, set[int]] = {}
    for name in store.open_batch_names():
        parsed = parse_batch_name(name)
        if parsed:
            found.setdefault(parsed[0], set()).update(parsed[1])
    return found
