"""Teacher × questions → corpus."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from smallsteps.progress import SILENT, Progress
from smallsteps.records import Rationale, Record
from smallsteps.sampling.budget import Budget, Caps
from smallsteps.sampling.plan import Asked, Settings, has_right, make_plan
from smallsteps.sampling.reading import rationale_of
from smallsteps.sampling.sampler import Sampler, SamplingCounts, StopSignal
from smallsteps.sampling.store import Store
from smallsteps.tasks import get_task
from smallsteps.teachers import Prompt, PromptedTeacher, Teacher


@dataclass(frozen=True)
class Outcome:
    """What a run brought. `missing` counts samples that are still to be asked for, `given_up` explains some of them.

    `prompt_tokens` and `completion_tokens` are what the store has cost in all its runs; `presumed_tokens` of them were
    counted at the worst case because a reply was lost.
    """

    tally: SamplingCounts
    missing: int
    given_up: Mapping[str, str]
    prompt_tokens: int
    completion_tokens: int
    presumed_tokens: int


def sample(
    records: Sequence[Record],
    teacher: PromptedTeacher,
    store: Store,
    prompt: Prompt = Prompt(),  # noqa: B008 - frozen
    settings: Settings = Settings(),  # noqa: B008 - frozen
    caps: Caps = Caps(),  # noqa: B008 - frozen
    progress: Progress = SILENT,
    stop_signal: StopSignal | None = None,
) -> Outcome:
    """Ask the teacher for what the store does not hold yet; `corpus` then reads it from there.

    Raises OptionError or WorkError when the teacher cannot be asked; every sample that came before is in the store.
    """
    plan = make_plan(records, teacher, prompt, settings, store)
    store.remember({key: asked.content for key, asked in plan.items()})
    budget = Budget(store, caps)
    sampler = Sampler(plan, teacher, settings, store, budget, stop_signal or StopSignal())
    total = None if settings.until_right else sum(len(asked.missing) for asked in plan.values())
    if total != 0:
        with progress.bar("Sampling", total) as bar:
            asyncio.run(sampler.run(bar))
    return Outcome(sampler.tally, still_missing(plan, teacher, settings, store), sampler.given_up, *budget.tokens,
                   budget.presumed)  # fmt: skip


def still_missing(plan: Mapping[str, Asked], teacher: PromptedTeacher, settings: Settings, store: Store) -> int:
    """How many samples of a plan the store does not hold; until right, how many questions are without a right one."""
    if settings.until_right:
        return sum(not has_right(asked, settings.count, store) for asked in plan.values())
    complete = store.complete(teacher.length_limit)
    return sum(len(set(range(settings.count)) - complete.get(key, set())) for key in plan)


def corpus(
    records: Sequence[Record], teacher: PromptedTeacher, store: Store, prompt: Prompt, settings: Settings
) -> Iterator[Record]:
    """The records with their own rationales and the samples that the store holds for them, read and judged.

    A rationale of the record that came from the same request before is replaced by the store's.
    """
    plan = make_plan(records, teacher, prompt, settings, store)
    keys = {record.id: asked.key for asked in plan.values() for record in asked.records}
    for record in records:
        yield _with_samples(record, keys[record.id], teacher, store, settings.count)


def _with_samples(record: Record, key: str, teacher: PromptedTeacher, store: Store, count: int) -> Record:
    task = get_task(record.task)
    own = tuple(rationale for rationale in record.rationales if rationale.prompt_hash != key)
    found = (
        rationale_of(stored, record, task, key, teacher.label, teacher.sampling_temperature)
        for stored in store.samples(key, count)
    )
    return replace(record, rationales=(*own, *(rationale for rationale in found if rationale.text)))


def sample_directly(records: Sequence[Record], teacher: Teacher, count: int, seed: int) -> Iterator[Record]:
    """The records with the rationales of a teacher that costs nothing and needs no store, judged where they are not."""
    asked = {record.id: record for record in records}
    for identity, rationales in teacher.rationales(records, count, seed):
        record = asked[identity]
        yield replace(record, rationales=(*record.rationales, *(_judged(found, record) for found in rationales)))


def _judged(rationale: Rationale, record: Record) -> Rationale:
    if rationale.correct is not None or rationale.answer is None:
        return rationale
    return replace(rationale, correct=get_task(record.task).judge(rationale.answer, record))
