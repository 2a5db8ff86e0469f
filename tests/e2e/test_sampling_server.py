"""Sampling against loopback servers: scripted, fault-injecting, and killed in the middle."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from servers import Answer, FaultInjecting, Seen, Server, failure, numbered, prompt_tokens, reply
from smallsteps.errors import OptionError, WorkError
from smallsteps.records import Rationale, Record, content_hash, read_records
from smallsteps.sampling import Caps, Price, Settings, StopSignal, Store, corpus, sample
from smallsteps.sampling.plan import make_plan
from smallsteps.teachers import Prompt
from smallsteps.teachers.openai import OpenAI

QUICK = Settings(count=6, choices=2, concurrency=16, backoff_seconds=0.01)


def _questions(count: int) -> list[Record]:
    return [Record(f"q{i}", "gsm8k", f"What is {i}+4?", str(i + 4)) for i in range(count)]


def _asked(seen: list[Seen]) -> Counter[str]:
    """The choices asked for, by question."""
    asked: Counter[str] = Counter()
    for request in seen:
        asked[request.body["messages"][-1]["content"].partition("\n")[0]] += request.body.get("n", 1)
    return asked


def _texts(records: list[Record], teacher: OpenAI, store: Store, count: int) -> list[str]:
    made = corpus(records, teacher, store, Prompt(), Settings(count=count))
    return [rationale.text for record in made for rationale in record.rationales]


def test_every_sample_stands_once_and_a_larger_n_asks_only_for_the_rest(tmp_path: Path) -> None:
    records = _questions(5)
    with Server(numbered) as server, Store(tmp_path / "s.sqlite") as store:
        teacher = OpenAI("m", (server.url,))
        assert sample(records, teacher, store, settings=QUICK).missing == 0
        assert _asked(server.seen) == {record.question: 6 for record in records}
        again = sample(records, teacher, store, settings=QUICK)
        assert (again.tally.requests, len(server.seen)) == (0, 15)
        more = sample(records, teacher, store, settings=replace(QUICK, count=7))
        assert (more.tally.requests, more.tally.samples) == (5, 5)
        texts = _texts(records, teacher, store, 7)
        assert len(texts) == len(set(texts)) == 35


@pytest.mark.parametrize("api", ["chat", "completions"])
def test_both_apis_with_their_log_probabilities(tmp_path: Path, api: Any) -> None:
    def script(request: Seen) -> Answer:
        return reply(request, ["2 and 4. The answer is 4."] * request.body["n"], logprobs=[-0.5, -1.5])

    with Server(script) as server, Store(tmp_path / "s.sqlite") as store:
        teacher = OpenAI("m", (server.url,), api=api, max_tokens=77, stop=("\n\n",), send_seed=True)
        sample(_questions(1), teacher, store, settings=replace(QUICK, count=2, seed=3))
        (record,) = corpus(_questions(1), teacher, store, Prompt(), replace(QUICK, count=2, seed=3))
    body = server.seen[0].body
    assert server.seen[0].path == ("/v1/chat/completions" if api == "chat" else "/v1/completions")
    assert (body["n"], body["max_tokens"], body["stop"], body["temperature"]) == (2, 77, ["\n\n"], 1.0)
    assert body["logprobs"] == (True if api == "chat" else 1)
    assert [one.logprob for one in record.rationales] == [pytest.approx(-1.0)] * 2
    assert [one.seed for one in record.rationales] == [body["seed"]] * 2


def test_a_server_that_ignores_n_is_asked_for_one_at_a_time(tmp_path: Path) -> None:
    def script(request: Seen) -> Answer:
        return reply(request, [f"Only {request.number}. So the answer is: 4"])

    with Server(script) as server, Store(tmp_path / "s.sqlite") as store:
        teacher = OpenAI("m", (server.url,))
        outcome = sample(_questions(2), teacher, store, settings=replace(QUICK, count=8, choices=8, concurrency=1))
        assert outcome.missing == 0
        assert (outcome.tally.requests, outcome.tally.samples) == (16, 16)
        assert [request.body.get("n", 1) for request in server.seen] == [8] + [1] * 15
        assert len(set(_texts(_questions(2), teacher, store, 8))) == 16


def test_a_longer_limit_asks_again_only_for_what_was_cut_off(tmp_path: Path) -> None:
    def script(request: Seen) -> Answer:
        cut = request.body["max_tokens"] < 20 and "What is 0+4?" in request.body["messages"][0]["content"]
        return reply(request, [f"Text {request.number}"], finish="length" if cut else "stop")

    with Server(script) as server, Store(tmp_path / "s.sqlite") as store:
        settings = replace(QUICK, count=1)
        sample(_questions(3), OpenAI("m", (server.url,), max_tokens=10), store, settings=settings)
        assert len(server.seen) == 3
        longer = OpenAI("m", (server.url,), max_tokens=20)
        assert sample(_questions(3), longer, store, settings=settings).tally.requests == 1
        assert "What is 0+4?" in server.seen[-1].body["messages"][0]["content"]
        assert len(_texts(_questions(3), longer, store, 1)) == 3


def test_thoughts_and_the_choices_of_a_reasoning_teacher(tmp_path: Path) -> None:
    def script(request: Seen) -> Answer:
        return reply(request, ["The answer is 4."], reasoning_content="Zero and four, hmm, four.")

    with Server(script) as server, Store(tmp_path / "s.sqlite") as store:
        teacher = OpenAI("m", (server.url,))
        sample(_questions(1), teacher, store, settings=replace(QUICK, count=1))
        (record,) = corpus(_questions(1), teacher, store, Prompt(), replace(QUICK, count=1))
        assert record.rationales[0].text == "Zero and four, hmm, four."
        assert (record.rationales[0].answer, record.rationales[0].correct) == ("4", True)
        key = record.rationales[0].prompt_hash
        assert key is not None
        assert "reasoning_content" in store.raw(key, 0)


def test_faults_of_every_kind_lose_nothing(tmp_path: Path) -> None:
    """429 with and without Retry-After, 500, 503, hangs, cuts, broken JSON, empty choices: half of all requests."""
    records = _questions(20)
    with Server(FaultInjecting(hang_seconds=2.0)) as server, Store(tmp_path / "s.sqlite") as store:
        teacher = OpenAI("m", (server.url,), timeout_seconds=0.4)
        outcome = sample(records, teacher, store, settings=QUICK)
        assert (outcome.missing, outcome.tally.samples, outcome.given_up) == (0, 120, {})
        texts = _texts(records, teacher, store, 6)
        assert len(texts) == len(set(texts)) == 120
        assert len(server.seen) > 100  # half of them went wrong
        assert outcome.prompt_tokens + outcome.completion_tokens >= _billed(server.seen)


def _billed(seen: list[Seen]) -> int:
    """What a server bills that charges for everything but plain refusals (429, 5xx)."""
    total = 0
    for request in seen:
        trouble = request.number // 2 % 8 if request.number % 2 else None
        if trouble in (0, 1, 2, 7):
            continue
        usage = json.loads(numbered(request).body)["usage"]
        total += usage["total_tokens"]
    return total


@pytest.mark.parametrize("cap", [700, 1500, 4000])
def test_the_spend_never_passes_the_cap_however_much_goes_wrong(tmp_path: Path, cap: int) -> None:
    price = Price(1.0, 1.0)
    with Server(FaultInjecting(hang_seconds=1.0)) as server:
        teacher = OpenAI("m", (server.url,), timeout_seconds=0.3, max_tokens=20)
        for _ in range(3):  # run after run, the cap is one
            with Store(tmp_path / "s.sqlite") as store:
                outcome = sample(_questions(20), teacher, store, settings=QUICK, caps=Caps(cap / 1e6, None, price))
                assert outcome.prompt_tokens + outcome.completion_tokens <= cap
        assert outcome.tally.capped
        assert 0 < _billed(server.seen) <= cap


def test_retry_after_is_honoured_and_the_pace_follows_429s(tmp_path: Path) -> None:
    times: list[float] = []

    def script(request: Seen) -> Answer:
        times.append(time.monotonic())
        return failure(429, "slow", retry_after="0.7") if len(times) == 1 else numbered(request)

    with Server(script) as server, Store(tmp_path / "s.sqlite") as store:
        outcome = sample(_questions(3), OpenAI("m", (server.url,)), store, settings=replace(QUICK, concurrency=1))
        assert outcome.missing == 0
        assert times[1] - times[0] >= 0.7


def test_the_concurrency_settles_where_the_server_is_content(tmp_path: Path) -> None:
    def script(request: Seen) -> Answer:
        answer = numbered(request) if server.in_flight <= 4 else failure(429, "too many at once")
        return replace(answer, delay_seconds=0.01)

    with Server(script) as server, Store(tmp_path / "s.sqlite") as store:
        settings = replace(QUICK, count=4, choices=1, concurrency=32)
        assert sample(_questions(60), OpenAI("m", (server.url,)), store, settings=settings).missing == 0
        refused = len(server.seen) - 240
        assert 0 < refused < 240, f"{refused} of {len(server.seen)} requests met a 429"


def test_a_dead_endpoint_is_left_and_the_others_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOD_KEY", "sk-good")
    monkeypatch.setenv("BAD_KEY", "sk-bad")
    with Server(lambda _: failure(401, "bad key sk-bad")) as bad, Server(numbered) as one, Server(numbered) as two:
        teacher = OpenAI("m", (bad.url, one.url, two.url), ("BAD_KEY", "GOOD_KEY", "GOOD_KEY"))
        with Store(tmp_path / "s.sqlite") as store:
            assert sample(_questions(40), teacher, store, settings=QUICK).missing == 0
    assert one.seen[0].headers["authorization"] == "Bearer sk-good"
    shares = len(one.seen), len(two.seen)
    assert min(shares) > 0.3 * sum(shares)
    assert len(bad.seen) <= 16


@pytest.mark.parametrize(
    ("answer", "words", "status"),
    [
        (
            failure(401, "Incorrect API key provided: sk-secret-123"),
            r"key in the environment variable MY_KEY .*\[key\]",
            2,
        ),
        (failure(404, "The model 'm' does not exist"), "check the model name 'm'", 2),
        (failure(400, "logprobs is not supported"), "--no-logprobs", 2),
        (failure(429, "quota", retry_after="9999"), "asks to wait 9999 s", 1),
        (Answer(b"<html>hello</html>"), "not JSON", 1),
    ],
)
def test_hopeless_servers_get_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Answer, words: str, status: int
) -> None:
    monkeypatch.setenv("MY_KEY", "sk-secret-123")
    with Server(lambda _: answer) as server, Store(tmp_path / "s.sqlite") as store:
        teacher = OpenAI("m", (server.url,), ("MY_KEY",))
        with pytest.raises((OptionError, WorkError), match=words) as caught:
            sample(_questions(2), teacher, store, settings=QUICK)
    assert caught.value.exit_status == status
    assert "sk-secret" not in str(caught.value)


def test_one_question_that_is_rejected_does_not_stop_the_others(tmp_path: Path) -> None:
    def script(request: Seen) -> Answer:
        is_bad = "What is 3+4?" in request.body["messages"][0]["content"]
        return failure(400, "content policy") if is_bad else numbered(request)

    with Server(script) as server, Store(tmp_path / "s.sqlite") as store:
        settings = replace(QUICK, choices=8)
        outcome = sample(_questions(9), OpenAI("m", (server.url,)), store, settings=settings)
        assert outcome.tally.samples == 48
        assert outcome.missing == 6
        assert [*outcome.given_up.values()] == [f"{server.url}: {_rejected('content policy')}"]


def _rejected(told: str) -> str:
    return (f"it rejects the request (400: {told}); if it takes no several choices or log-probabilities, add "
            "--choices 1 or --no-logprobs")  # fmt: skip


KEY = "sk-very-secret-0123456789"


def test_the_key_is_written_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with Server(numbered) as server, Store(tmp_path / "s.sqlite") as store:
        teacher = OpenAI("m", (server.url,))
        sample(_questions(2), teacher, store, settings=replace(QUICK, count=1))
        assert KEY in server.seen[0].headers["authorization"]
        made = str(list(corpus(_questions(2), teacher, store, Prompt(), replace(QUICK, count=1))))
        key_hash = next(iter(make_plan(_questions(2), teacher, Prompt(), replace(QUICK, count=1), store)))
        assert KEY not in made + repr(teacher) + store.raw(key_hash, 0)
    for file in tmp_path.iterdir():
        assert KEY.encode() not in file.read_bytes()


@pytest.mark.parametrize("before", [0, 185, 195, 199])
def test_the_key_is_taken_out_of_errors_before_they_are_shortened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: int
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with (
        Server(lambda request: failure(400, f"{'x' * before} {KEY}")) as server,
        Store(tmp_path / "s.sqlite") as store,
        pytest.raises(OptionError, match="it rejects the request") as caught,
    ):
        sample(_questions(1), OpenAI("m", (server.url,)), store, settings=QUICK)
    assert "sk-" not in str(caught.value)


@pytest.mark.parametrize("key", ["x", "dummy", KEY])
def test_a_reply_is_kept_as_it_came(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", key)
    text = f"Six boxes and a dummy, and {key}, make 4."
    with Server(lambda request: reply(request, [text])) as server, Store(tmp_path / "s.sqlite") as store:
        teacher, settings = OpenAI("m", (server.url,)), replace(QUICK, count=1)
        sample(_questions(1), teacher, store, settings=settings)
        (record,) = corpus(_questions(1), teacher, store, Prompt(), settings)
        assert record.rationales[0].text == text


def test_replies_without_text_are_counted_and_asked_for_again(tmp_path: Path) -> None:
    answers = iter([[""], ["It is 4."]])
    with Server(lambda request: reply(request, next(answers))) as server, Store(tmp_path / "s.sqlite") as store:
        teacher, settings = OpenAI("m", (server.url,)), replace(QUICK, count=1)
        first = sample(_questions(1), teacher, store, settings=settings)
        assert (first.tally.samples, first.missing, dict(first.tally.empty)) == (0, 1, {"an empty text": 1})
        assert store.size() == 0 and store.spent().prompt > 0
        again = sample(_questions(1), teacher, store, settings=settings)
        assert (again.tally.samples, again.missing, dict(again.tally.empty)) == (1, 0, {})


def test_plain_completions_stop_before_the_next_question(tmp_path: Path) -> None:
    for stop, sent in (((), ["\n\nQ:"]), (("###",), ["###"])):
        with Server(numbered) as server, Store(tmp_path / "s.sqlite") as store:
            teacher = OpenAI("m", (server.url,), api="completions", stop=stop)
            sample(_questions(1), teacher, store, settings=replace(QUICK, count=1))
            assert server.seen[0].body["stop"] == sent
    with Server(numbered) as server, Store(tmp_path / "s.sqlite") as store:
        sample(_questions(1), OpenAI("m", (server.url,)), store, settings=replace(QUICK, count=1))
        assert "stop" not in server.seen[0].body


def test_until_right_asks_one_at_a_time_and_only_where_nothing_is_right(tmp_path: Path) -> None:
    def script(request: Seen) -> Answer:
        """Right at the third try of each question."""
        tries = _asked(server.seen)
        question = request.body["messages"][0]["content"].partition("\n")[0]
        answer = int(question.split()[2].partition("+")[0]) + 4 if tries[question] == 3 else 999
        return reply(request, [f"Try {tries[question]}. So the answer is: {answer}"])

    records = _questions(4)
    records[0] = replace(records[0], rationales=(Rationale("Known.", "4", True),))
    with Server(script) as server, Store(tmp_path / "s.sqlite") as store:
        teacher = OpenAI("m", (server.url,))
        settings = replace(QUICK, count=10, choices=1, until_right=True)
        outcome = sample(records, teacher, store, settings=settings)
        assert outcome.missing == 0
        assert _asked(server.seen) == {record.question: 3 for record in records[1:]}
        made = list(corpus(records, teacher, store, Prompt(), settings))
        assert [len(record.rationales) for record in made] == [1, 3, 3, 3]
        assert sample(made, teacher, store, settings=settings).tally.requests == 0
        assert [len(r.rationales) for r in corpus(made, teacher, store, Prompt(), settings)] == [1, 3, 3, 3]
        stubborn = sample(_questions(1), teacher, store, settings=replace(settings, count=2, seed=1))
        assert stubborn.missing == 1 or stubborn.tally.samples <= 2


def test_the_brake_waits_for_what_is_under_way(tmp_path: Path) -> None:
    stop_signal = StopSignal()

    def script(request: Seen) -> Answer:
        if request.number == 3:
            stop_signal.pull()
        return replace(numbered(request), delay_seconds=0.1)

    with Server(script) as server, Store(tmp_path / "s.sqlite") as store:
        settings = replace(QUICK, concurrency=4)
        outcome = sample(_questions(20), OpenAI("m", (server.url,)), store, settings=settings, stop_signal=stop_signal)
        assert len(server.seen) == 4
        assert outcome.tally.samples == store.size() == 8
        assert outcome.presumed_tokens == 0


CLIENT = """
import sys
from smallsteps.records import Record
from smallsteps.sampling import Caps, Settings, Store, sample
from smallsteps.teachers.openai import OpenAI
url, path, cap = sys.argv[1], sys.argv[2], int(sys.argv[3])
records = [Record(f"q{i}", "gsm8k", f"What is {i}+4?", str(i + 4)) for i in range(40)]
with Store(path) as store:
    teacher = OpenAI("m", (url,), max_tokens=20)
    sample(records, teacher, store, settings=Settings(count=10, choices=2, concurrency=8), caps=Caps(tokens=cap))
