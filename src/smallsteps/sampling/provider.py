"""A provider's batch service: upload a file of requests, wait, download the results."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smallsteps.errors import OptionError, SmallstepsError, WorkError
from smallsteps.progress import Progress
from smallsteps.sampling.batch import Read, endpoint_path, line_names, read_batch
from smallsteps.sampling.store import Store
from smallsteps.teachers.openai import OpenAI

if TYPE_CHECKING:
    from openai import OpenAI as Client

_OVER = {"completed", "failed", "expired", "cancelled"}


def submit(path: Path, teacher: OpenAI, store: Store, folder: Path) -> str:
    """Upload a batch input file and start it; its id, which the store remembers until the results are read.

    The file moves to `folder` under that id.

    Raises OptionError or WorkError for what the provider refuses.
    """

    def start(client: Client) -> str:
        with path.open("rb") as file:
            uploaded = client.files.create(file=file, purpose="batch")
        endpoint: Any = f"/v1/{endpoint_path(teacher)}"
        return client.batches.create(input_file_id=uploaded.id, endpoint=endpoint, completion_window="24h").id

    try:
        batch: str = _asked(teacher, start)
    except SmallstepsError:
        store.release_batch_entries(line_names(path))
        raise
    store.note_batch(batch, endpoint_path(teacher), "open")
    folder.mkdir(parents=True, exist_ok=True)
    path.replace(folder / f"{batch}.jsonl")
    return batch


def collect(
    batch: str, teacher: OpenAI, store: Store, folder: Path, progress: Progress, poll_seconds: float = 30.0
) -> Read:
    """Wait until a batch is over and read its results and errors, kept as files in `folder`.

    Lines that the provider never worked on are free to be asked again. Interrupting loses nothing.
    """
    state: Any = _wait(batch, teacher, progress, poll_seconds)
    files = [one for one in (state.output_file_id, state.error_file_id) if one]
    reads = [read_batch(_download(one, teacher, folder / f"{batch}-{one}.jsonl"), teacher, store) for one in files]
    store.release_batch_entries(line_names(folder / f"{batch}.jsonl"))
    store.note_batch(batch, endpoint_path(teacher), "done")
    told = "" if state.status == "completed" else f"the batch {state.status}: {_reason(state)}"
    return Read(
        sum(read.samples for read in reads),
        sum(read.failed for read in reads),
        sum(read.foreign for read in reads),
        told or next((read.reason for read in reads if read.reason), ""),
        sum((read.empty for read in reads), Counter()),
    )


def _wait(batch: str, teacher: OpenAI, progress: Progress, poll_seconds: float) -> Any:
    with progress.bar(f"Batch {batch}", None) as bar:
        done = 0
        while True:
            state: Any = _asked(teacher, lambda client: client.batches.retrieve(batch))
            counts = state.request_counts
            now = counts.completed + counts.failed if counts else 0
            bar.advance(now - done, status=state.status, of=counts.total if counts else "?")
            done = now
            if state.status in _OVER:
                return state
            time.sleep(poll_seconds)


def _download(file: str, teacher: OpenAI, target: Path) -> Path:
    _asked(teacher, lambda client: client.files.content(file).write_to_file(target))
    return target


def _reason(state: Any) -> str:
    errors = state.errors.data if state.errors and state.errors.data else []
    return str(errors[0].message) if errors else "no reason given"


def _asked(teacher: OpenAI, question: Callable[[Client], Any]) -> Any:
    import openai

    from smallsteps.teachers import fault_of, without_key

    url, key_name, key = teacher.first_address()
    with openai.OpenAI(api_key=key, base_url=url or None, timeout=teacher.timeout_seconds, max_retries=4) as client:
        try:
            return question(client)
        except openai.APIError as error:
            fault = fault_of(error, teacher.model, key_name, lambda text: without_key(text, key))
            kind = OptionError if fault.kind in ("refused", "rejected") else WorkError
            raise kind(f"{url or 'the default OpenAI endpoint'}: {fault.message}") from None
