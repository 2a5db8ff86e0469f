"""Rows of a data set by Hugging Face id and revision."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from smallsteps.errors import InputError

_ID = re.compile(r"[\w.-]+/[\w.-]+(?:@[\w./-]+)?")


def is_dataset_id(file: Path) -> bool:
    """Whether a path is the id of a data set (`owner/name`, `owner/name@revision`) and no file or folder."""
    return not file.exists() and file.suffix.lower() not in _FILES and _ID.fullmatch(str(file)) is not None


_FILES = {".json", ".jsonl", ".csv", ".tsv", ".parquet", ".gz", ".zst", ".txt"}


def hub_rows(name: str, config: str | None, split: str, revision: str | None) -> Iterator[dict[str, Any]]:
    """The rows of a split, streamed; code of a data set is never run. Raises InputError where it cannot be loaded."""
    from datasets import load_dataset

    where = f"{name}{f'@{revision}' if revision else ''}, split '{split}'"
    try:
        yield from load_dataset(name, config, split=split, revision=revision, streaming=True)
    except InputError:
        raise
    except ValueError as error:
        raise InputError(f"{where}: {error}") from None
    except (OSError, RuntimeError) as error:
        reason = str(error).partition("\n")[0]
        raise InputError(f"{where}: cannot be loaded ({reason}); check the id, the revision and the network") from None
