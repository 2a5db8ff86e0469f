"""One folder, one process: a lock that names its holder and that a dead process does not hold.

The operating system holds the lock (`flock`) and drops it with the process, however that ends; the file beside it only
says who holds it. Works on local disks and on NFS 4.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO

from smallsteps.errors import InputError

LOCK = ".lock"


class FolderInUseError(InputError):
    """Another process is writing to the folder."""


@contextmanager
def folder_lock(folder: Path) -> Iterator[None]:
    """Hold a folder while the block runs; the folder is made where it is missing, and removed if it stays empty.

    Raises FolderInUseError, naming the process, where another one holds it.
    """
    new = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / LOCK
    file = _acquire(path)
    try:
        _sign(file)
        yield
    finally:
        path.unlink(missing_ok=True)  # before the lock goes: whoever waits for this file looks again
        file.close()
        for made in new:  # the innermost first; a folder that holds something stays
            with contextlib.suppress(OSError):
                made.rmdir()


def _acquire(path: Path) -> IO[str]:
    while True:
        file = path.open("a+", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = _holder(file.read())
            file.close()
            raise FolderInUseError(
                f"{path.parent} is in use by {holder}; wait until it ends, stop it, or name another folder with --out"
            ) from None
        if _is_at(file, path):
            return file
        file.close()  # its holder has just removed it


def _is_at(file: IO[str], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _sign(file: IO[str]) -> None:
    file.truncate(0)
    since = datetime.now().astimezone().isoformat(sep=" ", timespec="seconds")
    json.dump({"pid": os.getpid(), "host": socket.gethostname(), "since": since}, file)
    file.flush()


def _holder(text: str) -> str:
    try:
        found = json.loads(text)
        return f"process {found['pid']} on {found['host']} (since {found['since']})"
    except (ValueError, KeyError, TypeError):
        return "another process"  # it has the lock and is about to say who it is
