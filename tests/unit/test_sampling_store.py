"""The store and the budget."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from smallsteps.errors import FileError, OptionError, WorkError
from smallsteps.sampling.budget import Budget, Caps, Price, parse_price
from smallsteps.sampling.store import Store
from smallsteps.teachers import Reply, Sample


def _keep(store: Store, key: str, indices: list[int], *samples: Sample, max_tokens: int = 10) -> None:
    entry = store.reserve([(5, 100)])[0]
    reply = Reply(samples, "m", '{"raw": "é"}', 3, 4)
    store.keep(entry, key, indices, reply, max_tokens, None, (3, 4, 0))


def test_samples_survive_with_their_raw_reply(tmp_path: Path) -> None:
    with Store(tmp_path / "s.sqlite") as store:
        _keep(store, "k", [0, 1], Sample("a", "t", "stop", -1.0, 2), Sample("b"))
    with Store(tmp_path / "s.sqlite") as store:
        found = store.samples("k", 9)
        assert [(one.index, one.text, one.thoughts, one.logprob) for one in found] == [
            (0, "a", "t", -1.0),
            (1, "b", "", None),
        ]
        assert store.raw("k", 1) == '{"raw": "é"}'
        assert [one.index for one in store.samples("k", 1)] == [0]
        assert store.spent().prompt + store.spent().completion == 7


def test_only_what_was_cut_off_below_the_new_limit_is_asked_again(tmp_path: Path) -> None:
    with Store(tmp_path / "s.sqlite") as store:
        _keep(store, "k", [0, 1], Sample("cut", finish="length"), Sample("whole", finish="stop"), max_tokens=10)
        assert store.complete(10) == {"k": {0, 1}}
        assert store.complete(5) == {"k": {0, 1}}
        assert store.complete(20) == {"k": {1}}
        _keep(store, "k", [0], Sample("longer", finish="stop"), max_tokens=20)
        assert [one.text for one in store.samples("k", 9)] == ["longer", "whole"]
        assert store.complete(40) == {"k": {0, 1}}


def test_what_was_under_way_when_a_run_died_counts_at_its_worst(tmp_path: Path) -> None:
    store = Store(tmp_path / "s.sqlite")
    budget = Budget(store, Caps(tokens=1000))
    assert budget.reserve(100, 400) is not None
    store.close()  # as after a kill: the entry stays open
    with Store(tmp_path / "s.sqlite") as again:
        assert (again.spent().prompt, again.spent().completion, again.spent().presumed) == (100, 400, 500)
        assert again.reserved() == (0, 0)
        assert not Budget(again, Caps(tokens=1000)).fits(100, 401)


def test_nothing_is_reserved_beyond_the_cap(tmp_path: Path) -> None:
    with Store(tmp_path / "s.sqlite") as store:
        budget = Budget(store, Caps(cost=1.0, price=Price(1.0, 2.0)))
        first = budget.reserve(200_000, 300_000)  # 0.8
        assert first is not None
        assert budget.reserve(0, 100_001) is None
        second = budget.reserve(0, 100_000)
        assert second is not None
        budget.lost(second, paid=False)
        budget.lost(first, paid=True)
        assert budget.tokens == (200_000, 300_000)
        assert budget.presumed == 500_000
        assert budget.fits(0, 100_000)
        assert not budget.fits(1, 100_000)


def test_a_server_that_hides_its_usage_counts_at_the_worst_case(tmp_path: Path) -> None:
    with Store(tmp_path / "s.sqlite") as store:
        budget = Budget(store, Caps())
        entry = budget.reserve(10, 50)
        assert entry is not None
        assert budget.cost(entry, None, None) == (10, 50, 60)
        assert budget.cost(entry, 8, None) == (8, 50, 50)
        assert budget.cost(entry, 8, 9) == (8, 9, 0)


def test_a_second_run_on_the_same_store_is_refused(tmp_path: Path) -> None:
    with Store(tmp_path / "s.sqlite"), pytest.raises(WorkError, match="in use by another run"):
        Store(tmp_path / "s.sqlite")


@pytest.mark.parametrize("content", [b"not a database at all, just some text that is long enough", b""])
def test_a_file_of_another_kind_is_refused_and_an_empty_one_taken(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "s.sqlite"
    path.write_bytes(content)
    if content:
        with pytest.raises(FileError, match="not a sample store"):
            Store(path)
    else:
        Store(path).close()


def test_somebody_elses_database_is_refused(tmp_path: Path) -> None:
    base = sqlite3.connect(tmp_path / "s.sqlite")
    base.execute("CREATE TABLE mine (x)")
    base.commit()
    base.close()
    with pytest.raises(FileError, match="not a sample store of this version"):
        Store(tmp_path / "s.sqlite")


@pytest.mark.parametrize("text", ["1", "1,2,3", "a,b", "-1,2", "1,nan", "1,inf"])
def test_a_wrong_price_is_refused(text: str) -> None:
    with pytest.raises(OptionError, match="IN,OUT"):
        parse_price(text)


def test_a_cap_on_cost_needs_a_price() -> None:
    assert parse_price("0.15,0.6").of(1_000_000, 1_000_000) == pytest.approx(0.75)
    with pytest.raises(OptionError, match="--price"):
        Caps(cost=1.0)
