"""Files given to the wrong command: said in one sentence, with what to type instead."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any, Literal

from smallsteps.errors import FileError
from smallsteps.records import read_lines

What = Literal["corpus", "answers", "study", "table", "other"]
_TABLES = (".csv", ".tsv", ".parquet", ".xlsx")


def what_is(path: Path) -> What:
    """What a file holds, from its name and its first line; a missing file is left to whoever reads it."""
    if path.suffix.lower() in _TABLES:
        return "table"
    if path.suffix.lower() in (".yaml", ".yml"):
        return "study"
    if not path.is_file():
        return "other"
    row = _first_row(path)
    if isinstance(row, dict) and "arm" in row and "finish" in row:
        return "answers"
    return "corpus" if isinstance(row, dict) and "question" in row and "task" in row else "other"


def require_corpus(path: Path) -> None:
    """Refuse what is plainly no corpus: a table, an answers file, a study. Raises FileError with the way out."""
    found, name = what_is(path), shlex.quote(str(path))
    if found == "table" and path.is_file():
        layout = {".parquet": "parquet"}.get(path.suffix.lower(), "csv")
        raise FileError(path, f"this is a table, not a smallsteps corpus; import it first: smallsteps import {layout} "
                        f"{name} --task TASK -o corpus.jsonl")  # fmt: skip
    if found == "answers":
        raise FileError(path, f"these are a student's answers, not a corpus; read them with: smallsteps show {name}")
    if found == "study" and path.is_file():
        raise FileError(path, f"this is a study, not a corpus; run it with: smallsteps compare {name}")


def require_answers_file(path: Path) -> None:
    """Refuse a corpus or a table where answers are expected. Raises FileError with the way out."""
    found = what_is(path)
    if found == "corpus":
        raise FileError(path, "this is a corpus, not an answers file; let a student answer it first: smallsteps answer "
                        f"STUDENT {shlex.quote(str(path))} -o answers.jsonl")  # fmt: skip
    if found in ("table", "study") and path.is_file():
        raise FileError(path, f"this is a {found}, not an answers file; `smallsteps answer` and `smallsteps compare` "
                        "write answers files")  # fmt: skip


def _first_row(path: Path) -> Any:
    try:
        return json.loads(next(read_lines(path), (1, ""))[1])
    except (json.JSONDecodeError, RecursionError, FileError):
        return None  # whoever reads the file says what is wrong with it