"""


def _killed_run(server: Server, path: Path, cap: int, requests: int) -> bool:
    """Run the client and kill it after so many requests; whether it was still running."""
    client = subprocess.Popen([sys.executable, "-c", CLIENT, server.url, str(path), str(cap)])
    before, deadline = len(server.seen), time.monotonic() + 60
    while client.poll() is None and len(server.seen) < before + requests and time.monotonic() < deadline:
        time.sleep(0.002)
    was_running = client.poll() is None
    client.send_signal(signal.SIGKILL)
    client.wait()
    return was_running


@pytest.mark.parametrize(
    ("kills", "cap"),
    [(3, 10**9), pytest.param(20, 10**9, marks=pytest.mark.slow), pytest.param(20, 20_000, marks=pytest.mark.slow)],
)
def test_a_kill_loses_nothing_that_reached_the_store(tmp_path: Path, kills: int, cap: int) -> None:
    draw, path = random.Random(kills), tmp_path / "s.sqlite"
    teacher, in_flight = OpenAI("m", ("http://127.0.0.1:9/v1",), max_tokens=20), 0
    with Server(lambda request: replace(numbered(request), delay_seconds=0.03 * draw.random())) as server:
        for _ in range(kills):
            held = _held(path, teacher)
            first = len(server.seen)
            _killed_run(server, path, cap, draw.randint(1, 20))
            time.sleep(0.1)  # requests that were on the wire have arrived
            asked, now_held = _asked(server.seen[first:]), _held(path, teacher)
            for question, count in asked.items():
                assert count <= 10 - held[question], "a sample that was in the store was asked for again"
            in_flight += sum(asked.values()) - (now_held.total() - held.total())
        held, first = _held(path, teacher), len(server.seen)
        subprocess.run([sys.executable, "-c", CLIENT, server.url, str(path), str(cap)], check=True, timeout=120)
        for question, count in _asked(server.seen[first:]).items():
            assert count <= 10 - held[question]
        billed = sum(json.loads(numbered(request).body)["usage"]["total_tokens"] for request in server.seen)
        assert billed <= cap
    with Store(path) as store:
        spent = store.spent()
        assert billed <= spent.prompt + spent.completion <= cap
        texts = _texts(_questions(40), teacher, store, 10)
        assert len(texts) == len(set(texts)) == store.size()
        if cap == 10**9:
            assert len(texts) == 400
            assert sum(_asked(server.seen).values()) <= 400 + in_flight
            assert in_flight <= kills * 8 * 2
            assert sample(_questions(40), teacher, store, settings=Settings(count=10)).tally.requests == 0


def _held(path: Path, teacher: OpenAI) -> Counter[str]:
    """The samples in the store, by question."""
    if not path.exists():
        return Counter()
    keys = {content_hash(teacher.content(one, Prompt()), None): one.question for one in _questions(40)}
    with Store(path) as store:
        return Counter({question: len(store.samples(key, 10)) for key, question in keys.items()})


def _command(*words: object, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from smallsteps.cli import main; main()", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, env={**os.environ, **environment})


def _write_questions(path: Path, count: int) -> Path:
    lines = [
        json.dumps({"id": r.id, "task": r.task, "question": r.question, "answer": r.answer}) for r in _questions(count)
    ]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_the_command_writes_a_corpus_and_goes_on(tmp_path: Path) -> None:
    questions, out = _write_questions(tmp_path / "q.jsonl", 3), tmp_path / "corpus.jsonl"
    with Server(numbered) as server:
        words = ("sample", questions, "-o", out, "--teacher", "openai", "--model", "m", "--base-url", server.url)
        done = _command(*words, "-n", 4, "--price", "1,2")
        assert done.returncode == 0, done.stderr
        assert "12" in done.stdout
        assert "cost" in done.stdout
        records = list(read_records(out))
        assert [len(record.rationales) for record in records] == [4, 4, 4]
        assert [record.rationales[0].correct for record in records] == [True, False, False]
        first = len(server.seen)
        dry = _command(*words, "-n", 6, "--dry-run", "--price", "1,2")
        assert dry.returncode == 0, dry.stderr
        assert len(server.seen) == first
        capped = _command(*words, "-n", 60, "--max-tokens-total", 1000)
        assert capped.returncode == 1
        assert "stopped before 1000 tokens could be passed" in capped.stderr
        assert len(capped.stderr.strip().splitlines()) == 1
        assert sum(len(record.rationales) for record in read_records(out)) >= 12


def test_ctrl_c_leaves_a_usable_corpus(tmp_path: Path) -> None:
    questions, out = _write_questions(tmp_path / "q.jsonl", 30), tmp_path / "corpus.jsonl"
    with Server(lambda request: replace(numbered(request), delay_seconds=0.1)) as server:
        words = ["sample", questions, "-o", out, "--teacher", "openai", "--model", "m", "--base-url", server.url,
                 "--concurrency", 4, "--choices", 1, "-n", 10]  # fmt: skip
        command = [sys.executable, "-c", "from smallsteps.cli import main; main()", *map(str, words)]
        client = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        deadline = time.monotonic() + 60
        while len(server.seen) < 9 and time.monotonic() < deadline:
            time.sleep(0.01)
        client.send_signal(signal.SIGINT)
        _, told = client.communicate(timeout=60)
        assert client.returncode == 130, told
        assert "waiting for what is under way" in told
        written = sum(len(record.rationales) for record in read_records(out))
        assert written == len(server.seen)  # everything that was asked is there
        assert written < 300


def test_batch_files_go_out_and_come_back_once(tmp_path: Path) -> None:
    questions, out = _write_questions(tmp_path / "q.jsonl", 2), tmp_path / "corpus.jsonl"
    batch, results = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    words = ("sample", questions, "-o", out, "--teacher", "openai", "--model", "m", "-n", 3, "--choices", 2,
             "--base-url", "http://127.0.0.1:9/v1")  # fmt: skip
    done = _command(*words, "--batch-write", batch)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in batch.read_text().splitlines()]
    assert len(lines) == 4
    assert all(line["url"] == "/v1/chat/completions" and line["method"] == "POST" for line in lines)
    assert all(len(line["custom_id"]) <= 64 for line in lines)
    rows: list[dict[str, Any]] = []
    for number, line in enumerate(lines[:3]):
        answer = numbered(Seen(number, "POST", line["url"], {}, line["body"]))
        body = json.loads(answer.body)
        rows.append({"custom_id": line["custom_id"], "response": {"status_code": 200, "body": body}, "error": None})
    rows.append({"custom_id": lines[3]["custom_id"], "response": {"status_code": 500, "body": {}}, "error": None})
    rows.append({"custom_id": "somebody-elses", "response": {"status_code": 200, "body": {}}})
    results.write_text("\n".join(map(json.dumps, rows)) + "\n")
    read = _command(*words, "--batch-read", results)
    assert read.returncode == 1
    assert "1 batch requests brought nothing (status 500" in read.stderr
    again = _command(*words, "--batch-read", results)
    assert "read 0 samples" in again.stdout
    texts = [one.text for record in read_records(out) for one in record.rationales]
    assert len(texts) == len(set(texts)) == 5
    rest = tmp_path / "rest.jsonl"
    assert _command(*words, "--batch-write", rest).returncode == 0
    assert [json.loads(line)["custom_id"] for line in rest.read_text().splitlines()] == [lines[3]["custom_id"]]


class _BatchService:
    """A provider's files and batches, finished at once."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def __call__(self, request: Seen) -> Answer:
        if request.path == "/v1/files" and request.method == "POST":
            start = request.raw.index(b"{")
            self.files["in"] = request.raw[start : request.raw.rindex(b"}") + 1]
            return Answer(json.dumps({"id": "in", "object": "file"}).encode())
        if request.path.startswith("/v1/batches"):
            if request.method == "POST":
                self.files["out"] = self._work()
            state = {"id": "batch_1", "object": "batch", "status": "completed", "output_file_id": "out",
                     "request_counts": {"total": 2, "completed": 2, "failed": 0}, "endpoint": "/v1/chat/completions",
                     "input_file_id": "in", "completion_window": "24h", "created_at": 0}  # fmt: skip
            return Answer(json.dumps(state).encode())
        return Answer(self.files[request.path.split("/")[3]], headers={"content-type": "application/jsonl"})

    def _work(self) -> bytes:
        rows = []
        for number, line in enumerate(self.files["in"].decode().splitlines()):
            asked = json.loads(line)
            body = json.loads(numbered(Seen(number, "POST", asked["url"], {}, asked["body"])).body)
            rows.append(json.dumps({"custom_id": asked["custom_id"], "response": {"status_code": 200, "body": body}}))
        return "\n".join(rows).encode()


