"""What a format is: a public corpus layout, read into records at the door and written back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from smallsteps.records import Record
from smallsteps.registry import Registry

Part = Literal["train", "test"]


@dataclass(frozen=True)
class Format(ABC):
    """A file layout. One file of `formats/`, a frozen dataclass whose fields are its options."""

    @abstractmethod
    def read(self, files: Sequence[Path], part: Part | None) -> Iterator[Record]:
        """The records of the files, one after another in bounded memory, as their authors meant them.

        `part` picks a side of the layout's own split, None takes everything. A rationale's answer comes from the
        layout's own field where it has one and stays None otherwise (the importer then reads it from the text).
        Raises FileError naming file, line and field for what does not fit, and for another layout says which.
        """

    @abstractmethod
    def looks_like(self, row: object) -> bool:
        """Whether a first row of a file could be of this layout; used to guess when a file is of another one."""

    @property
    def general(self) -> bool:
        """Whether it reads files of any columns, so that a layout made for a file goes before it."""
        return False

    def write(self, records: Iterable[Record], path: Path) -> int:
        """Write records in this layout and return the number of rows. Raises OptionError where it cannot be written."""
        from smallsteps.errors import OptionError

        raise OptionError(f"the layout '{FORMATS.name_of(type(self))}' can be imported but not exported")


FORMATS: Registry[Format] = Registry("format", "formats", Format)  # type: ignore[type-abstract]
