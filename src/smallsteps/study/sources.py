"""Where a study's questions come from: files, generators and public layouts, each made once below the run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from smallsteps.errors import FileError, InputError
from smallsteps.methods import refuse_test_questions
from smallsteps.records import (
    Record,
    content_hash,
    corpus_hash,
    merge_meta,
    question_key,
    read_records,
    require_answers,
    split_records,
    write_records,
)
from smallsteps.study.prepare import prepare_records
from smallsteps.study.spec import Corpus, Generate, Import, Source, Sources, several

_FEW_SHOT = "add it, leave the record out, or teach few-shot: keep: all, label: teacher"


@dataclass(frozen=True)
class Parts:
    """The training, validation and test records of a task, and the ids of the training records left out as tested.

    `demonstrations` are further solved questions to show. `words` are questions, without answers, whose words the
    tokenizer of a tiny student learns.
    """

    train: list[Record]
    validation: list[Record]
    test: list[Record]
    leaked: tuple[str, ...]
    demonstrations: list[Record] = field(default_factory=list)
    words: list[Record] = field(default_factory=list)

    @property
    def told(self) -> list[Record]:
        """The records from which the tokenizer of a tiny student learns its words."""
        return [*self.train, *self.validation, *self.demonstrations, *self.words]

    @property
    def hashes(self) -> dict[str, str]:
        """The identity of each part by content; of those that not every corpus has, where there is something."""
        parts = {name: getattr(self, name) for name in ("train", "validation", "test", "demonstrations", "words")}
        return {
            name: corpus_hash(records) for name, records in parts.items()
            if records or name not in ("demonstrations", "words")
        }  # fmt: skip


def load_parts(corpus: Corpus, folder: Path, data: str, *, answered: bool = False) -> Parts:
    """The parts of a corpus. What is generated or imported is kept in `folder` and read from there again.

    Questions of the validation part are taken from training before anything is prepared; no training question also
    stands in the test part: those that do are dropped and listed. A demonstration that does is refused.
    Training questions may lack gold answers, as not every method learns from them, unless they must be `answered`.
    Raises FileError or InputError.
    """
    train_path, train = _load_all(corpus.train, folder, data, answered=answered, way_out=_FEW_SHOT)
    _, test = _load_all(corpus.test, folder, data)
    shown = [] if corpus.demonstrations is None else _load_all(corpus.demonstrations, folder, data)[1]
    refuse_test_questions(shown, test, "corpus.demonstrations")
    train, leaked = _without(train, test)
    if not train:
        raise FileError(train_path, "every training question stands in the test part as well; give other questions")
    if isinstance(corpus.validation, float | int):
        train, validation = _cut(train, float(corpus.validation))
    else:
        _, validation = _load_all(corpus.validation, folder, data, answered=answered, way_out=_FEW_SHOT)
        validation, _ = _without(validation, test)
        train, _ = _without(train, validation)
    words = [Record(record.id, record.task, record.question) for record in test] if corpus.test_words else []
    return Parts(prepare_records(train, corpus.prepare, folder), validation, test, leaked, shown, words)


def _cut(train: list[Record], share: float) -> tuple[list[Record], list[Record]]:
    if not 0 <= share < 1:
        raise InputError(f"corpus.validation = {share}: a share of the training questions lies between 0 and 1")
    return split_records(train, share) if share else (train, [])


def _without(records: list[Record], others: list[Record]) -> tuple[list[Record], tuple[str, ...]]:
    taken = {question_key(record.question) for record in others}
    kept = [record for record in records if question_key(record.question) not in taken]
    dropped = tuple(record.id for record in records if question_key(record.question) in taken)
    return kept, dropped


def _load_all(
    sources: Sources, folder: Path, data: str, *, answered: bool = True, way_out: str = "add it or leave the record out"
) -> tuple[Path, list[Record]]:
    """The records of every source, all (`answered`) with answers and ids of their own, and the path of the first."""
    paths: list[Path] = []
    found: dict[str, Record] = {}
    for source in several(sources):
        path, records = _load(source, folder, data)
        if answered:
            require_answers(records, path, way_out)
        twice = next((record.id for record in records if record.id in found), None)
        if twice is not None:
            raise FileError(path, f"'{twice}' stands in {paths[0]} or another source of the same part already; "
                            "make ids unique", field="id")  # fmt: skip
        paths.append(path)
        found |= {record.id: record for record in records}
    return paths[0], list(found.values())


def source_path(source: Source, folder: Path, data: str) -> Path:
    """The file that a source is read from: the user's own, or the one kept in `folder` once it was made."""
    if isinstance(source, str):
        return Path(source.format(data=data))
    return folder / f"{_title(source)}-{content_hash(source.model_dump(exclude={'group'}), data)}.jsonl"


def _load(source: Source, folder: Path, data: str) -> tuple[Path, list[Record]]:
    path = source_path(source, folder, data)
    if not isinstance(source, str) and not path.exists():
        _make(source, path, data)
    records = list(read_records(path))
    if not isinstance(source, str) and source.group is not None:
        records = [replace(record, meta=merge_meta(record, {"group": source.group})) for record in records]
    return path, records


def _title(source: Generate | Import) -> str:
    return f"{source.generate}-{source.part}" if isinstance(source, Generate) else f"import-{source.part or 'all'}"


def _make(source: Generate | Import, path: Path, data: str) -> None:
    if isinstance(source, Generate):
        write_records(path, generated(source))
    else:
        _import(source, path, data)


def generated(source: Generate) -> Iterator[Record]:
    """The records of a generated source, told by the rule-based teacher."""
    from smallsteps.generators import make_generator
    from smallsteps.teachers.rule_based import RuleBased

    teacher = RuleBased(source.error_rate)
    generator = make_generator(source.generate, source.options)
    for record in generator.records(source.count, source.seed, source.part):
        told = next(iter(teacher.rationales([record], source.rationales, source.seed)))[1] if source.rationales else []
        yield replace(record, rationales=tuple(told))


def _import(source: Import, path: Path, data: str) -> None:
    from smallsteps.corpus.importing import ImportOptions, import_corpus, make_layout
    from smallsteps.corpus.leaks import read_test_questions

    files = [Path(file.format(data=data)) for file in source.files]
    against = [Path(file.format(data=data)) for file in source.against]
    held_out = read_test_questions(against) if against else None
    import_corpus(
        make_layout(source.layout, source.task), files, path, ImportOptions(part=source.part, against=held_out)
    )