def test_the_batch_service_is_uploaded_to_awaited_and_read(tmp_path: Path) -> None:
    questions, out = _write_questions(tmp_path / "q.jsonl", 2), tmp_path / "corpus.jsonl"
    with Server(_BatchService()) as server:
        done = _command("sample", questions, "-o", out, "--teacher", "openai", "--model", "m", "-n", 3, "--batch",
                        "--base-url", server.url)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "started batch batch_1" in done.stdout
    texts = [one.text for record in read_records(out) for one in record.rationales]
    assert len(texts) == len(set(texts)) == 6


def test_rephrasing_keeps_answer_and_parent(tmp_path: Path) -> None:
    questions, out = _write_questions(tmp_path / "q.jsonl", 2), tmp_path / "more.jsonl"

    def script(request: Seen) -> Answer:
        own = request.body["messages"][-1]["content"]
        number = own.split()[2].partition("+")[0]
        texts = [own, f"Question: How much do {number} and 4 make?", f'"How much do {number} and 4 make?"'][
            : request.body["n"]
        ]
        return reply(request, texts)

    with Server(script) as server:
        done = _command("sample", questions, "-o", out, "--teacher", "openai", "--model", "m", "--rephrase", 3,
                        "--base-url", server.url)  # fmt: skip
    assert done.returncode == 0, done.stderr
    records = list(read_records(out))
    assert [record.id for record in records] == ["q0", "q0~2", "q1", "q1~2"]  # itself and a repetition left out
    assert records[1].question == "How much do 0 and 4 make?"
    assert (records[1].answer, records[1].meta["parent"]) == ("4", "whatis0+4")


