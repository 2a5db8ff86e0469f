"""What `smallsteps sample` does with its options."""

from __future__ import annotations

import json
import signal
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from smallsteps.cli._console import out as console
from smallsteps.cli._console import progress, table
from smallsteps.cli._inputs import require_corpus
from smallsteps.errors import OptionError, SmallstepsError, WorkError
from smallsteps.records import Record, read_records, require_answers, write_records
from smallsteps.sampling import Caps, Outcome, Settings, StopSignal, Store, corpus, make_plan, make_teacher, sample
from smallsteps.sampling.batch import read_batch, require_openai, write_batch
from smallsteps.sampling.budget import Budget
from smallsteps.sampling.estimate import estimate
from smallsteps.sampling.plan import indices_out
from smallsteps.sampling.prompts import (
    read_demonstrations,
    read_guidance,
    refuse_test_questions,
    refuse_tested_records,
)
from smallsteps.sampling.rephrase import REPHRASE, rephrased
from smallsteps.sampling.sample import sample_directly
from smallsteps.teachers import Prompt, PromptedTeacher, Teacher


@dataclass(frozen=True)
class SampleOptions:
    """The options of the command, read but not yet carried out."""

    questions: Path
    out: Path
    store: Path
    teacher: str
    given: Mapping[str, Any]
    settings: Sequence[str]
    demonstrations: Path | None
    demonstration_set: str | None
    against: Path | None
    guidance: Path | None
    instruction: str | None
    rephrase: int | None
    dry_run: bool
    batch: bool
    batch_write: Path | None
    batch_read: Sequence[Path]
    batch_forget: bool
    caps: Caps
    pace: Settings


