"""Judgements in an SQLite file: written at once, never doubled, whoever kills the server."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from smallsteps.errors import FileError
from smallsteps.review.pairs import Pair

Winner = Literal["a", "b", "tie", "skip"]
RaterKind = Literal["person", "judge"]
CLAIM_SECONDS = 900.0
"""How long a pair that somebody looks at is kept for that rater alone."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS pairs (
  id TEXT PRIMARY KEY, position INTEGER NOT NULL UNIQUE, shared INTEGER NOT NULL, data TEXT NOT NULL,
  owner TEXT, claimed REAL);
CREATE TABLE IF NOT EXISTS judgements (
  number INTEGER PRIMARY KEY AUTOINCREMENT, pair TEXT NOT NULL REFERENCES pairs (id), rater TEXT NOT NULL,
  kind TEXT NOT NULL, winner TEXT NOT NULL, first TEXT NOT NULL, seconds REAL NOT NULL, at REAL NOT NULL,
  UNIQUE (pair, rater, first));
CREATE INDEX IF NOT EXISTS by_rater ON judgements (rater, number);
CREATE INDEX IF NOT EXISTS taken ON pairs (owner, claimed, shared) WHERE owner IS NOT NULL;
CREATE INDEX IF NOT EXISTS places ON pairs (position, id, shared, owner, claimed);
"""


@dataclass(frozen=True, slots=True)
class Judgement:
    """One verdict on one pair: who won, which side stood first (`a` or `b`), and how long it took in seconds."""

    pair: str
    rater: str
    kind: RaterKind
    winner: Winner
    first: str
    seconds: float
    at: float


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a rater is: judged (skips included), and the most that are left for them."""

    judged: int
    left: int


