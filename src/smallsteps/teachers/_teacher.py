"""The base classes of teachers: those that write rationales by themselves, and those that are prompted."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from smallsteps.errors import WorkError
from smallsteps.records import Rationale, Record
from smallsteps.registry import Registry


@dataclass(frozen=True)
class Teacher(ABC):
    """The base class of teachers: a frozen dataclass whose fields are its settings."""

    @abstractmethod
    def rationales(self, records: Sequence[Record], count: int, seed: int) -> Iterator[tuple[str, list[Rationale]]]:
        """`(record id, rationales)` for each record, in any order, with up to `count` rationales each.

        A deterministic teacher gives the same rationales for the same record and seed.
        """


@dataclass(frozen=True)
class Demonstration:
    """A worked example for the teacher's prompt; the rationale ends with its answer."""

    question: str
    rationale: str


@dataclass(frozen=True)
class Prompt:
    """The words around a question. With demonstrations the instruction is left out.

    `instruction` begins the answer of a plain completion, or ends the question of a chat, where `ending` asks for the
    form of the answer; `guidance` comes first.
    """

    guidance: str = ""
    demonstrations: tuple[Demonstration, ...] = ()
    instruction: str = "Let's think step by step."
    ending: str = 'End with "So the answer is: " and the answer alone.'


Style = Literal["chat", "plain"]


def chat_messages(prompt: Prompt, question: str) -> list[dict[str, str]]:
    """A question as chat messages: guidance as the system message, demonstrations as turns."""
    messages = [{"role": "system", "content": prompt.guidance}] if prompt.guidance else []
    for shown in prompt.demonstrations:
        messages.append({"role": "user", "content": shown.question})
        messages.append({"role": "assistant", "content": shown.rationale})
    words = () if prompt.demonstrations else (prompt.instruction, prompt.ending)
    asked = "\n".join(part for part in (question.strip(), " ".join(filter(None, words))) if part)
    return [*messages, {"role": "user", "content": asked}]


def plain_prompt(prompt: Prompt, question: str) -> str:
    """A question as a text to be continued; it never ends in white space."""
    parts = [prompt.guidance] if prompt.guidance else []
    parts += [f"Q: {shown.question}\nA: {shown.rationale}" for shown in prompt.demonstrations]
    opening = "" if prompt.demonstrations else prompt.instruction
    return "\n\n".join([*parts, f"Q: {question.strip()}\nA: {opening}".rstrip()])


@dataclass(frozen=True, slots=True)
class Ask:
    """One request: `count` samples of at most `max_tokens` tokens for `content`.

    `content` is everything that determines the samples (model, prompt, temperature, …), as JSON data without any key.
    `seed` differs for every request; a teacher that is not `seeded` ignores it.
    """

    content: dict[str, Any]
    count: int
    max_tokens: int
    seed: int


@dataclass(frozen=True, slots=True)
class Sample:
    """One choice of a reply. `logprob` is the mean per token in nats, None if the teacher does not return it.

    `thoughts` are a reasoning teacher's own, apart from the `text` it answers with. `absent` says what came in place of
    a text.
    """

    text: str
    thoughts: str = ""
    finish: str | None = None
    logprob: float | None = None
    tokens: int | None = None
    absent: str = ""

    @property
    def empty(self) -> str:
        """Why it holds no text, in a few words; an empty string where it does."""
        if self.text.strip() or self.thoughts.strip():
            return ""
        return self.absent or "an empty text"


@dataclass(frozen=True, slots=True)
class Reply:
    """The reply to one request: the choices, possibly fewer than requested, and the tokens they cost.

    `prompt_tokens` and `completion_tokens` are those of the whole request, None if the teacher does not return them.
    """

    samples: tuple[Sample, ...]
    model: str
    raw: str
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


Trouble = Literal["busy", "broken", "rejected", "refused"]