def test_prompt_tokens_of_the_fake_are_below_the_bound() -> None:
    """The bound that is reserved for a prompt covers what the server bills for it."""
    teacher = OpenAI("m", ("http://127.0.0.1:9/v1",))
    content = teacher.content(_questions(1)[0], Prompt(guidance="Be kind."))
    assert prompt_tokens(content) <= teacher.prompt_bound(content)


@pytest.mark.slow
def test_a_real_server_with_a_tiny_model(tmp_path: Path) -> None:
    """`transformers serve` on loopback; it ignores `n` and log-probabilities."""
    pytest.importorskip("fastapi", reason="transformers serve needs fastapi and uvicorn: pip install -e '.[dev]'")
    pytest.importorskip("uvicorn")
    from smallsteps.engine.student import card_of, load_student

    folder, records = tmp_path / "model", _questions(4)
    student = load_student("tiny-decoder", records, seed=0)
    student.tokenizer.chat_template = "{% for m in messages %}Q: {{ m.content }}\nA:{% endfor %}"
    student.save(folder, card_of("cot", {}, "gsm8k", "main"))
    with _transformers_serve(folder) as url, Store(tmp_path / "s.sqlite") as store:
        for api in ("chat", "completions"):
            teacher = OpenAI(str(folder), (url,), api=api, max_tokens=8)  # type: ignore[arg-type]
            outcome = sample(records, teacher, store, settings=QUICK)
            assert (outcome.missing, outcome.tally.samples) == (0, 24)
            assert sample(records, teacher, store, settings=QUICK).tally.requests == 0
            made = list(corpus(records, teacher, store, Prompt(), QUICK))
            told = [one for record in made for one in record.rationales]
            assert all(one.logprob is None and one.usage is not None for one in told)
        with pytest.raises(OptionError, match="rejects the request"):
            sample(records, OpenAI("nobody", (url,)), store, settings=QUICK)
        with pytest.raises(OptionError, match="usually ends in /v1"):
            sample(records, OpenAI(str(folder), (url.removesuffix("/v1"),)), store, settings=QUICK)


@contextmanager
def _transformers_serve(folder: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    script = "from transformers.cli.transformers import main; main()"
    command = [
        sys.executable,
        "-c",
        script,
        "serve",
        str(folder),
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--device",
        "cpu",
    ]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 240
        while time.monotonic() < deadline:
            assert server.poll() is None, "transformers serve ended"
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.terminate()
        server.wait(30)


def test_an_unreachable_endpoint_does_not_spoil_the_work_of_a_slow_one(tmp_path: Path) -> None:
    with Server(lambda request: replace(numbered(request), delay_seconds=0.2)) as server:
        teacher = OpenAI("m", ("http://127.0.0.1:9/v1", server.url))
        with Store(tmp_path / "s.sqlite") as store:
            outcome = sample(_questions(30), teacher, store, settings=replace(QUICK, choices=6, concurrency=4))
    assert (outcome.missing, outcome.tally.samples, outcome.given_up) == (0, 180, {})
