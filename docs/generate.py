"""Writes the generated pages of docs/reference: `make docs`.

Each page is a module of docs/pages. reference/formats.md, which needs a folder of real data, is written by
docs/make_formats.py.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER))

from pages import commands as commands_page  # noqa: E402  from this folder
from pages import methods, python, run_folder, study, tasks, training  # noqa: E402

commands, parameters = commands_page.commands, commands_page.parameters
PAGES: dict[str, Callable[[], str]] = {
    "commands.md": commands_page.page,
    "methods.md": methods.page,
    "tasks.md": tasks.page,
    "study.md": study.page,
    "training.md": training.page,
    "run-folder.md": run_folder.page,
    "python.md": python.page,
}


def main() -> None:
    """Write every page."""
    for name, page in PAGES.items():
        path = FOLDER / "reference" / name
        path.write_text(page(), encoding="utf-8")
        sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
