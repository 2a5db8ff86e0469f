"""How fast the sampler asks, and how fast its store writes, resumes and exports.

    python benchmarks/sampling.py [--seconds 2.0] [--in-flight 256] [--rounds 20] [--samples 100000]

Asking: a loopback server in a process of its own answers every request after a fixed time. The server's own limit is
measured in the same run with a bare client (raw sockets, a ready-made request, nothing read but the length); then
`smallsteps.sampling` asks for as many samples with its store, budget and ledger; one request before that keeps
importing the client (about a second) out of it. Aim: at least 95 % of the limit.
The store: samples with a reply of realistic size, written as they would arrive, one reply at a time.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from smallsteps.records import Record, write_records
from smallsteps.sampling import Caps, Price, Settings, Store, corpus, make_plan, sample
from smallsteps.sampling.budget import Budget
from smallsteps.teachers import Ask, Prompt, Reply, Sample
from smallsteps.teachers.openai import OpenAI

SERVER = Path(__file__).parent.parent / "tests" / "servers.py"
WORDS = "The train leaves with twelve boxes and each box holds three apples so there are thirty six apples in all. "


def questions(count: int) -> list[Record]:
    """Questions that differ, with numbers for answers."""
    return [Record(f"q{i}", "gsm8k", f"{WORDS * 3} What is {i} + 4?", str(i + 4)) for i in range(count)]


@contextmanager
def server(seconds: float) -> Iterator[int]:
    """The port of a server that answers after `seconds`."""
    command = [sys.executable, str(SERVER), "--seconds", str(seconds)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None and process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.stdin.close()
        process.wait(10)


async def bare(port: int, requests: int, in_flight: int, body: bytes) -> float:
    """Requests per second of a client that does nothing but send the same bytes and wait for the answer."""
    head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: {len(body)}\r\n"
    message = head.encode() + b"content-type: application/json\r\n\r\n" + body
    left = iter(range(requests))

    async def worker() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in left:
            writer.write(message)
            answer = (await reader.readuntil(b"\r\n\r\n")).lower()
            await reader.readexactly(int(answer.partition(b"content-length:")[2].partition(b"\r\n")[0]))
        writer.close()

    start = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(in_flight)))
    return requests / (time.perf_counter() - start)


def asking(seconds: float, in_flight: int, rounds: int) -> None:
    """Print requests per second: the ideal, the bare client's, and ours, with the ratio."""
    requests = in_flight * rounds
    with server(seconds) as port, tempfile.TemporaryDirectory() as folder:
        teacher = OpenAI("m", (f"http://127.0.0.1:{port}/v1",), max_tokens=300)
        records = questions(requests)
        ask = Ask(teacher.content(records[0], Prompt()), 1, 300, 0)
        limit = asyncio.run(bare(port, requests, in_flight, json.dumps(teacher.request_body(ask)).encode()))
        settings = Settings(count=1, choices=1, concurrency=in_flight)
        with Store(Path(folder) / "warm.sqlite") as store:
            sample(records[:1], teacher, store, settings=settings)
        with Store(Path(folder) / "s.sqlite") as store:
            caps = Caps(1e9, None, Price(1.0, 2.0))
            start, busy = time.perf_counter(), time.process_time()
            outcome = sample(records, teacher, store, settings=settings, caps=caps)
            took, busy = time.perf_counter() - start, time.process_time() - busy
        assert outcome.missing == 0
    ours = requests / took
    print(f"asking, {in_flight} in flight, answers after {seconds:g} s, {requests} requests:")
    print(f"  ideal {in_flight / seconds:8.1f} requests/s")
    print(f"  bare  {limit:8.1f} requests/s")
    print(f"  ours  {ours:8.1f} requests/s = {ours / limit:.1%} of bare; {1000 * busy / requests:.2f} ms CPU a request")


def storing(samples: int, each: int = 30) -> None:
    """Print how long it takes to write, to open and plan a resumed run, and to export."""
    records = questions(samples // each)
    teacher = OpenAI("m", ("http://127.0.0.1:9/v1",))
    settings = Settings(count=each)
    text = f"{WORDS * 4}So the answer is: 36"
    raw = json.dumps({"choices": [{"message": {"content": text, "role": "assistant"}, "index": 0}], "usage": {}})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s.sqlite"
        start = time.perf_counter()
        with Store(path) as store:
            plan = make_plan(records, teacher, Prompt(), settings, store)
            budget = Budget(store, Caps())
            for asked in plan.values():
                for index in asked.missing:
                    entry = budget.reserve(asked.bound, 512)
                    assert entry is not None
                    reply = Reply((Sample(text, "", "stop", -0.5, 90),), "m", raw, 60, 90)
                    store.keep(entry, asked.key, [index], reply, 512, None, (60, 90, 0))
                    budget.closed(entry)
        written = time.perf_counter()
        with Store(path) as store:
            plan = make_plan(records, teacher, Prompt(), settings, store)
            assert not any(asked.missing for asked in plan.values())
            resumed = time.perf_counter()
            count = write_records(Path(folder) / "c.jsonl", corpus(records, teacher, store, Prompt(), settings))
            exported = time.perf_counter()
        size = path.stat().st_size / 2**20
    assert count == len(records)
    print(f"the store, {len(records) * each} samples of {len(records)} questions, {size:.0f} MiB:")
    print(
        f"  write  {written - start:6.1f} s ({1e6 * (written - start) / samples:.0f} µs a sample, reserved and settled)"
    )
    print(f"  resume {resumed - written:6.1f} s")
    print(f"  export {exported - resumed:6.1f} s (read, judged, written as a corpus)")


def main() -> None:
    """Measure both."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--in-flight", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--samples", type=int, default=99_990)
    options = parser.parse_args()
    asking(options.seconds, options.in_flight, options.rounds)
    storing(options.samples)


if __name__ == "__main__":
    main()
