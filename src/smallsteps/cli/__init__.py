"""The command line: one file per command.

A file `cli/NAME.py` defines a function `NAME` (with a trailing underscore for Python keywords and built-ins); adding
the file adds the command. User errors become one sentence and an exit status. Nothing here imports torch by itself.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys

import typer

from smallsteps import __version__
from smallsteps.errors import SmallstepsError

INTERRUPTED = 130  # the exit status after Ctrl-C


def build_app() -> typer.Typer:
    """The command with every file of this folder as a subcommand."""
    app = typer.Typer(
        name="smallsteps",
        help="Teach small language models to reason by distilling chains of thought, and prove which way works.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_options)
    names = sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))
    for name in names:
        module = importlib.import_module(f"{__name__}.{name}")
        app.command(name.rstrip("_"))(getattr(module, name))
    return app


def _version(wanted: bool) -> None:
    if wanted:
        print(f"smallsteps {__version__}")
        raise typer.Exit


def _options(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    pass


def main() -> None:
    """The entry point. Exit status: 0 success, 1 the work failed, 2 invalid input."""
    from smallsteps.cli._console import errors

    _hush_libraries()
    try:
        build_app()()
    except SmallstepsError as error:
        errors.print(f"[bold red]error[/] {_plain(str(error))}", highlight=False, soft_wrap=True)
        sys.exit(error.exit_status)
    except SystemExit as ended:
        if ended.code == INTERRUPTED:  # what Typer makes of Ctrl-C
            errors.print("interrupted; finished work is kept, and the same command resumes")
        raise
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)


def _hush_libraries() -> None:
    """Switch off the progress bars of libraries, which would break into those of the commands."""
    quiet = {"HF_HUB_DISABLE_PROGRESS_BARS": "1", "TRANSFORMERS_VERBOSITY": "error", "TOKENIZERS_PARALLELISM": "false"}
    for name, value in quiet.items():
        os.environ.setdefault(name, value)


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(" ".join(text.split()))
