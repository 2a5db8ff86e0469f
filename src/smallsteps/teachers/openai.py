"""A teacher behind one or several OpenAI-compatible endpoints."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from smallsteps.errors import OptionError
from smallsteps.records import Record
from smallsteps.teachers import (
    Ask,
    Endpoint,
    Fault,
    Prompt,
    PromptedTeacher,
    Reply,
    chat_messages,
    fault_of,
    plain_prompt,
    read_reply,
)
from smallsteps.teachers._faults import NO_KEY, without_key

if TYPE_CHECKING:
    from openai import AsyncOpenAI

NEXT_QUESTION = "\n\nQ:"  # how a plain prompt puts its questions: a model that goes on invents the next one
_PER_CLIENT = 16  # the client's connection pool looks at every connection for every request: keep pools small


@dataclass(frozen=True)
class OpenAI(PromptedTeacher):
    """A model behind an OpenAI-compatible server: chat or plain completions.

    model: its name there. base_url: one or several servers of that same model; none means the client's default.
    key_env: environment variables that hold the keys, one for all servers or one each; the key itself is never kept.
    api: `chat` or `completions`. stop: texts at which a sample ends; a plain completion ends before the next `Q:`
    unless others are named. logprobs: ask for log-probabilities. timeout_seconds: for a whole request.
    limit_field: what the server calls the length limit. send_seed: ask for reproducible samples.
    extra: further fields of the request body.
    name: the label of its rationales, by default the model's name.
    """

    model: str
    base_url: tuple[str, ...] = ()
    key_env: tuple[str, ...] = ("OPENAI_API_KEY",)
    api: Literal["chat", "completions"] = "chat"
    temperature: float = 1.0
    top_p: float | None = None
    max_tokens: int = 512
    stop: tuple[str, ...] = ()
    logprobs: bool = True
    timeout_seconds: float = 120.0
    limit_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    send_seed: bool = False
    extra: dict[str, Any] = field(default_factory=dict)
    name: str = ""

    def __post_init__(self) -> None:
        if not self.model:
            raise OptionError("the teacher 'openai' needs a model; name it as --model NAME")
        if self.max_tokens < 1 or self.timeout_seconds <= 0 or self.temperature < 0:
            raise OptionError("a teacher needs max_tokens of at least 1, a timeout above 0 and no negative temperature")
        counts = {len(self.base_url) or 1, len(self.key_env)}
        if not self.key_env or len(counts - {1}) > 1:
            raise OptionError(f"{len(self.base_url)} base URLs and {len(self.key_env)} key variables do not pair up; "
                              "give one of either for all, or as many of both")  # fmt: skip
        for url in self.base_url:
            if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc:
                raise OptionError(f"'{url}' is not a base URL; expected something like http://host:8000/v1")

    @property
    def label(self) -> str:
        """The given name, otherwise the model's."""
        return self.name or self.model

    @property
    def sampling_temperature(self) -> float:
        """The temperature sent."""
        return self.temperature

    @property
    def length_limit(self) -> int:
        """The limit sent."""
        return self.max_tokens

    @property
    def seeded(self) -> bool:
        """Whether a seed is sent."""
        return self.send_seed

    def content(self, record: Record, prompt: Prompt) -> dict[str, Any]:
        """Model, words and sampling settings; not the address, the length limit or the key."""
        words: dict[str, Any] = (
            {"messages": chat_messages(prompt, record.question)}
            if self.api == "chat"
            else {"prompt": plain_prompt(prompt, record.question)}
        )
        stop = list(self.stop) or ([NEXT_QUESTION] if self.api == "completions" else [])
        settings = {"temperature": self.temperature, "top_p": self.top_p, "stop": stop, "extra": self.extra,
                    "name": self.name}  # fmt: skip
        given = {name: value for name, value in settings.items() if value not in (None, [], {}, "")}
        return {"model": self.model, **words, **given}

    def prompt_bound(self, content: dict[str, Any]) -> int:
        """No token covers less than a byte; chat templates add a few tokens around each message."""
        if "prompt" in content:
            return len(content["prompt"].encode()) + 16
        return sum(len(message["content"].encode()) + 16 for message in content["messages"]) + 64

    def endpoints(self) -> list[Endpoint]:
        """One for each pair of base URL and key variable. Raises OptionError for a variable that is not set."""
        size = max(len(self.base_url), len(self.key_env))
        urls = (self.base_url or ("",)) * (size if len(self.base_url) < 2 else 1)
        names = self.key_env * (size if len(self.key_env) < 2 else 1)
        return [_Server(self, url, name, _key(name, url)) for url, name in zip(urls, names, strict=True)]

    def first_address(self) -> tuple[str, str, str]:
        """Base URL (empty: the client's default), key variable and key of the first endpoint; not to be kept."""
        url = self.base_url[0] if self.base_url else ""
        return url, self.key_env[0], _key(self.key_env[0], url)

    def request_body(self, ask: Ask) -> dict[str, Any]:
        """The JSON body that is sent for a request."""
        body = {name: value for name, value in ask.content.items() if name not in ("extra", "name")}
        body[self.limit_field] = ask.max_tokens
        if ask.count > 1:
            body["n"] = ask.count
        if self.logprobs:
            body["logprobs"] = True if self.api == "chat" else 1
        if self.send_seed:
            body["seed"] = ask.seed
        return {**body, **ask.content.get("extra", {})}


