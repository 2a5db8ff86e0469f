"""The review pages over HTTP: verdicts, hostile text, foreign hosts, cross-site posts, tokens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette", reason="the review pages need starlette and uvicorn")

from starlette.testclient import TestClient

from commands import smallsteps
from smallsteps.errors import OptionError
from smallsteps.records import Rationale, Record, Segment, read_records, record_line, write_records
from smallsteps.review.compare_app import compare_app
from smallsteps.review.corpus_app import corpus_app
from smallsteps.review.corrections import CorrectionStore, Decision, reviewed
from smallsteps.review.judgements import JudgementStore
from smallsteps.review.pages import access
from smallsteps.review.pairs import Pair, a_is_first
from smallsteps.review.suspicion import make_items

HOSTILE = "<script>document.title='owned'</script>{{ 7 * 7 }} & \"quoted\""
ORIGIN = {"origin": "http://127.0.0.1:8765", "referer": "http://127.0.0.1:8765/"}


def pair(n: int) -> Pair:
    texts = (f"Left {n} {HOSTILE}", f"Right {n}")
    return Pair(f"p{n}", n, True, f"r{n}", "gsm8k", f"Question {n}?", ("(A) x",), *texts, "4", "5", True, False)


def client(app: Any, **options: Any) -> TestClient:
    return TestClient(app, base_url="http://127.0.0.1:8765", follow_redirects=True, **options)


@pytest.fixture
def store(tmp_path: Path) -> JudgementStore:
    made = JudgementStore(tmp_path / "s.sqlite")
    made.load([pair(n) for n in range(3)], {"seed": 0})
    return made


def named(app: Any, name: str) -> TestClient:
    browser = client(app)
    assert "Your name" in browser.get("/").text
    assert "Question 0?" in browser.post("/name", data={"rater": name}, headers=ORIGIN).text
    return browser


def test_a_verdict_names_a_place_and_is_stored_as_a_side(store: JudgementStore) -> None:
    browser = named(compare_app(store, *access("127.0.0.1", None)), "Zoë Ünal")
    for place in ("1", "2", "tie"):
        page = browser.get("/").text
        identity = page.partition('name="pair" value="')[2].partition('"')[0]
        browser.post("/judge", data={"pair": identity, "verdict": place, "seconds": "2.5"}, headers=ORIGIN)
    said = store.judgements()
    assert [one.rater for one in said] == ["Zoë Ünal"] * 3 and {one.seconds for one in said} == {2.5}
    first = a_is_first("p0", "Zoë Ünal")
    assert said[0].winner == ("a" if first else "b") and said[0].first == ("a" if first else "b")
    assert said[1].winner == ("b" if a_is_first("p1", "Zoë Ünal") else "a") and said[2].winner == "tie"
    assert "All done" in browser.get("/").text
    browser.post("/undo", headers=ORIGIN)
    assert "Question 2?" in browser.get("/").text and len(store.judgements()) == 2


def test_sides_are_shuffled_and_answers_hidden(store: JudgementStore) -> None:
    hosts, token = access("127.0.0.1", None)
    hidden = named(compare_app(store, hosts, token), "x").get("/").text
    shown = named(compare_app(store, hosts, token, show_answers=True), "x").get("/").text
    assert "Answer: 4" not in hidden and "Answer: 4" in shown
    places = {a_is_first(f"p{n}", rater) for n in range(3) for rater in ("x", "y", "z")}
    assert places == {True, False}


def test_hostile_text_is_text(store: JudgementStore) -> None:
    page = named(compare_app(store, *access("127.0.0.1", None)), "<b>me</b>").get("/")
    assert "<script>document" not in page.text and "&lt;script&gt;document" in page.text
    assert "{{ 7 * 7 }}" in page.text and "<b>me</b>" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:8765", "169.254.1.1:8765", ""])
def test_foreign_hosts_are_refused(store: JudgementStore, host: str) -> None:
    browser = client(compare_app(store, *access("127.0.0.1", None)))
    assert browser.get("/", headers={"host": host}).status_code == 403


@pytest.mark.parametrize("host", ["localhost:8765", "127.0.0.1:8765", "[::1]:8765"])
def test_own_hosts_are_answered(store: JudgementStore, host: str) -> None:
    assert client(compare_app(store, *access("127.0.0.1", None))).get("/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [{"origin": "http://evil.example"}, {}, {"origin": "null"}, ORIGIN | {"sec-fetch-site": "cross-site"},
     {"origin": "http://127.0.0.1:9999"}],
)  # fmt: skip
def test_cross_site_posts_are_refused(store: JudgementStore, headers: dict[str, str]) -> None:
    browser = named(compare_app(store, *access("127.0.0.1", None)), "x")
    for path in ("/judge", "/undo", "/name"):
        assert browser.post(path, data={"pair": "p0", "verdict": "1"}, headers=headers).status_code == 403
    assert not store.judgements()


def test_another_address_needs_its_token(store: JudgementStore) -> None:
    hosts, token = access("192.0.2.7", None)
    assert token is not None and len(token) >= 16
    browser = TestClient(compare_app(store, hosts, token), base_url="http://192.0.2.7:8765")
    assert browser.get("/").status_code == 403
    assert browser.get("/?token=wrong").status_code == 403
    assert browser.get(f"/?token={token}").status_code == 200
    assert browser.get("/").status_code == 200  # the browser keeps it
    with pytest.raises(OptionError, match="at least 16 characters"):
        access("192.0.2.7", "short")


def test_what_no_page_sends_changes_nothing(store: JudgementStore) -> None:
    browser = named(compare_app(store, *access("127.0.0.1", None)), "x")
    for data in ({}, {"pair": "nope", "verdict": "1"}, {"pair": "p0", "verdict": "a"}, {"pair": "p0"}):
        browser.post("/judge", data=data, headers=ORIGIN)
    assert not store.judgements()
    assert browser.get("/static/../../errors.py").status_code == 404


RECORDS = [
    Record("r1", "gsm8k", "How many?", "4", None, (
        Rationale("2 + 2 = 5. So the answer is 4.", "4", True, segments=(Segment("extractive", 0, 9),)),
        Rationale("2 + 2 = 4. So the answer is 4.", "4", True),
        Rationale("The answer is 9.", "4", True),
    )),
]  # fmt: skip


def test_suspicious_rationales_come_first() -> None:
    items = make_items(RECORDS)
    assert [item.rationale.text[:9] for item in items[2:]] == ["2 + 2 = 4"]
    reasons = {item.rationale.text: item.reasons for item in items}
    assert "wrong arithmetic" in reasons["2 + 2 = 5. So the answer is 4."][0]
    assert reasons["The answer is 9."] == ("readings disagree: the text says 9, the recorded answer is 4",)


def test_a_corpus_is_accepted_rejected_and_edited(tmp_path: Path) -> None:
    with CorrectionStore(tmp_path / "c.sqlite") as store:
        items = make_items(RECORDS)
        browser = client(corpus_app(items, store, *access("127.0.0.1", None)))
        page = browser.post("/name", data={"rater": "ann"}, headers=ORIGIN).text
        assert "Gold answer" in page and "Why it was read so" in page
        edits = {
            items[0].id: {"verdict": "accept", "text": "Two and two\r\nmake 4.", "answer": "4", "note": "mended"},
            items[1].id: {"verdict": "reject", "note": ""},
            items[2].id: {"verdict": "accept", "text": items[2].rationale.text, "answer": "4", "note": ""},
        }
        for identity, data in edits.items():
            browser.post("/decide", data={"item": identity, **data}, headers=ORIGIN)
        assert "All done" in browser.get("/").text
        (record,) = reviewed(RECORDS, store.latest(), accepted_only=True)
        texts = [one.text for one in record.rationales]
        assert "Two and two\nmake 4." in texts and items[1].rationale.text not in texts and len(texts) == 2
        (trace,) = record.meta["review"]
        assert trace["by"] == "ann" and trace["original"] == items[0].rationale.text and trace["note"] == "mended"
        assert record_line(record)
        browser.post("/decide", data={"verdict": "undo"}, headers=ORIGIN)
        assert len(store.latest()) == 2


def test_unreviewed_rationales_stay_unless_accepted_ones_are_asked_for(tmp_path: Path) -> None:
    assert list(reviewed(RECORDS, {}, accepted_only=False)) == RECORDS
    assert next(reviewed(RECORDS, {}, accepted_only=True)).rationales == ()


def test_segments_are_marked(tmp_path: Path) -> None:
    with CorrectionStore(tmp_path / "c.sqlite") as store:
        only = [Record("r", "gsm8k", "?", "4", None, RECORDS[0].rationales[:1])]
        browser = client(corpus_app(make_items(only), store, *access("127.0.0.1", None)))
        page = browser.post("/name", data={"rater": "ann"}, headers=ORIGIN).text
        assert '<mark class="extractive" title="extractive">2 + 2 = 5</mark>' in page


def test_select_carries_the_decisions_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_records(tmp_path / "c.jsonl", RECORDS)
    path, out = tmp_path / "c.jsonl.review.sqlite", tmp_path / "out.jsonl"
    first, second, _ = make_items(RECORDS)
    with CorrectionStore(path) as store:
        store.decide(Decision(first.id, "ann", "edit", text="Mended.", answer="5"))
        store.decide(Decision(second.id, "ann", "reject"))
    assert smallsteps("select", tmp_path / "c.jsonl", "--reviewed", path, "-o", out) == 0
    (record,) = read_records(out)
    assert [one.text for one in record.rationales if one.text == "Mended."] == ["Mended."] and len(
        record.rationales
    ) == 2
    assert next(one.correct for one in record.rationales if one.text == "Mended.") is False, (
        "a corrected reading is judged"
    )
    assert smallsteps("select", tmp_path / "c.jsonl", "--reviewed", path, "--accepted-only", "-o", out) == 0
    assert len(next(read_records(out)).rationales) == 1
    capsys.readouterr()
    assert smallsteps("select", tmp_path / "c.jsonl", "--reviewed", tmp_path / "nope", "-o", out) == 2
    assert "no reviews here" in capsys.readouterr().err and not (tmp_path / "nope").exists()
    assert smallsteps("select", tmp_path / "c.jsonl", "--accepted-only", "-o", out) == 2
