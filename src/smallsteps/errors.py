"""Errors that users can act on.

    SmallstepsError
    ├── InputError (ValueError)          the user's file, option or study is wrong     exit status 2
    │   ├── FileError                    … in a named file, line and field
    │   ├── UnknownNameError (KeyError)  … a name that does not exist
    │   └── OptionError                  … a value an option or a study field cannot take
    └── WorkError (RuntimeError)         the input was fine and the work failed        exit status 1
        └── NonFiniteLossError           a training loss is not finite

Every message is one sentence that says what was found, what was expected and how to fix it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path


class SmallstepsError(Exception):
    """Base of every error that smallsteps raises on purpose."""

    exit_status = 1


class InputError(SmallstepsError, ValueError):
    """The user's input is wrong; nothing was written."""

    exit_status = 2


class FileError(InputError):
    """Something in a file is wrong: `path:line: field 'name': what, and how to fix it`."""

    def __init__(self, path: Path | str, message: str, *, line: int | None = None, field: str | None = None) -> None:
        self.path, self.line, self.field = Path(path), line, field
        where = str(path) if line is None else f"{path}:{line}"
        what = message if field is None else f"field '{field}': {message}"
        super().__init__(f"{where}: {what}")


class UnknownNameError(InputError, KeyError):
    """A name that does not exist; the message suggests what was meant and lists the known names."""

    def __init__(self, kind: str, name: str, known: Iterable[str], *, where: str | None = None) -> None:
        self.kind, self.name, self.known = kind, name, sorted(known)
        super().__init__(f"{where + ': ' if where else ''}unknown {kind} '{name}'; {suggestion(name, self.known)}")

    def __str__(self) -> str:  # KeyError would quote the sentence
        return str(self.args[0])


class OptionError(InputError):
    """An option or a study field has a value that it cannot take."""


class WorkError(SmallstepsError, RuntimeError):
    """The input was fine, the work failed."""


class NonFiniteLossError(WorkError):
    """A training step with a non-finite loss or gradient; the step was not taken."""


def suggestion(name: str, known: Iterable[str]) -> str:
    """`did you mean 'x'? known: …` for a name that was not found among `known`."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    listing = f"known: {', '.join(names)}" if names else "there are none"
    return f"did you mean '{close[0]}'? {listing}" if close else listing