def _key(name: str, url: str) -> str:
    key = os.environ.get(name, "").strip()
    if key:
        return key
    if url and name == "OPENAI_API_KEY":
        return NO_KEY  # a local server usually asks for none
    raise OptionError(f"the environment variable {name} holds no key; set it, or name another with --key-env")


class _Server(Endpoint):
    """One base URL with one key. The key lives in the clients alone and is cut out of every error message."""

    def __init__(self, teacher: OpenAI, url: str, key_name: str, key: str) -> None:
        self._teacher, self._url, self._key_name, self._key = teacher, url, key_name, key
        self._load: dict[AsyncOpenAI, int] = {}
        self.name = url.replace(f"{urlsplit(url).netloc.rpartition('@')[0]}@", "") or "the default OpenAI endpoint"

    async def ask(self, asks: Sequence[Ask]) -> list[Reply]:
        """The replies, one request each. Raises Fault."""
        return [await self._ask(ask) for ask in asks]

    async def close(self) -> None:
        """Close every client."""
        for client in self._load:
            await client.close()

    async def _ask(self, ask: Ask) -> Reply:
        import openai

        client = self._client()
        self._load[client] += 1
        try:
            async with asyncio.timeout(self._teacher.timeout_seconds):
                return read_reply(await self._send(client, ask), self._teacher.model, self._clean)
        except TimeoutError:
            raise Fault(
                "broken", f"no answer within {self._teacher.timeout_seconds:g} s (--timeout)", paid=True
            ) from None
        except openai.APIError as error:
            raise fault_of(error, self._teacher.model, self._key_name, self._clean) from None
        finally:
            self._load[client] -= 1

    async def _send(self, client: AsyncOpenAI, ask: Ask) -> str:
        body = self._teacher.request_body(ask)
        # The client checks every part of what it knows by type, a tenth of its time; `extra_body` goes out as it is.
        if self._teacher.api == "chat":
            chat = client.chat.completions.with_raw_response
            return (await chat.create(model=self._teacher.model, messages=[], extra_body=body)).text
        text = client.completions.with_raw_response
        return (await text.create(model=self._teacher.model, prompt="", extra_body=body)).text

    def _client(self) -> AsyncOpenAI:
        least = min(self._load, key=self._load.__getitem__, default=None)
        if least is None or self._load[least] >= _PER_CLIENT:
            least = self._open()
            self._load[least] = 0
        return least

    def _open(self) -> AsyncOpenAI:
        from openai import AsyncOpenAI, DefaultAsyncHttpxClient

        plain = urlsplit(self._url).scheme == "http"
        # Reading the certificate store takes longer than a request; http needs none, and without one https fails.
        pool = DefaultAsyncHttpxClient(verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)) if plain else None
        return AsyncOpenAI(api_key=self._key, base_url=self._url or None, max_retries=0, http_client=pool,
                           timeout=self._teacher.timeout_seconds)  # fmt: skip

    def _clean(self, text: str) -> str:
        return without_key(text, self._key)