class JudgementStore:
    """The pairs of one comparison with everything that raters said of them."""

    def __init__(self, path: Path, read_only: bool = False) -> None:
        """Open or make the file; `read_only` changes nothing. Raises FileError where it is no store of judgements."""
        self.path = path
        self._lock = threading.Lock()
        self._frontier: dict[str, int] = {}
        try:
            self._file = _opened(path, read_only)
        except sqlite3.Error as error:
            raise FileError(path, f"is no store of judgements ({error}); name another file with --store") from None

    def __enter__(self) -> JudgementStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._file:
            self._file.execute("BEGIN IMMEDIATE") if not self._file.in_transaction else None
            yield self._file

    def load(self, pairs: Sequence[Pair], facts: dict[str, Any]) -> None:
        """Keep the pairs of a comparison; a store that holds another one is refused.

        Raises FileError naming the first fact that differs.
        """
        held = self.facts()
        for name, value in facts.items():
            if held and held.get(name) != value:
                raise FileError(self.path, f"holds judgements with {name} = {held.get(name)!r}, now {value!r}; "
                                "name another file with --store, or repeat the command as it was")  # fmt: skip
        with self._writing() as file:
            file.executemany(
                "INSERT OR REPLACE INTO facts VALUES (?, ?)", [(k, json.dumps(v)) for k, v in facts.items()]
            )
            file.executemany(
                "INSERT OR IGNORE INTO pairs (id, position, shared, data) VALUES (?, ?, ?, ?)",
                [(one.id, one.position, one.shared, json.dumps(asdict(one), ensure_ascii=False)) for one in pairs],
            )

    def facts(self) -> dict[str, Any]:
        """What is compared: the sides, the seed, the share."""
        return {name: json.loads(value) for name, value in self._file.execute("SELECT name, value FROM facts")}

    def pairs(self) -> list[Pair]:
        """Every pair, in order."""
        rows = self._file.execute("SELECT data FROM pairs ORDER BY position")
        return [_pair(data) for (data,) in rows]

    def pair(self, identity: str) -> Pair | None:
        """A pair by its id."""
        row = self._file.execute("SELECT data FROM pairs WHERE id = ?", (identity,)).fetchone()
        return None if row is None else _pair(row[0])

    def next_for(self, rater: str) -> Pair | None:
        """The next pair for a rater, kept for them for a while; None where nothing is left.

        Shared pairs go to everyone, the others to whoever comes first.
        """
        now = time.time()
        with self._writing() as file:
            row = file.execute(
                "SELECT id, position, data FROM pairs WHERE position >= ? AND NOT EXISTS (SELECT 1 FROM judgements j "
                "WHERE j.pair = pairs.id AND j.rater = ?) AND (shared OR owner IS NULL OR owner = ? OR claimed < ?) "
                "ORDER BY position LIMIT 1",
                (self._frontier.get(rater, 0), rater, rater, now - CLAIM_SECONDS),
            ).fetchone()
            if row is None:
                return None
            file.execute("UPDATE pairs SET owner = ?, claimed = ? WHERE id = ? AND NOT shared", (rater, now, row[0]))
        self._frontier[rater] = self._start(rater, row[1])
        return _pair(row[2])

    def _start(self, rater: str, position: int) -> int:
        """Where the search begins next time: behind what this rater has judged without a gap."""
        start = self._frontier.get(rater, 0)
        if position == start:
            return start
        passed = self._file.execute(
            "SELECT COUNT(*) FROM pairs JOIN judgements j ON j.pair = pairs.id AND j.rater = ? "
            "WHERE position >= ? AND position < ?", (rater, start, position),
        ).fetchone()[0]  # fmt: skip
        return position if passed == position - start else start

    def judge(self, judgement: Judgement) -> bool:
        """Keep a judgement; False where this rater has judged the pair before (in this order), which then stands."""
        with self._writing() as file:
            kept = file.execute(
                "INSERT OR IGNORE INTO judgements (pair, rater, kind, winner, first, seconds, at) "
                "VALUES (?,?,?,?,?,?,?)",
                (judgement.pair, judgement.rater, judgement.kind, judgement.winner, judgement.first, judgement.seconds,
                 judgement.at),
            ).rowcount  # fmt: skip
            if kept and judgement.kind == "person":
                claimed = None if judgement.winner == "skip" else float("inf")
                owner = None if judgement.winner == "skip" else judgement.rater
                file.execute("UPDATE pairs SET owner = ?, claimed = ? WHERE id = ? AND NOT shared",
                             (owner, claimed, judgement.pair))  # fmt: skip
        return bool(kept)

    def undo(self, rater: str) -> str | None:
        """Take back a rater's last judgement and return its pair; None where there is none."""
        with self._writing() as file:
            row = file.execute(
                "SELECT number, pair FROM judgements WHERE rater = ? ORDER BY number DESC LIMIT 1", (rater,)
            ).fetchone()
            if row is None:
                return None
            file.execute("DELETE FROM judgements WHERE number = ?", (row[0],))
            file.execute(
                "UPDATE pairs SET owner = ?, claimed = ? WHERE id = ? AND NOT shared", (rater, time.time(), row[1])
            )
        self._frontier.pop(rater, None)
        return str(row[1])

    def standing(self, rater: str) -> Standing:
        """How many pairs a rater has judged, and the most that may still come."""
        judged = self._file.execute("SELECT COUNT(*) FROM judgements WHERE rater = ?", (rater,)).fetchone()[0]
        total = self._file.execute("SELECT COUNT(*) FROM pairs").fetchone()[0]
        taken = self._file.execute(
            "SELECT COUNT(*) FROM pairs WHERE NOT shared AND owner IS NOT NULL AND owner != ? AND claimed >= ?",
            (rater, time.time() - CLAIM_SECONDS),
        ).fetchone()[0]
        return Standing(judged, max(0, total - judged - taken))

    def judgements(self) -> list[Judgement]:
        """Everything that was said, in the order in which it was."""
        rows = self._file.execute(
            "SELECT pair, rater, kind, winner, first, seconds, at FROM judgements ORDER BY number"
        )
        return [Judgement(*row) for row in rows]


def _opened(path: Path, read_only: bool) -> sqlite3.Connection:
    if read_only:
        return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, check_same_thread=False, timeout=30)
    path.parent.mkdir(parents=True, exist_ok=True)
    file = sqlite3.connect(path, check_same_thread=False, timeout=30)
    file.execute("PRAGMA journal_mode=WAL")
    file.execute("PRAGMA synchronous=FULL")
    file.executescript(_SCHEMA)
    return file


def is_winner(text: str) -> bool:
    """Whether a word is a verdict."""
    return text in get_args(Winner)


def _pair(data: str) -> Pair:
    fields = json.loads(data)
    return Pair(**(fields | {"choices": tuple(fields["choices"])}))


def raters(judgements: Iterable[Judgement], kind: RaterKind) -> list[str]:
    """The raters of a kind, in the order in which they first judged."""
    return list(dict.fromkeys(one.rater for one in judgements if one.kind == kind))
