"""What the methods of a study need before training: made once, cached by content, its cost charged to the arm."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from smallsteps.errors import InputError, UnknownNameError
from smallsteps.methods import Arm as ArmNeed
from smallsteps.methods import Demonstrations, Folds, Need, Segments, Vectors, demonstration_pool
from smallsteps.records import (
    Record,
    content_hash,
    corpus_hash,
    read_json,
    read_records,
    with_answer_as_rationale,
    write_json,
    write_records,
)
from smallsteps.study.arms import Arm, concerns
from smallsteps.study.folds import marked, out_of_fold
from smallsteps.study.run import CONFIG, Provided, initial_student
from smallsteps.study.sources import Parts
from smallsteps.training.vectors import (
    Embed,
    lsa_vectors,
    rationale_vectors,
    read_vectors,
    sentence_vectors,
    shuffled_vectors,
    write_vectors,
)

if TYPE_CHECKING:
    from smallsteps.engine.student import Student


@dataclass(frozen=True)
class NeedsContext:
    """Where the needs of one study are made: its cache, the seconds that finished arms took, and their folder.

    `shown` are further solved questions of an arm's corpus, `words` what else a tiny student's tokenizer learns from.
    """

    cache: Path
    seconds_of: Mapping[str, float]
    arms: Path
    shown: Sequence[Record] = ()
    words: Sequence[Record] = ()


def needed_arms(arm: Arm) -> list[Arm]:
    """The arms that must be finished before this one, as auxiliary arms of the same task, student and seed."""
    needs = [need for need in arm.build().needs() if isinstance(need, ArmNeed)]
    return [
        replace(arm, label=need.method, method=need.method, options=need.options, auxiliary=True,
                point=tuple(pair for pair in arm.point if concerns(pair[0], need.method)))
        for need in needs
    ]  # fmt: skip


def provide(arm: Arm, parts: Parts, context: NeedsContext) -> Provided:
    """Everything that an arm needs. Raises InputError for a need that nobody provides."""
    provided = Provided(parts.train, {}, validation=parts.validation)
    context = replace(context, words=(*parts.demonstrations, *parts.words), shown=parts.demonstrations)
    for need in arm.build().needs():
        maker = _MAKERS.get(type(need))
        if maker is None:
            raise InputError(f"method '{arm.method}' needs {need}, which no provider makes")
        provided = maker(need, arm, provided, context)
    return provided


def _finished_arm(need: ArmNeed, arm: Arm, provided: Provided, context: NeedsContext) -> Provided:
    needed = next(one for one in needed_arms(arm) if one.method == need.method)
    return replace(provided, seconds=provided.seconds + context.seconds_of.get(needed.name, 0.0))


def _vectors(need: Vectors, arm: Arm, provided: Provided, context: NeedsContext) -> Provided:
    """Vectors of all rationales, training and validation; made once, what making them cost is charged to every arm."""
    records = [*provided.train, *provided.validation]
    identity = content_hash(need, corpus_hash(records), _maker_of(need, arm))
    path, note = context.cache / f"vectors-{identity}.safetensors", context.cache / f"vectors-{identity}.json"
    if not note.exists():
        start = time.perf_counter()
        vectors = rationale_vectors(records, _embedding(need, arm, records, context))
        if need.shuffled:
            vectors = shuffled_vectors(records, vectors, arm.seed)
        write_vectors(path, vectors)
        write_json(note, {"target": need.target, "seconds": time.perf_counter() - start})
    return replace(provided, vectors=read_vectors(path), seconds=provided.seconds + read_json(note)["seconds"])


def _maker_of(need: Vectors, arm: Arm) -> object:
    """What a vector depends on beside the corpus: the student where its states are taken, the seed of a shuffle."""
    models = {"frozen": [arm.student, arm.seed], "arm": [one.name for one in needed_arms(arm)]}
    return [models.get(need.target), arm.seed if need.shuffled else None]


def _embedding(need: Vectors, arm: Arm, records: Sequence[Record], context: NeedsContext) -> Embed:
    kind, _, model = need.target.partition(":")
    makers: dict[str, Callable[[], Embed]] = {
        "lsa": lambda: partial(lsa_vectors, width=need.width),
        "sentence-transformer": lambda: partial(sentence_vectors, model=model),
        "frozen": lambda: _pooling(initial_student(arm, arm.build(), [*records, *context.words])),
        "arm": lambda: _pooling(_finished_student(needed_arms(arm)[0], context)),
    }
    if kind not in makers:
        raise UnknownNameError("target", need.target, makers)
    return makers[kind]()


def _pooling(student: Student) -> Embed:
    from smallsteps.training.semantic_vectors import pooled_vectors

    return partial(pooled_vectors, student)


def _finished_student(arm: Arm, context: NeedsContext) -> Student:
    from smallsteps.decoding.answering import load_trained

    _, students, _ = load_trained(context.arms / arm.name, trust_remote_code=arm.student.trust_remote_code)
    return next(iter(students.values()))


def _segments(need: Segments, arm: Arm, provided: Provided, context: NeedsContext) -> Provided:
    """Training and validation rationales cut into segments; made once, the cost is charged to every arm."""
    scorer = None if need.scorer is None else next(one for one in needed_arms(arm) if one.method == need.scorer)
    folder = None if scorer is None else context.arms / scorer.name
    judge = None if folder is None else read_json(folder / CONFIG)["identity"]
    identity = content_hash(need, corpus_hash(provided.train), corpus_hash(provided.validation), judge)
    note = context.cache / f"segments-{identity}.json"
    if not note.exists():
        start = time.perf_counter()
        _segment_parts(need, provided, folder, note)
        write_json(note, {"by": need.by, "options": dict(need.options), "seconds": time.perf_counter() - start})
    train, validation = (_segmented_file(note, part) for part in ("train", "validation"))
    return replace(
        provided,
        train=list(read_records(train)),
        validation=list(read_records(validation)) if provided.validation else [],
        seconds=provided.seconds + read_json(note)["seconds"],
    )


def _segment_parts(need: Segments, provided: Provided, scorer: Path | None, note: Path) -> None:
    from smallsteps.segment import make_strategy, segment_records

    strategy = make_strategy(need.by, dict(need.options))
    judge = None
    if scorer is not None:
        from smallsteps.decoding.scorer import load_scorer

        judge = load_scorer(scorer)
    for part, records in (("train", provided.train), ("validation", provided.validation)):
        told = [with_answer_as_rationale(record) for record in records] if need.whole else records
        if any(record.rationales for record in told):
            told = list(segment_records(told, strategy, judge))
        elif part == "train":
            raise InputError("none of the training records has a rationale that could be cut into segments; give a "
                             "corpus with rationales")  # fmt: skip
        write_records(_segmented_file(note, part), told)


def _segmented_file(note: Path, part: str) -> Path:
    return note.with_name(f"{note.stem}-{part}.jsonl")


def _folds(need: Folds, arm: Arm, provided: Provided, context: NeedsContext) -> Provided:
    """Out-of-fold verdicts on the training questions; the fold students are trained once, and charged to every arm."""
    settings = [arm.student, arm.seed, arm.budget, arm.training, arm.decoding]
    folder = context.cache / f"folds-{content_hash(need, corpus_hash(provided.train), settings)}"
    note = folder / "verdicts.json"
    if not note.exists():
        right, seconds = out_of_fold(need, arm, provided.train, folder)
        write_json(note, {"method": need.method, "right": right, "seconds": seconds})
    found = read_json(note)
    train = marked(provided.train, need.method, found["right"])
    return replace(provided, train=train, seconds=provided.seconds + found["seconds"])


def _demonstrations(need: Demonstrations, arm: Arm, provided: Provided, context: NeedsContext) -> Provided:
    """The pool of solved questions, those of training and the further ones; nothing is made, so nothing is charged."""
    return replace(provided, pool=demonstration_pool(arm.build(), [*provided.train, *context.shown]))


_MAKERS: dict[type[Need], Callable[..., Provided]] = {
    ArmNeed: _finished_arm,
    Vectors: _vectors,
    Segments: _segments,
    Folds: _folds,
    Demonstrations: _demonstrations,
}
