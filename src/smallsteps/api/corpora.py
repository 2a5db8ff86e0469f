"""Corpora in Python: imported from files, or generated."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from smallsteps.records import Record, read_records

Part = Literal["train", "test"]


def import_corpus(
    format_name: str,
    files: str | Path | Sequence[str | Path],
    *,
    task: str | None = None,
    part: Part | None = None,
    test_share: float = 0.0,
    against: str | Path | Sequence[str | Path] = (),
    **options: Any,
) -> list[Record]:
    """The records of files in a public format, as `smallsteps import` reads them.

    format_name: one of `smallsteps list formats`, or `FILE.py:CLASS`. files: paths, or a Hugging Face data set id.
    task: one of `smallsteps list tasks`, for files that do not name it. part: `train` or `test` of the format's own
    split, or with `test_share` of a split by question. against: corpora whose questions are left out. options: those of
    the format (`question="problem"` for a CSV column).

    Raises UnknownNameError, OptionError or FileError for input that is wrong.
    """
    from smallsteps.corpus.importing import ImportOptions, make_layout
    from smallsteps.corpus.importing import import_corpus as write_corpus
    from smallsteps.corpus.leaks import read_test_questions

    layout = make_layout(format_name, task, [f"{name}={value}" for name, value in options.items()])
    excluded = _paths(against)
    wanted = ImportOptions(part, test_share, read_test_questions(excluded) if excluded else None)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "corpus.jsonl"
        write_corpus(layout, _paths(files), out, wanted)
        return list(read_records(out))


def generate_corpus(
    generator: str,
    count: int,
    *,
    seed: int = 0,
    part: Part = "train",
    rationales: int = 1,
    error_rate: float = 0.0,
    **options: Any,
) -> list[Record]:
    """`count` generated questions with known answers, as `smallsteps generate` makes them.

    generator: one of `smallsteps list generators`. part: `train` and `test` never share a question, whatever the seed.
    rationales: how many the rule-based teacher writes for each question; `error_rate` is the share that ends in a wrong
    answer. options: those of the generator (`steps="2-3"`).

    Raises UnknownNameError for an unknown generator or option, OptionError for a value that does not fit.
    """
    from smallsteps.study.sources import generated
    from smallsteps.study.spec import Generate

    source = Generate(generate=generator, count=count, seed=seed, part=part, rationales=rationales,
                      error_rate=error_rate, options=options)  # fmt: skip
    return list(generated(source))


def _paths(files: str | Path | Sequence[str | Path]) -> list[Path]:
    return [Path(files)] if isinstance(files, str | Path) else [Path(file) for file in files]
