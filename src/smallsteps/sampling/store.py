"""Where samples are kept: an SQLite file that holds every reply that was paid for, and what was spent.

A sample is known by its key (the content of the request) and its index; the raw reply is kept beside it. The ledger
holds a row for each request before it is sent, at its worst case, so that even a killed run has spent no more than
what the ledger says. One process at a time has the store open.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smallsteps.errors import FileError, WorkError
from smallsteps.teachers import Reply

_APPLICATION = 0x736D616C  # "smal"
_VERSION = 1
_SCHEMA = """
CREATE TABLE requests (key TEXT PRIMARY KEY, content TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE replies (id INTEGER PRIMARY KEY, model TEXT, prompt_tokens INTEGER, completion_tokens INTEGER,
                      choices INTEGER NOT NULL, raw BLOB NOT NULL);
CREATE TABLE samples (key TEXT NOT NULL, idx INTEGER NOT NULL, reply INTEGER NOT NULL REFERENCES replies, text TEXT,
                      thoughts TEXT, finish TEXT, logprob REAL, tokens INTEGER, max_tokens INTEGER NOT NULL,
                      seed INTEGER, PRIMARY KEY (key, idx));
CREATE TABLE ledger (id INTEGER PRIMARY KEY, prompt_tokens INTEGER NOT NULL, completion_tokens INTEGER NOT NULL,
                     state TEXT NOT NULL, batch TEXT);
CREATE INDEX ledger_open ON ledger (state) WHERE state = 'open';
CREATE TABLE totals (id INTEGER PRIMARY KEY CHECK (id = 0), prompt_tokens INTEGER, completion_tokens INTEGER,
                     presumed_tokens INTEGER);
INSERT INTO totals VALUES (0, 0, 0, 0);
CREATE TABLE batches (id TEXT PRIMARY KEY, endpoint TEXT NOT NULL, state TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Stored:
    """A sample as it lies in the store, with what its request cost and how many choices shared that cost."""

    index: int
    text: str
    thoughts: str
    finish: str | None
    logprob: float | None
    tokens: int | None
    seed: int | None
    model: str
    prompt_tokens: int | None
    completion_tokens: int | None
    choices: int


@dataclass(frozen=True, slots=True)
class Spent:
    """Tokens that were paid for; `presumed` of them because a reply was lost, counted at the worst case."""

    prompt: int
    completion: int
    presumed: int


class Store:
    """The samples of one or several teachers, in one file. Use it as a context: `with Store(path) as store:`."""

    def __init__(self, path: Path | str) -> None:
        """Open or create. Raises FileError for a file of another kind, WorkError while another process has it open."""
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._base = sqlite3.connect(self.path, timeout=0.5, isolation_level=None)
        try:
            self._prepare()
        except sqlite3.DatabaseError as error:
            self._base.close()
            raise _explained(error, self.path) from None
        except FileError:
            self._base.close()
            raise

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let other processes have it."""
        self._base.close()

    def _prepare(self) -> None:
        base = self._base
        base.execute("PRAGMA locking_mode = EXCLUSIVE")
        tables = base.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        application = base.execute("PRAGMA application_id").fetchone()[0]
        version = base.execute("PRAGMA user_version").fetchone()[0]
        if tables and (application != _APPLICATION or version != _VERSION):
            raise FileError(self.path, "not a sample store of this version; name another file with --store")
        base.execute("PRAGMA journal_mode = WAL")
        base.execute("PRAGMA synchronous = NORMAL")
        base.execute("BEGIN IMMEDIATE")
        if not tables:
            for statement in _SCHEMA.split(";\n"):
                base.execute(statement)
            base.execute(f"PRAGMA application_id = {_APPLICATION}")
            base.execute(f"PRAGMA user_version = {_VERSION}")
        self._presume_lost()
        base.execute("COMMIT")

    def _presume_lost(self) -> None:
        """Requests that were under way when a run died may have been paid: count them at their worst case."""
        prompt, completion = self._open_tokens("state = 'open' AND batch IS NULL")
        self._add(prompt, completion, prompt + completion)
        self._base.execute("DELETE FROM ledger WHERE state = 'open' AND batch IS NULL")

    def remember(self, contents: Mapping[str, Mapping[str, Any]]) -> None:
        """Keep what each key stands for."""
        rows = [(key, json.dumps(content, ensure_ascii=False)) for key, content in contents.items()]
        with _transaction(self._base):
            self._base.executemany("INSERT OR IGNORE INTO requests VALUES (?, ?)", rows)

    def complete(self, max_tokens: int) -> dict[str, set[int]]:
        """The indices of each key that need not be asked again with that limit: all but the ones cut off below it, and
        those without a text."""
        found: dict[str, set[int]] = {}
        query = (
            "SELECT key, idx FROM samples WHERE NOT (coalesce(finish, '') IN ('length', 'max_tokens') "
            "AND max_tokens < ?) AND trim(coalesce(text, '') || coalesce(thoughts, ''), ' ' || char(9, 10, 13)) <> ''"
        )
        for key, index in self._base.execute(query, (max_tokens,)):
            found.setdefault(key, set()).add(index)
        return found

    def samples(self, key: str, count: int) -> list[Stored]:
        """The samples of a key with an index below `count`, in order."""
        rows = self._base.execute(
            "SELECT idx, text, thoughts, finish, logprob, tokens, seed, model, prompt_tokens, completion_tokens, "
            "choices FROM samples JOIN replies ON replies.id = samples.reply WHERE key = ? AND idx < ? ORDER BY idx",
            (key, count),
        )
        return [Stored(*row) for row in rows]

    def size(self) -> int:
        """The number of samples."""
        return int(self._base.execute("SELECT count(*) FROM samples").fetchone()[0])

    def mean_tokens(self) -> float | None:
        """The mean number of tokens of a sample, None while nothing tells."""
        query = "SELECT sum(completion_tokens), sum(choices) FROM replies WHERE completion_tokens IS NOT NULL"
        tokens, choices = self._base.execute(query).fetchone()
        return tokens / choices if choices else None

    def raw(self, key: str, index: int) -> str:
        """The whole reply in which a sample came. Raises KeyError where there is none."""
        query = "SELECT raw FROM samples JOIN replies ON replies.id = samples.reply WHERE key = ? AND idx = ?"
        row = self._base.execute(query, (key, index)).fetchone()
        if row is None:
            raise KeyError((key, index))
        return zlib.decompress(row[0]).decode()

    def spent(self) -> Spent:
        """What has been paid for so far; open requests are not among it."""
        query = "SELECT prompt_tokens, completion_tokens, presumed_tokens FROM totals"
        return Spent(*self._base.execute(query).fetchone())

    def reserved(self) -> tuple[int, int]:
        """Prompt and completion tokens of open requests, at their worst."""
        return self._open_tokens("state = 'open'")

    def reserve(self, worst: Sequence[tuple[int, int]], batch: str | None = None) -> list[int]:
        """Enter requests at their worst case (prompt, completion tokens) before they are sent; their ledger ids."""
        query = "INSERT INTO ledger (prompt_tokens, completion_tokens, state, batch) VALUES (?, ?, 'open', ?)"
        with _transaction(self._base):
            return [_row_id(self._base.execute(query, (*tokens, batch))) for tokens in worst]

    def settle(self, entry: int, prompt: int, completion: int, presumed: int = 0) -> None:
        """Close a ledger entry at what it cost."""
        with _transaction(self._base):
            self._settle(entry, prompt, completion, presumed)

    def open_batch_names(self) -> list[str]:
        """The lines of batch files whose results are still out, by the name they were reserved under."""
        query = "SELECT batch FROM ledger WHERE state = 'open' AND batch IS NOT NULL ORDER BY id"
        return [row[0] for row in self._base.execute(query)]

    def open_batch_entry(self, batch: str) -> tuple[int, int, int] | None:
        """The ledger entry of a line of a batch file: its id and worst case; None where it is closed or unknown."""
        query = "SELECT id, prompt_tokens, completion_tokens FROM ledger WHERE batch = ? AND state = 'open'"
        row = self._base.execute(query, (batch,)).fetchone()
        return None if row is None else (int(row[0]), int(row[1]), int(row[2]))

    def keep(
        self, entry: int | None, key: str, indices: Sequence[int], reply: Reply, max_tokens: int, seed: int | None,
        cost: tuple[int, int, int],
    ) -> None:  # fmt: skip
        """Keep a reply's samples under `indices` and close its ledger entry at `cost`, both or neither.

        Indices and samples are paired in order; an index that was cut off before is replaced, its old reply stays. A
        sample without a text is not kept, so that a later run asks for it again; the raw reply is.
        """
        raw = zlib.compress(reply.raw.encode(errors="replace"), 1)
        row = (reply.model, reply.prompt_tokens, reply.completion_tokens, len(reply.samples), raw)
        with _transaction(self._base):
            if entry is not None:
                self._settle(entry, *cost)
            number = _row_id(self._base.execute("INSERT INTO replies VALUES (NULL, ?, ?, ?, ?, ?)", row))
            rows = [
                (key, index, number, s.text, s.thoughts, s.finish, s.logprob, s.tokens, max_tokens, seed)
                for index, s in zip(indices, reply.samples, strict=False)
                if not s.empty
            ]
            self._base.executemany("INSERT OR REPLACE INTO samples VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def note_batch(self, batch: str, endpoint: str, state: str) -> None:
        """Remember a provider's batch by its id: `open` until its results are read, then `done`."""
        self._base.execute("INSERT OR REPLACE INTO batches VALUES (?, ?, ?)", (batch, endpoint, state))

    def open_batches(self) -> list[str]:
        """Ids of the provider's batches whose results were not read yet."""
        return [row[0] for row in self._base.execute("SELECT id FROM batches WHERE state = 'open' ORDER BY rowid")]

    def release_batch_entries(self, names: Iterable[str]) -> None:
        """Close the entries of batch lines that were never worked on, at no cost."""
        with _transaction(self._base):
            self._base.executemany("DELETE FROM ledger WHERE state = 'open' AND batch = ?", [(name,) for name in names])

    def _open_tokens(self, condition: str) -> tuple[int, int]:
        sums = "coalesce(sum(prompt_tokens), 0), coalesce(sum(completion_tokens), 0)"
        row = self._base.execute(f"SELECT {sums} FROM ledger WHERE {condition}").fetchone()
        return int(row[0]), int(row[1])

    def _settle(self, entry: int, prompt: int, completion: int, presumed: int) -> None:
        self._base.execute("DELETE FROM ledger WHERE id = ?", (entry,))
        if prompt or completion:
            self._add(prompt, completion, presumed)

    def _add(self, prompt: int, completion: int, presumed: int) -> None:
        self._base.execute(
            "UPDATE totals SET prompt_tokens = prompt_tokens + ?, completion_tokens = completion_tokens + ?, "
            "presumed_tokens = presumed_tokens + ?",
            (prompt, completion, presumed),
        )


class _transaction:  # noqa: N801 - reads as a word in `with`
    def __init__(self, base: sqlite3.Connection) -> None:
        self._base = base

    def __enter__(self) -> None:
        self._base.execute("BEGIN")

    def __exit__(self, kind: object, *_: object) -> None:
        self._base.execute("COMMIT" if kind is None else "ROLLBACK")


def _row_id(cursor: sqlite3.Cursor) -> int:
    assert cursor.lastrowid is not None, "an insert has a row id"
    return cursor.lastrowid


def _explained(error: sqlite3.DatabaseError, path: Path) -> FileError | WorkError:
    if "locked" in str(error):
        return WorkError(f"{path} is in use by another run; wait for it, or name another file with --store")
    return FileError(path, f"not a sample store ({error}); name another file with --store")
