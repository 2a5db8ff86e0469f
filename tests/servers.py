"""Loopback servers that speak the OpenAI protocol: one scripted, one that injects faults.

They listen on 127.0.0.1 only, in a thread of the test, or as a process of their own for the benchmark:
`python tests/servers.py --seconds 1.0` prints its port and answers every request after that time.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Body = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What the server does with a request: an HTTP answer, perhaps late, cut off in its body, or never."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_seconds: float = 0.0
    cut: bool = False
    hang: bool = False


@dataclass(frozen=True)
class Seen:
    """A request as it reached the server. `number` counts from 0."""

    number: int
    method: str
    path: str
    headers: Mapping[str, str]
    body: Body
    raw: bytes = b""


Script = Callable[[Seen], Answer]


def reply(
    request: Seen,
    texts: list[str],
    *,
    finish: str = "stop",
    logprobs: list[float] | None = None,
    completion_tokens: int | None = None,
    usage: bool = True,
    **message: Any,
) -> Answer:
    """An ordinary answer in the shape that the request's path asks for, `message` laid over each chat message."""
    chat = "chat" in request.path
    choices = [_choice(chat, i, text, finish, logprobs, message) for i, text in enumerate(texts)]
    body: Body = {"id": f"r{request.number}", "model": request.body.get("model"), "choices": choices}
    if usage:
        spent = completion_tokens if completion_tokens is not None else sum(len(text.split()) for text in texts)
        asked = prompt_tokens(request.body)
        body["usage"] = {"prompt_tokens": asked, "completion_tokens": spent, "total_tokens": asked + spent}
    return Answer(json.dumps(body).encode())


def prompt_tokens(body: Body) -> int:
    """The words of a request's prompt: what the fake servers bill for it."""
    texts = [message["content"] for message in body.get("messages", [])] or [body.get("prompt", "")]
    return sum(len(text.split()) for text in texts)


def _choice(
    chat: bool, index: int, text: str, finish: str, logprobs: list[float] | None, message: Mapping[str, Any]
) -> Body:
    choice: Body = {"index": index, "finish_reason": finish}
    if chat:
        choice["message"] = {"role": "assistant", "content": text, **message}
        if logprobs is not None:
            choice["logprobs"] = {"content": [{"token": "t", "logprob": value} for value in logprobs]}
    else:
        choice["text"] = text
        if logprobs is not None:
            choice["logprobs"] = {"token_logprobs": logprobs, "tokens": ["t"] * len(logprobs)}
    return choice


def failure(status: int, message: str = "no", **headers: str) -> Answer:
    """An error in the protocol's shape. `retry_after="1"` becomes the header `retry-after`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(json.dumps({"error": {"message": message}}).encode(), status, named)


def numbered(request: Seen, answer: str = "4", words: int = 0) -> Answer:
    """As many choices as asked for, each text unlike any other of this server."""
    count = int(request.body.get("n") or 1)
    filler = " word" * words
    texts = [f"Sample {request.number}-{i}.{filler} So the answer is: {answer}" for i in range(count)]
    return reply(request, texts)


class FaultInjecting:
    """Every kind of trouble in turn between good answers, by the number of the request."""

    def __init__(self, good: Script = numbered, hang_seconds: float = 30.0) -> None:
        self.good, self.hang_seconds = good, hang_seconds

    def __call__(self, request: Seen) -> Answer:
        """Each second request is answered well, the others fail in eight ways."""
        if request.number % 2 == 0:
            return self.good(request)
        whole = self.good(request)
        troubles = [
            failure(429, "slow down", retry_after="0.05"),
            failure(429, "slow down"),
            failure(500, "oops"),
            Answer(hang=True, delay_seconds=self.hang_seconds),
            Answer(whole.body, cut=True),
            Answer(b'{"choices": [{"mess'),
            Answer(json.dumps({"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 0}}).encode()),
            failure(503, "overloaded"),
        ]
        return troubles[request.number // 2 % len(troubles)]


class Server:
    """A loopback server in a thread; `with Server(script) as server:` and ask `server.url`."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.seen: list[Seen] = []
        self.answered: list[tuple[Seen, Answer]] = []
        self.in_flight = self.most_in_flight = 0
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.port = 0

    @property
    def url(self) -> str:
        """The base URL to give to a client."""
        return f"http://127.0.0.1:{self.port}/v1"

    def __enter__(self) -> Server:
        self._thread.start()
        assert self._ready.wait(10), "the server did not start"
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._stop = asyncio.Event()
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0, backlog=1024)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._request(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, path, _ = head[0].split(" ", 2)
        headers = {k.strip().lower(): v.strip() for k, _, v in (line.partition(":") for line in head[1:] if line)}
        raw = await reader.readexactly(int(headers.get("content-length", 0)))
        is_json = headers.get("content-type", "").startswith("application/json") and raw
        request = Seen(len(self.seen), method, path, headers, json.loads(raw) if is_json else {}, raw)
        self.seen.append(request)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            answer = self.script(request)
            if answer.delay_seconds:
                await asyncio.sleep(answer.delay_seconds)
        finally:
            self.in_flight -= 1
        if answer.hang:
            return False
        self.answered.append((request, answer))
        return await _send(writer, answer)


async def _send(writer: asyncio.StreamWriter, answer: Answer) -> bool:
    headers = {"content-type": "application/json", **answer.headers, "content-length": str(len(answer.body))}
    head = f"HTTP/1.1 {answer.status} -\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers.items()) + "\r\n"
    writer.write(head.encode() + (answer.body[: len(answer.body) // 2] if answer.cut else answer.body))
    await writer.drain()
    return not answer.cut


def main() -> None:
    """Serve alone, every answer after a fixed time, until the standard input ends."""
    import sys

    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--words", type=int, default=60)
    options = parser.parse_args()

    def after_a_while(request: Seen) -> Answer:
        answer = numbered(request, words=options.words)
        return Answer(answer.body, delay_seconds=options.seconds)

    with Server(after_a_while) as server:
        sys.stdout.write(f"{server.port}\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
