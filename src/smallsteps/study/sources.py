"""Where a study's questions come from: files, generators and public layouts, each made once below the run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from smallsteps.errors import FileError, InputError
from smallsteps.records import (
    Record,
    content_hash,
    corpus_hash,
    question_key,
    read_records,
    require_answers,
    split_records,
    write_records,
)
from smallsteps.study.prepare import prepare_records
from smallsteps.study.spec import Corpus, Generate, Import, Source


@dataclass(frozen=True)
class Parts:
    """The training, validation and test records of a task, with the file that each came from."""

    train: list[Record]
    validation: list[Record]
    test: list[Record]
    leaked: tuple[str, ...]

    @property
    def hashes(self) -> dict[str, str]:
        """The identity of each part by content."""
        return {name: corpus_hash(getattr(self, name)) for name in ("train", "validation", "test")}


def load_parts(corpus: Corpus, folder: Path, data: str) -> Parts:
    """The parts of a corpus. What is generated or imported is kept in `folder` and read from there again.

    Questions of the validation part are taken from training before anything is prepared; no training question also
    stands in the test part: those that do are dropped and listed. Raises FileError or InputError.
    """
    train_path, train = _load(corpus.train, folder, data)
    test_path, test = _load(corpus.test, folder, data)
    require_answers(train, train_path)
    require_answers(test, test_path)
    train, leaked = _without(train, test)
    if not train:
        raise FileError(train_path, "every training question stands in the test part as well; give other questions")
    if isinstance(corpus.validation, float | int):
        train, validation = _cut(train, float(corpus.validation))
    else:
        validation_path, validation = _load(corpus.validation, folder, data)
        require_answers(validation, validation_path)
        validation, _ = _without(validation, test)
        train, _ = _without(train, validation)
    return Parts(prepare_records(train, corpus.prepare), validation, test, leaked)


def _cut(train: list[Record], share: float) -> tuple[list[Record], list[Record]]:
    if not 0 <= share < 1:
        raise InputError(f"corpus.validation = {share}: a share of the training questions lies between 0 and 1")
    return split_records(train, share) if share else (train, [])


def _without(records: list[Record], others: list[Record]) -> tuple[list[Record], tuple[str, ...]]:
    taken = {question_key(record.question) for record in others}
    kept = [record for record in records if question_key(record.question) not in taken]
    dropped = tuple(record.id for record in records if question_key(record.question) in taken)
    return kept, dropped


def source_path(source: Source, folder: Path, data: str) -> Path:
    """The file that a source is read from: the user's own, or the one kept in `folder` once it was made."""
    if isinstance(source, str):
        return Path(source.format(data=data))
    return folder / f"{_title(source)}-{content_hash(source.model_dump(), data)}.jsonl"


def _load(source: Source, folder: Path, data: str) -> tuple[Path, list[Record]]:
    path = source_path(source, folder, data)
    if not isinstance(source, str) and not path.exists():
        _make(source, path, data)
    return path, list(read_records(path))


def _title(source: Generate | Import) -> str:
    return f"{source.generate}-{source.part}" if isinstance(source, Generate) else f"import-{source.part or 'all'}"


def _make(source: Generate | Import, path: Path, data: str) -> None:
    if isinstance(source, Generate):
        write_records(path, generated(source))
    else:
        _import(source, path, data)


def generated(source: Generate) -> Iterator[Record]:
    """The records of a generated source, told by the rule-based teacher."""
    from smallsteps.generator import make_generator
    from smallsteps.teachers.rule_based import RuleBased

    teacher = RuleBased(source.error_rate)
    generator = make_generator(source.generate, source.options)
    for record in generator.records(source.count, source.seed, source.part):
        told = next(iter(teacher.rationales([record], source.rationales, source.seed)))[1] if source.rationales else []
        yield replace(record, rationales=tuple(told))


def _import(source: Import, path: Path, data: str) -> None:
    from smallsteps.importing import Wishes, import_corpus, make_layout
    from smallsteps.leaks import read_test_questions

    files = [Path(file.format(data=data)) for file in source.files]
    against = [Path(file.format(data=data)) for file in source.against]
    held_out = read_test_questions(against) if against else None
    import_corpus(make_layout(source.layout, source.task), files, path, Wishes(part=source.part, against=held_out))
