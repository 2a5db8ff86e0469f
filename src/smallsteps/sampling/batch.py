"""The providers' batch endpoints: files in, files out, at their own pace and usually at half the price."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from smallsteps.errors import FileError, OptionError
from smallsteps.files import atomic_writer, parse_json, read_lines
from smallsteps.records import unit_interval
from smallsteps.sampling.budget import Budget
from smallsteps.sampling.plan import Asked, Settings, batch_name, chunks, parse_batch_name, worst_case
from smallsteps.sampling.store import Store
from smallsteps.teachers import Ask, Fault, read_reply
from smallsteps.teachers.openai import OpenAI

LINES_PER_FILE = 50_000  # the providers' own limit


@dataclass(frozen=True)
class Read:
    """What a results file brought: samples kept, lines that failed (and the first reason), lines of other stores.

    `empty` counts the samples that held no text, by what came instead.
    """

    samples: int
    failed: int
    foreign: int
    reason: str = ""
    empty: Counter[str] = field(default_factory=Counter)


def write_batch(
    path: Path, plan: Mapping[str, Asked], teacher: OpenAI, settings: Settings, store: Store, budget: Budget
) -> int:
    """Write requests for what is missing as a batch input file; return their number.

    Each line is reserved at its worst case and counted as out until its results are read: it is not asked for in any
    other way meanwhile. Stops at the cap, and at the providers' limit of lines.
    """
    store.remember({key: asked.content for key, asked in plan.items()})
    count = 0
    with atomic_writer(path) as file:
        for asked, indices in _requests(plan, settings):
            name = batch_name(asked.key, indices)
            worst = worst_case(asked, indices, teacher.length_limit)
            if count == LINES_PER_FILE or budget.reserve(*worst, batch=name) is None:
                break
            file.write(json.dumps(_line(name, asked, indices, teacher, settings), ensure_ascii=False) + "\n")
            count += 1
    return count


def _requests(plan: Mapping[str, Asked], settings: Settings) -> Iterator[tuple[Asked, tuple[int, ...]]]:
    for asked in plan.values():
        for run in _runs(asked.missing):
            for indices in chunks(run, settings.choices):
                yield asked, indices


def _runs(indices: Sequence[int]) -> Iterator[list[int]]:
    run: list[int] = []
    for index in indices:
        if run and index != run[-1] + 1:
            yield run
            run = []
        run.append(index)
    if run:
        yield run


def _line(name: str, asked: Asked, indices: Sequence[int], teacher: OpenAI, settings: Settings) -> dict[str, Any]:
    seed = int(unit_interval("sample", settings.seed, asked.key, indices[0]) * 2**31)
    body = teacher.request_body(Ask(asked.content, len(indices), teacher.length_limit, seed))
    return {"custom_id": name, "method": "POST", "url": f"/v1/{endpoint_path(teacher)}", "body": body}


def endpoint_path(teacher: OpenAI) -> str:
    """Where the requests of a teacher go, below the base URL."""
    return "chat/completions" if teacher.api == "chat" else "completions"


def read_batch(path: Path, teacher: OpenAI, store: Store) -> Read:
    """Read a results (or errors) file into the store; reading it twice changes nothing.

    A line is taken once, by the reservation that its request left; lines of requests that this store did not write are
    counted as foreign. Raises FileError for a line that is no result.
    """
    samples = failed = foreign = 0
    reason, empty = "", Counter[str]()
    for number, line in read_lines(path):
        row = _row(line, path, number)
        name = str(row["custom_id"])
        parsed, entry = parse_batch_name(name), store.open_batch_entry(name)
        if parsed is None or entry is None:
            foreign += 1
            continue
        told = _failure(row)
        if told:
            store.settle(entry[0], 0, 0)
        came = [] if told else _keep(row, entry, parsed, teacher, store)
        if not came:
            failed, reason = failed + 1, reason or told or "the reply holds no choices"
        empty.update(filter(None, came))
        samples += came.count("")
    return Read(samples, failed, foreign, reason, empty)


def line_names(path: Path) -> list[str]:
    """The names of the lines of a batch file. Raises FileError for a line that is none."""
    return [str(_row(line, path, number)["custom_id"]) for number, line in read_lines(path)]


def _row(line: str, path: Path, number: int) -> dict[str, Any]:
    try:
        row = parse_json(line)
    except ValueError:
        raise FileError(path, "broken JSON; was the file cut off?", line=number) from None
    if not isinstance(row, dict) or "custom_id" not in row:
        raise FileError(path, "not a line of batch results; expected custom_id and response", line=number)
    return row


def _failure(row: Mapping[str, Any]) -> str:
    response = row.get("response") or {}
    status = response.get("status_code", 0)
    if row.get("error"):
        return str(row["error"].get("message") or row["error"]) if isinstance(row["error"], dict) else str(row["error"])
    return "" if status == 200 else f"status {status}: {json.dumps(response.get('body'))[:200]}"


def _keep(
    row: Mapping[str, Any],
    entry: tuple[int, int, int],
    asked: tuple[str, tuple[int, ...]],
    teacher: OpenAI,
    store: Store,
) -> list[str]:
    """Keep what a line brought; for each sample why it holds no text, an empty string where it does."""
    identity, worst_prompt, worst_completion = entry
    try:
        reply = read_reply(json.dumps(row["response"].get("body"), ensure_ascii=False), teacher.model)
    except Fault:
        store.settle(identity, worst_prompt, worst_completion, worst_prompt + worst_completion)
        return []
    prompt, completion = reply.prompt_tokens, reply.completion_tokens
    presumed = (worst_prompt if prompt is None else 0) + (worst_completion if completion is None else 0)
    cost = (
        worst_prompt if prompt is None else prompt,
        worst_completion if completion is None else completion,
        presumed,
    )
    key, indices = asked
    store.keep(identity, key, indices, reply, teacher.length_limit, None, cost)
    return [sample.empty for sample in reply.samples[: len(indices)]]


def require_openai(teacher: object) -> OpenAI:
    """The teacher, if it is one that batch endpoints can be asked for. Raises OptionError otherwise."""
    if isinstance(teacher, OpenAI):
        return teacher
    raise OptionError("batch files are for the teacher 'openai'; choose it with --teacher openai")
