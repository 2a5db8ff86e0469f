"""The store of judgements: order, claims, undo, restarts, and a hundred thousand pairs."""

from __future__ import annotations

from pathlib import Path

import pytest

from smallsteps.errors import FileError
from smallsteps.review.judgements import CLAIM_SECONDS, Judgement, JudgementStore
from smallsteps.review.pairs import Pair, a_is_first

FACTS = {"a": "cot", "b": "teacher", "seed": 0}


def pairs(count: int, share: float = 0.5) -> list[Pair]:
    return [
        Pair(f"p{n}", n, int((n + 1) * share) > int(n * share), f"r{n}", "gsm8k", f"q{n}", (), "a", "b", *[None] * 4)
        for n in range(count)
    ]


def say(store: JudgementStore, pair: str, rater: str, winner: str = "a") -> bool:
    first = "a" if a_is_first(pair, rater) else "b"
    return store.judge(Judgement(pair, rater, "person", winner, first, 1.0, 0.0))  # type: ignore[arg-type]


@pytest.fixture
def store(tmp_path: Path) -> JudgementStore:
    made = JudgementStore(tmp_path / "reviews" / "one.sqlite")
    made.load(pairs(10), FACTS)
    return made


def run_through(store: JudgementStore, rater: str) -> list[str]:
    seen = []
    while (pair := store.next_for(rater)) is not None:
        seen.append(pair.id)
        assert say(store, pair.id, rater)
    return seen


def test_one_rater_sees_every_pair_once_in_order(store: JudgementStore) -> None:
    assert run_through(store, "ann") == [f"p{n}" for n in range(10)]
    assert store.standing("ann").left == 0


def test_shared_pairs_go_to_everyone_the_others_to_one(store: JudgementStore) -> None:
    seen: dict[str, list[str]] = {"ann": [], "bob": []}
    while True:
        turns = [(rater, store.next_for(rater)) for rater in seen]
        if not any(pair for _, pair in turns):
            break
        for rater, pair in turns:
            if pair is not None:
                seen[rater].append(pair.id)
                assert say(store, pair.id, rater)
    shared = {one.id for one in pairs(10) if one.shared}
    assert set(seen["ann"]) & set(seen["bob"]) == shared and len(shared) == 5
    assert set(seen["ann"]) | set(seen["bob"]) == {f"p{n}" for n in range(10)}


def test_a_claim_runs_out(store: JudgementStore, monkeypatch: pytest.MonkeyPatch) -> None:
    first = store.next_for("ann")
    assert first is not None and not first.shared
    other = store.next_for("bob")
    assert other is not None and other.id != first.id
    import smallsteps.review.judgements as module

    later = module.time.time() + CLAIM_SECONDS + 1
    monkeypatch.setattr(module.time, "time", lambda: later)
    again = store.next_for("bob")
    assert again is not None and again.id == first.id


def test_nothing_is_doubled_and_the_first_verdict_stands(store: JudgementStore) -> None:
    assert say(store, "p0", "ann", "a") and not say(store, "p0", "ann", "b")
    assert [(one.pair, one.winner) for one in store.judgements()] == [("p0", "a")]


def test_undo_brings_the_pair_back(store: JudgementStore) -> None:
    for _ in range(3):
        pair = store.next_for("ann")
        assert pair is not None
        say(store, pair.id, "ann")
    assert store.undo("ann") == "p2"
    again = store.next_for("ann")
    assert again is not None and again.id == "p2"
    assert len(store.judgements()) == 2 and store.undo("nobody") is None


def test_a_skipped_pair_is_free_for_another(store: JudgementStore) -> None:
    first = store.next_for("ann")
    assert first is not None and not first.shared
    say(store, first.id, "ann", "skip")
    other = store.next_for("bob")
    assert other is not None and other.id == first.id


def test_a_reopened_store_goes_on(store: JudgementStore) -> None:
    say(store, "p0", "ann")
    again = JudgementStore(store.path)  # the first was never closed: as after a kill
    again.load(pairs(10), FACTS)
    following = again.next_for("ann")
    assert following is not None and following.id == "p1" and len(again.judgements()) == 1


def test_another_comparison_is_refused(store: JudgementStore) -> None:
    with pytest.raises(FileError, match=r"seed = 0, now 1.*--store"):
        store.load(pairs(10), FACTS | {"seed": 1})


def test_no_store_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.sqlite").write_text("no database, whatever its name says" * 40)
    with pytest.raises(FileError, match="is no store of judgements"):
        JudgementStore(tmp_path / "x.sqlite")


def test_the_search_does_not_begin_anew_for_every_pair(tmp_path: Path) -> None:
    """With many pairs judged, the next is found from where the rater stands."""
    store = JudgementStore(tmp_path / "many.sqlite")
    store.load(pairs(3000, 0.0), FACTS)
    for _ in range(5):
        pair = store.next_for("ann")
        assert pair is not None
        say(store, pair.id, "ann")
    store.next_for("ann")
    assert store._frontier["ann"] == 5