class Job:
    """One run of the command."""

    def __init__(self, options: SampleOptions) -> None:
        """Read every file and check every option before anything is asked."""
        self.options = options
        require_corpus(options.questions)
        self.records = list(read_records(options.questions))
        if options.pace.until_right:
            require_answers(self.records, options.questions)
        if options.against:
            refuse_tested_records(self.records, options.questions, options.against)
        if options.rephrase and options.pace.until_right:
            raise OptionError("--rephrase and --until-right do not go together: a rewritten question is never right")

    def run(self) -> None:
        """Sample and write the corpus, or do what was asked instead."""
        options = self.options
        settings = dict(options.given) | parse_settings(options.settings)
        if options.pace.seed is not None and options.teacher == "openai":
            settings.setdefault("send_seed", True)
        teacher = make_teacher(options.teacher, settings)
        if not isinstance(teacher, PromptedTeacher):
            self._directly(teacher)
            return
        prompt = self._prompt()
        is_new = options.dry_run and not options.store.exists()
        with Store(":memory:" if is_new else options.store) as store:
            if options.batch_forget:
                store.release_batch_entries(store.open_batch_names())
            if options.dry_run:
                self._tell_estimate(teacher, prompt, store)
            elif options.batch_write:
                self._write_batch(options.batch_write, teacher, prompt, store)
            elif options.batch_read or options.batch:
                self._by_batch(teacher, prompt, store)
            else:
                self._ask(teacher, prompt, store)

    def _directly(self, teacher: Teacher) -> None:
        options = self.options
        unfit = {
            "--demonstrations": options.demonstrations, "--guidance": options.guidance, "--rephrase": options.rephrase,
            "--instruction": options.instruction, "--until-right": options.pace.until_right,
            "--dry-run": options.dry_run,
            "--batch": options.batch, "--batch-write": options.batch_write, "--batch-read": options.batch_read,
            "--max-cost": options.caps.cost, "--max-tokens-total": options.caps.tokens,
        }  # fmt: skip
        for option, value in unfit.items():
            if value:
                raise OptionError(
                    f"the teacher '{options.teacher}' is not asked in words and costs nothing; leave {option} out"
                )
        told = sample_directly(self.records, teacher, options.pace.count, options.pace.seed or 0)
        self._write(list(told))

    def _prompt(self) -> Prompt:
        options = self.options
        if options.rephrase:
            for option, value in (("--demonstrations", options.demonstrations), ("--instruction", options.instruction)):
                if value is not None:
                    raise OptionError(f"--rephrase has a prompt of its own; leave {option} out")
            return REPHRASE if options.guidance is None else replace(REPHRASE, guidance=read_guidance(options.guidance))
        prompt = Prompt() if options.instruction is None else Prompt(instruction=options.instruction, ending="")
        if options.guidance:
            prompt = replace(prompt, guidance=read_guidance(options.guidance))
        if options.demonstrations:
            tasks = [record.task for record in self.records]
            shown = read_demonstrations(options.demonstrations, options.demonstration_set, tasks)
            if options.against:
                refuse_test_questions(shown, options.demonstrations, options.against)
            prompt = replace(prompt, demonstrations=shown)
        elif options.demonstration_set:
            raise OptionError("--demonstration-set names a set of a file; add --demonstrations FILE")
        return prompt

    def _ask(self, teacher: PromptedTeacher, prompt: Prompt, store: Store) -> None:
        stop_signal = StopSignal()
        try:
            with _stopped_by_hand(stop_signal):
                outcome = sample(
                    self.records, teacher, store, prompt, self.options.pace, self.options.caps, progress(), stop_signal
                )
        except (SmallstepsError, KeyboardInterrupt):
            if store.size():
                self._write(self._corpus(teacher, prompt, store))
            raise
        self._write(self._corpus(teacher, prompt, store))
        self._tell_spent(outcome)
        if stop_signal.pulled:
            raise KeyboardInterrupt
        self._complain(outcome, store)

    def _corpus(self, teacher: PromptedTeacher, prompt: Prompt, store: Store) -> list[Record]:
        make = rephrased if self.options.rephrase else corpus
        return list(make(self.records, teacher, store, prompt, self.options.pace))

    def _write(self, records: list[Record]) -> None:
        write_records(self.options.out, records)
        told = [rationale for record in records for rationale in record.rationales]
        rows = [("questions", len(records)), ("rationales", len(told)),
                ("right", sum(rationale.correct is True for rationale in told)),
                ("with an answer", sum(rationale.answer is not None for rationale in told))]  # fmt: skip
        console.print(table(f"wrote {self.options.out}", ("what", "count"), rows))

    def _tell_spent(self, outcome: Outcome) -> None:
        price = self.options.caps.price
        tokens = outcome.prompt_tokens + outcome.completion_tokens
        cost = f", cost {price.of(outcome.prompt_tokens, outcome.completion_tokens):.4g}" if price else ""
        self._tell_empty(outcome.tally.empty)
        lost = f", {outcome.presumed_tokens:,} of them assumed for lost replies" if outcome.presumed_tokens else ""
        console.print(f"{outcome.tally.requests:,} requests, {outcome.tally.samples:,} samples received; the store "
                      f"has used {tokens:,} tokens in total{cost}{lost}", soft_wrap=True)  # fmt: skip

    def _tell_empty(self, empty: Counter[str]) -> None:
        if empty:
            reasons = ", ".join(f"{count} × {reason}" for reason, count in empty.most_common())
            console.print(f"{empty.total()} replies held no text ({reasons}) and were not kept; the same command asks "
                          "again", soft_wrap=True, markup=False)  # fmt: skip

    def _complain(self, outcome: Outcome, store: Store) -> None:
        """Raise WorkError where samples are missing, with the reason and the way out."""
        if outcome.tally.capped:
            raise WorkError(f"stopped before {self.options.caps.told()} could be passed, with {outcome.missing} still "
                            "missing; raise the cap and run the same command to go on")  # fmt: skip
        if outcome.given_up:
            reason = next(iter(outcome.given_up.values()))
            raise WorkError(f"{len(outcome.given_up)} questions were given up ({reason}); the others are in "
                            f"{self.options.out}; run the same command to ask again")  # fmt: skip
        out = sum(map(len, indices_out(store).values()))
        if out and outcome.missing:
            console.print(f"{out} samples are out in batch files; read their results with --batch-read, or give them "
                          "up with --batch-forget", soft_wrap=True)  # fmt: skip

    def _tell_estimate(self, teacher: PromptedTeacher, prompt: Prompt, store: Store) -> None:
        options = self.options
        told = estimate(
            make_plan(self.records, teacher, prompt, options.pace, store), options.pace, teacher.length_limit, store
        )
        likely = told.completion_likely
        rows = [
            ("questions", f"{told.questions:,}", ""),
            ("samples to ask for", f"{told.samples:,}", ""),
            ("samples in the store", f"{told.held:,}", ""),
            ("requests", f"{told.requests:,}", ""),
            ("prompt tokens", f"{told.prompt_likely:,}", f"{told.prompt_worst:,}"),
            ("completion tokens", "?" if likely is None else f"{likely:,}", f"{told.completion_worst:,}"),
        ]
        price = options.caps.price
        if price:
            about = "?" if likely is None else f"{price.of(told.prompt_likely, likely):.4g}"
            rows.append(("cost", about, f"{price.of(told.prompt_worst, told.completion_worst):.4g}"))
        console.print(table("nothing was asked", ("what", "about", "at most"), rows))

    def _write_batch(self, path: Path, teacher: Teacher, prompt: Prompt, store: Store) -> None:
        asked = require_openai(teacher)
        plan = make_plan(self.records, asked, prompt, self.options.pace, store)
        budget = Budget(store, self.options.caps)
        written = write_batch(path, plan, asked, self.options.pace, store, budget)
        console.print(f"wrote {written} requests to {path}; read the results with --batch-read FILE", soft_wrap=True)

    def _by_batch(self, teacher: PromptedTeacher, prompt: Prompt, store: Store) -> None:
        from smallsteps.sampling.provider import collect, submit

        asked, folder = require_openai(teacher), self.options.store.with_suffix(".batches")
        reads = [read_batch(path, asked, store) for path in self.options.batch_read]
        if self.options.batch:
            if not store.open_batches():
                file = folder / "next.jsonl"
                plan = make_plan(self.records, asked, prompt, self.options.pace, store)
                if write_batch(file, plan, asked, self.options.pace, store, Budget(store, self.options.caps)):
                    console.print(f"started batch {submit(file, asked, store, folder)}")
                elif any(one.missing for one in plan.values()):
                    raise WorkError(f"nothing more fits {self.options.caps.told()}; raise the cap to go on")
            reads += [collect(batch, asked, store, folder, progress()) for batch in store.open_batches()]
        self._write(self._corpus(asked, prompt, store))
        failed = sum(read.failed for read in reads)
        reason = next((read.reason for read in reads if read.reason), "")
        self._tell_empty(sum((read.empty for read in reads), Counter()))
        came, foreign = sum(read.samples for read in reads), sum(read.foreign for read in reads)
        console.print(f"read {came} samples; {failed} requests failed, {foreign} lines were read before or are not of "
                      "this store", soft_wrap=True)  # fmt: skip
        if reason:
            raise WorkError(f"{failed} batch requests brought nothing ({reason}); run the same command to ask again")


def parse_settings(texts: Sequence[str]) -> dict[str, Any]:
    """`NAME=VALUE` settings; a value that is JSON is taken as such. Raises OptionError for anything else."""
    found: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not (name.strip() and equals):
            raise OptionError(f"--set {text}: expected NAME=VALUE, such as --set rows=8")
        try:
            found[name.strip()] = json.loads(value)
        except ValueError:
            found[name.strip()] = value
    return found


@contextmanager
def _stopped_by_hand(stop_signal: StopSignal) -> Iterator[None]:
    """The first Ctrl-C stops asking and waits for what is under way, the second stops at once."""

    def stop(*_: object) -> None:
        if stop_signal.pulled:
            raise KeyboardInterrupt
        progress().note("stopping: waiting for what is under way; press Ctrl-C again not to wait")
        stop_signal.pull()

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