class Fault(Exception):  # noqa: N818 - not always an error: also "wait"
    """A request without a reply.

    kind: `busy` too many requests (429); `broken` a failure that may pass (5xx, lost connection, timeout); `rejected`
        this request is invalid; `refused` every request to this endpoint will fail (wrong key, URL or model).
    wait_seconds: how long the endpoint asks to wait. paid: whether the request may have been billed.
    """

    def __init__(self, kind: Trouble, message: str, *, wait_seconds: float | None = None, paid: bool = False) -> None:
        self.kind, self.message, self.wait_seconds, self.paid = kind, message, wait_seconds, paid
        super().__init__(message)


class Endpoint(ABC):
    """One endpoint of a prompted teacher; several may serve the same teacher in parallel.

    `name` is safe to show; `batch` is how many requests it takes at once, `ceiling` how many batches in parallel are
    useful at most (None: as many as it allows).
    """

    name: str
    batch: int = 1
    ceiling: int | None = None

    @abstractmethod
    async def ask(self, asks: Sequence[Ask]) -> list[Reply]:
        """The replies to 1..`batch` requests, in order. Raises Fault."""

    @abstractmethod
    async def close(self) -> None:
        """Release connections and memory."""


@dataclass(frozen=True)
class PromptedTeacher(Teacher):
    """A prompted teacher, whose samples cost money or time and are stored: the sampler sends its requests."""

    def rationales(self, records: Sequence[Record], count: int, seed: int) -> Iterator[tuple[str, list[Rationale]]]:
        """`count` rationales each, requested one question at a time without a store; answers are not read.

        Raises WorkError for the first request that fails: only the sampler retries.
        """
        for record, replies in zip(records, asyncio.run(_ask_all(self, records, count, seed)), strict=True):
            samples = [(sample, reply) for reply in replies for sample in reply.samples]
            yield record.id, [self._rationale(sample, reply, seed) for sample, reply in samples[:count]]

    def _rationale(self, sample: Sample, reply: Reply, seed: int) -> Rationale:
        return Rationale(
            text=sample.thoughts or sample.text,
            teacher=self.label,
            model=reply.model,
            temperature=self.sampling_temperature,
            seed=seed if self.seeded else None,
            logprob=sample.logprob,
            finish=sample.finish,
        )

    @property
    @abstractmethod
    def label(self) -> str:
        """The name of its rationales in a corpus."""

    @property
    @abstractmethod
    def sampling_temperature(self) -> float:
        """The temperature of its samples."""

    @property
    @abstractmethod
    def length_limit(self) -> int:
        """The most tokens of a sample."""

    @property
    @abstractmethod
    def seeded(self) -> bool:
        """Whether the seed of a request determines its samples (as far as the server guarantees it)."""

    @abstractmethod
    def content(self, record: Record, prompt: Prompt) -> dict[str, Any]:
        """What determines the samples of a question: JSON data, equal for equal requests, without any key."""

    @abstractmethod
    def prompt_bound(self, content: dict[str, Any]) -> int:
        """An upper bound on the prompt tokens of `content`."""

    @abstractmethod
    def endpoints(self) -> list[Endpoint]:
        """The endpoints, opened; the caller closes them. Raises OptionError for one that cannot be opened."""


async def _ask_all(teacher: PromptedTeacher, records: Sequence[Record], count: int, seed: int) -> list[list[Reply]]:
    places = teacher.endpoints()
    try:
        return [await _ask_until(teacher, places[0], record, count, seed) for record in records]
    except Fault as fault:
        raise WorkError(f"{places[0].name}: {fault.message}") from None
    finally:
        for place in places:
            await place.close()


async def _ask_until(teacher: PromptedTeacher, place: Endpoint, record: Record, count: int, seed: int) -> list[Reply]:
    content = teacher.content(record, Prompt())
    replies: list[Reply] = []
    missing = count
    while missing > 0:
        ask = Ask(content, missing, teacher.length_limit, seed * 100_003 + count - missing)
        replies += await place.ask([ask])
        if not replies[-1].samples:
            raise Fault("broken", "the reply holds no choices")
        missing -= len(replies[-1].samples)
    return replies


TEACHERS: Registry[Teacher] = Registry("teacher", "teachers", Teacher)  # type: ignore[type-abstract]
