"""The loop that asks: as fast as the endpoints allow, again where it failed, never beyond the budget."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from smallsteps.errors import OptionError, SmallstepsError, WorkError
from smallsteps.progress import Bar
from smallsteps.records import unit_interval
from smallsteps.sampling.budget import Budget
from smallsteps.sampling.concurrency import ConcurrencyLimiter, backoff, choose
from smallsteps.sampling.plan import Asked, Settings, has_right, worst_case
from smallsteps.sampling.store import Store
from smallsteps.teachers import Ask, Endpoint, Fault, PromptedTeacher, Reply

_BEFORE_FIRST_REPLY = 3  # an endpoint that never answered is not worth a minute of back-off


class StopSignal:
    """A way to stop a run from outside (a signal handler): what is under way is still waited for."""

    def __init__(self) -> None:
        self.pulled = False
        self._told: Callable[[], object] | None = None

    def pull(self) -> None:
        """Send nothing more."""
        self.pulled = True
        if self._told is not None:
            self._told()

    def tell(self, told: Callable[[], object] | None) -> None:
        """Call `told` when it is pulled."""
        self._told = told


@dataclass(frozen=True, slots=True)
class _Job:
    key: str
    indices: tuple[int, ...]
    attempt: int = 0
    """How many requests for it have failed."""


@dataclass(frozen=True, slots=True)
class _Sent:
    job: _Job
    ask: Ask
    entry: int


@dataclass
class SamplingCounts:
    """What a run did: requests sent, replies and samples that came, requests that were rejected for good.

    `empty` counts the samples that held no text, by what came instead. `capped` says that it stopped because nothing
    more fitted the budget.
    """

    requests: int = 0
    replies: int = 0
    samples: int = 0
    capped: bool = False
    rejected: int = 0
    empty: Counter[str] = field(default_factory=Counter)


class Sampler:
    """One run over a plan. `run` once; afterwards `tally` tells what was done, `given_up` the last trouble of each key
    whose requests failed for good."""

    def __init__(
        self,
        plan: Mapping[str, Asked],
        teacher: PromptedTeacher,
        settings: Settings,
        store: Store,
        budget: Budget,
        stop_signal: StopSignal,
    ) -> None:
        self.plan, self.teacher, self.settings = plan, teacher, settings
        self.store, self.budget, self.stop_signal = store, budget, stop_signal
        self.tally = SamplingCounts()
        self.given_up: dict[str, str] = {}
        self._ready: deque[_Job] = deque()
        self._delayed = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._most_choices = settings.choices
        self._turn = -1
        self._failure: BaseException | None = None
        self._trouble = ""
        self._before = budget.tokens
        self._wanted = sum(len(asked.missing) for asked in plan.values())
        self._last_reply = time.monotonic()

    async def run(self, bar: Bar) -> None:
        """Ask for everything that is missing.

        Raises OptionError or WorkError when no endpoint can be used; samples that came before are in the store.
        """
        self._bar, self._wake = bar, asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self.stop_signal.tell(lambda: self._loop.call_soon_threadsafe(self._wake.set))
        self._places = self.teacher.endpoints()
        most, cooling = self.settings.concurrency, 4 * self.settings.backoff_seconds
        self._paces = [ConcurrencyLimiter(min(most, place.ceiling or most), cooling) for place in self._places]
        for asked in self.plan.values():
            self._enqueue(asked.key, asked.missing)
        try:
            await self._drive()
        finally:
            self.stop_signal.tell(None)
            await self._close()
        if self._failure is not None:
            raise self._failure
        if not self.tally.replies and self.tally.rejected:
            raise OptionError(next(iter(self.given_up.values())))

    async def _drive(self) -> None:
        while True:
            self._send()
            if not self._tasks and (self._stopping or not (self._ready or self._delayed)):
                return
            await self._wake.wait()
            self._wake.clear()

    async def _close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for place in self._places:
            await place.close()

    @property
    def _stopping(self) -> bool:
        return self.stop_signal.pulled or self.tally.capped or self._failure is not None

    def _enqueue(self, key: str, indices: Sequence[int]) -> None:
        if indices:
            self._ready.append(_Job(key, tuple(indices)))

    def _send(self) -> None:
        """Send as long as there is something to ask, somewhere to ask it, and budget for it."""
        while self._ready and not self._stopping:
            now = self._loop.time()
            index = choose(self._paces, now, self._turn)
            if index is None:
                return
            batch = self._take(self._places[index].batch)
            if not batch:
                return
            self._turn = index
            self._paces[index].in_flight += 1
            self.tally.requests += len(batch)
            task = self._loop.create_task(self._serve(index, batch))
            self._tasks.add(task)
            task.add_done_callback(self._finished)

    def _take(self, size: int) -> list[_Sent]:
        batch: list[_Sent] = []
        while self._ready and len(batch) < size:
            job = self._cut(self._ready.popleft(), self._most_choices)
            sent = self._reserve(job)
            if sent is None and not self._tasks and not batch and len(job.indices) > 1:
                job = self._cut(job, 1)
                sent = self._reserve(job)
            if sent is None:
                self._ready.appendleft(job)
                self.tally.capped = not self._tasks and not batch
                break
            batch.append(sent)
        return batch

    def _cut(self, job: _Job, size: int) -> _Job:
        """The first `size` indices of a job; the rest waits its turn, or for what the first bring."""
        rest = job.indices[size:]
        if rest and not self.settings.until_right:
            self._ready.appendleft(replace(job, indices=rest, attempt=0))
        return replace(job, indices=job.indices[:size])

    def _reserve(self, job: _Job) -> _Sent | None:
        asked = self.plan[job.key]
        entry = self.budget.reserve(*worst_case(asked, job.indices, self.teacher.length_limit))
        if entry is None:
            return None
        seed = int(unit_interval("sample", self.settings.seed, job.key, job.indices[0]) * 2**31)
        ask = Ask(asked.content, len(job.indices), self.teacher.length_limit, seed)
        return _Sent(job, ask, entry)

    async def _serve(self, index: int, batch: list[_Sent]) -> None:
        place, pace = self._places[index], self._paces[index]
        started = self._loop.time()
        try:
            replies = await place.ask([sent.ask for sent in batch])
            pace.replied()
            for sent, reply in zip(batch, replies, strict=True):
                self._received(sent, reply)
        except Fault as fault:
            for sent in batch:
                self.budget.lost(sent.entry, fault.paid)
            self._troubled(place, pace, fault, started)
            for sent in batch:
                self._again(sent.job, fault, pace)
        finally:
            pace.in_flight -= 1

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self._failure = self._failure or task.exception()
        self._wake.set()

    def _received(self, sent: _Sent, reply: Reply) -> None:
        job, came = sent.job, len(reply.samples)
        cost = self.budget.cost(sent.entry, reply.prompt_tokens, reply.completion_tokens)
        seed = sent.ask.seed if self.teacher.seeded else None
        self.store.keep(sent.entry, job.key, job.indices, reply, sent.ask.max_tokens, seed, cost)
        self.budget.closed(sent.entry)
        self._last_reply = time.monotonic()
        kept = min(came, len(job.indices))
        empty = [sample.empty for sample in reply.samples[:kept] if sample.empty]
        self.tally.replies += 1
        self.tally.samples += kept - len(empty)
        self.tally.empty.update(empty)
        if came < len(job.indices):
            self._most_choices = max(1, min(self._most_choices, came))
        self._continue(job, kept)
        self._show(kept)

    def _continue(self, job: _Job, kept: int) -> None:
        """Ask for the choices that did not come; until right, also for what was held back."""
        rest = job.indices[kept:]
        if self.settings.until_right:
            asked = self.plan[job.key]
            if has_right(asked, self.settings.count, self.store):
                return
            rest += tuple(index for index in asked.missing if index > job.indices[-1])
        self._enqueue(job.key, rest)

    def _troubled(self, place: Endpoint, pace: ConcurrencyLimiter, fault: Fault, started: float) -> None:
        """Slow down, cool down, or give an endpoint up."""
        now, patience = self._loop.time(), self.settings.patience_seconds
        self._trouble = f"{place.name}: {fault.message}"
        if (fault.wait_seconds or 0.0) > patience:
            wait = f"it asks to wait {fault.wait_seconds:.0f} s, longer than the {patience:g} s of --patience"
            pace.dead = f"{self._trouble}; {wait}"
        elif fault.kind == "busy":
            pace.busy(started, now, fault.wait_seconds)
        elif fault.kind == "broken":
            pace.broke(started, now, fault.wait_seconds)
        elif fault.kind == "refused":
            pace.dead = self._trouble
        if all(other.dead for other in self._paces):
            is_input = fault.kind == "refused" and not self.tally.replies
            self._fail(OptionError if is_input else WorkError, pace.dead)
        elif time.monotonic() - self._last_reply > patience:
            self._fail(WorkError, f"no reply for {patience:g} s; the last trouble: {self._trouble}")
        if pace.resume_at > now and self._failure is None:
            self._loop.call_later(pace.resume_at - now + 0.001, self._wake.set)  # not a tick too early

    def _again(self, job: _Job, fault: Fault, pace: ConcurrencyLimiter) -> None:
        """Queue a failed job once more after its back-off, or give it up."""
        if fault.kind == "rejected":
            self.tally.rejected += 1
            self.given_up[job.key] = self._trouble
            if not self.tally.replies and self.tally.rejected >= 8:
                self._fail(OptionError, self._trouble)
            return
        if pace.dead:
            self._ready.appendleft(job)
            return
        attempt = job.attempt + 1
        is_hopeful = self.tally.replies or any(not other.broken_in_a_row and not other.dead for other in self._paces)
        allowed = self.settings.retries if is_hopeful else min(self.settings.retries, _BEFORE_FIRST_REPLY)
        if fault.kind == "broken" and attempt > allowed:
            self.given_up[job.key] = self._trouble
            if not is_hopeful:
                self._fail(WorkError, f"{self._trouble} (asked {attempt} times)")
            return
        self._delayed += 1
        again = replace(job, attempt=attempt if fault.kind == "broken" else job.attempt)
        times = attempt if fault.kind == "broken" else pace.busy_in_a_row
        wait = backoff(times, random.random(), self.settings.backoff_seconds)
        self._loop.call_later(wait, self._due, again)

    def _due(self, job: _Job) -> None:
        self._delayed -= 1
        self._ready.append(job)
        self._wake.set()

    def _fail(self, kind: type[SmallstepsError], message: str) -> None:
        self._failure = self._failure or kind(message)

    def _show(self, kept: int) -> None:
        prompt, completion = self.budget.tokens
        facts: dict[str, object] = {"tokens": f"{prompt + completion:,}"}
        price = self.budget.caps.price
        if price is not None:
            cost = price.of(prompt, completion)
            each = (cost - price.of(*self._before)) / max(self.tally.samples, 1)
            facts |= {"cost": f"{cost:.4g}", "projected": f"{cost + each * (self._wanted - self.tally.samples):.4g}"}
        self._bar.advance(kept, **facts)
