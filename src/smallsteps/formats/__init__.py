"""Public corpus layouts, in and out, one file each."""

from smallsteps.formats._format import FORMATS, Format, Part
from smallsteps.formats._oddities import ImportNotes, each_row, taking_notes
from smallsteps.formats._parquet import PARQUET_COLUMNS
from smallsteps.formats._rows import (
    Identities,
    Row,
    check_file,
    check_layout,
    digest,
    first_value,
    layouts_like,
    plain_rows,
    read_rows,
)
from smallsteps.formats._solutions import HoldsSolutions, Solution, solutions_of, write_solutions
from smallsteps.formats._streams import WINDOW_CHARACTERS, json_values

__all__ = [
    "FORMATS",
    "PARQUET_COLUMNS",
    "WINDOW_CHARACTERS",
    "Format",
    "HoldsSolutions",
    "Identities",
    "ImportNotes",
    "Part",
    "Row",
    "Solution",
    "check_file",
    "check_layout",
    "digest",
    "each_row",
    "first_value",
    "json_values",
    "layouts_like",
    "plain_rows",
    "read_rows",
    "solutions_of",
    "taking_notes",
    "write_solutions",
]
