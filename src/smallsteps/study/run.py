"""One arm from its records to its answers, in a folder of its own that is whole or not there."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from smallsteps.errors import InputError
from smallsteps.methods import DemonstrationPool, Method
from smallsteps.progress import SILENT, Progress
from smallsteps.records import Record, read_json, write_json
from smallsteps.scoring.answers import read_answers, write_answers
from smallsteps.scoring.evaluate import Outcome, Score, judge_answers, reasonings, score_outcomes
from smallsteps.study.arms import Arm, arm_identity
from smallsteps.study.environment import ENVIRONMENT, environment
from smallsteps.study.sources import Parts

if TYPE_CHECKING:
    from smallsteps.engine.student import Student

SCORES = "scores.json"
CONFIG = "config.json"


@dataclass(frozen=True)
class Provided:
    """What an arm's needs gave: the records to teach and to validate on, the vectors to match, the cost in seconds.

    `pool` holds the demonstrations of a method that shows some.
    """

    train: Sequence[Record]
    vectors: Mapping[str, np.ndarray]
    seconds: float = 0.0
    validation: Sequence[Record] = ()
    pool: DemonstrationPool | None = None


def is_finished(folder: Path, identity: str) -> bool:
    """Whether the arm stands finished in its folder.

    Raises InputError where the folder holds an arm with other settings or another corpus.
    """
    if not (folder / CONFIG).exists():
        return False
    found = read_json(folder / CONFIG).get("identity")
    if found != identity:
        raise InputError(
            f"{folder}: holds an arm with other settings or another corpus; name another folder with --out, or start "
            "over with --replace"
        )
    return (folder / SCORES).exists()


def run_arm(
    arm: Arm,
    parts: Parts,
    provided: Provided,
    folder: Path,
    progress: Progress = SILENT,
    trained: Path | None = None,
) -> dict[str, Any]:
    """Train, answer and score one arm; every stage that is finished already is not done again.

    `trained` is the folder of a finished arm that was taught in the very same way: its students are taken over, and
    their cost is charged again. Returns what stands in the arm's scores.json, which is written last.
    """
    identity = arm_identity(arm, parts.hashes)
    if is_finished(folder, identity):
        return dict(read_json(folder / SCORES))
    method = arm.build()
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / CONFIG, {"identity": identity, "corpus": parts.hashes, **arm_settings(arm)})
    write_json(folder / ENVIRONMENT, environment())
    if trained is not None and not (folder / "student").exists():
        _take_over(trained, folder, arm)
    costs = _train_paths(arm, method, parts, provided, folder, progress)
    if not (folder / "answers.jsonl").exists():
        pool = provided.pool
        asked = parts.test if pool is None else [pool.shown(record, arm.seed, "test") for record in parts.test]
        _answer(arm, method, asked, folder, progress)
    scores = _scores(arm, method, parts.test, folder) | costs
    write_json(folder / SCORES, scores)
    return scores


def arm_outcomes(arm: Arm, records: Sequence[Record], folder: Path) -> list[Outcome]:
    """The outcome of every test question of a finished arm."""
    answers = list(read_answers(folder / "answers.jsonl"))
    return judge_answers(answers, {record.id: record for record in records}, arm.build().reader)


def arm_settings(arm: Arm) -> dict[str, Any]:
    """The settings of an arm as they stand in its config.json."""
    settings = asdict(arm)
    for name in ("options", "budget", "training", "decoding", "point"):
        settings[name] = dict(settings[name])
    settings["corpus_source"] = arm.corpus.model_dump(mode="json", by_alias=True)
    settings.pop("corpus")
    return settings


def _take_over(trained: Path, folder: Path, arm: Arm) -> None:
    """The training and the students of a finished arm, asked as `arm` is; the students last: they mark the end."""
    shutil.copytree(trained / "training", folder / "training", dirs_exist_ok=True)
    shutil.copytree(trained / "student", folder / "student.part", dirs_exist_ok=True)
    from smallsteps.engine.student import CARD

    for card in (folder / "student.part").glob(f"*/{CARD}"):
        write_json(card, read_json(card) | {"options": dict(arm.options)})
    (folder / "student.part").rename(folder / "student")


def _train_paths(
    arm: Arm, method: Method, parts: Parts, provided: Provided, folder: Path, progress: Progress
) -> dict[str, Any]:
    """Train the student of every path that is not saved yet; the costs of all of them."""
    from smallsteps.training.checkpoints import clear_checkpoints
    from smallsteps.training.settings import Training

    costs = {}
    for path in method.path_names:
        target = folder / "student" / path
        note = folder / "training" / path / "trained.json"
        if not (target.exists() and note.exists()):
            _train_path(arm, method, path, parts, provided, folder, progress)
        clear_checkpoints(note.parent, Training.of(dict(arm.training)))  # also those of a run killed while clearing
        costs[path] = read_json(note)
    return {
        "train_seconds": sum(cost["seconds"] for cost in costs.values()) + provided.seconds,
        "supervised_tokens": sum(cost["supervised_tokens"] for cost in costs.values()),
        "paths": costs,
    }


def _train_path(
    arm: Arm, method: Method, path: str, parts: Parts, provided: Provided, folder: Path, progress: Progress
) -> None:
    from smallsteps.engine.student import card_of
    from smallsteps.training.settings import Budget, Training
    from smallsteps.training.train import train

    student = initial_student(arm, method, parts.told)
    trained = train(
        student,
        method,
        path,
        provided.train,
        provided.validation,
        budget=Budget.of(dict(arm.budget)),
        training=Training.of(dict(arm.training)),
        seed=arm.seed,
        folder=folder / "training" / path,
        vectors=provided.vectors,
        pool=provided.pool,
        progress=progress,
    )
    student.save(folder / "student" / path, card_of(arm.method, dict(arm.options), arm.task, path))
    write_json(folder / "training" / path / "trained.json", asdict(trained))


def initial_student(arm: Arm, method: Method, records: Sequence[Record]) -> Student:
    """The arm's student before any training; a tiny one learns its words from the records (`Parts.told`)."""
    from smallsteps.engine.student import load_student

    spec = arm.student
    return load_student(
        spec.name,
        records,
        seed=arm.seed,
        size=spec.size,
        chat=method.prompt_style == "chat",
        turn=method.words.turn,
        trust_remote_code=spec.trust_remote_code,
        dtype=spec.dtype,
        revision=spec.revision,
    )


def _answer(arm: Arm, method: Method, test: Sequence[Record], folder: Path, progress: Progress) -> None:
    from smallsteps.decoding.answering import answer_questions, load_trained

    decoding = decoding_of(arm)
    _, students, _ = load_trained(folder, decoding.device, trust_remote_code=arm.student.trust_remote_code)
    start = time.perf_counter()
    answers = answer_questions(method, students, test, decoding, arm.name, progress)
    write_answers(folder / "answers.jsonl", answers)
    write_json(folder / "answering.json", {"answer_seconds": time.perf_counter() - start})


def decoding_of(arm: Arm) -> Any:
    """The arm's decoding settings. Raises UnknownNameError for one that does not exist."""
    from smallsteps.decoding.settings import Decoding
    from smallsteps.errors import UnknownNameError

    options = dict(arm.decoding)
    for name in options:
        if name not in Decoding.__dataclass_fields__:
            raise UnknownNameError("decoding setting", name, Decoding.__dataclass_fields__)
    return replace(Decoding(), **options)


def _scores(arm: Arm, method: Method, test: Sequence[Record], folder: Path) -> dict[str, Any]:
    records = {record.id: record for record in test}
    answers = list(read_answers(folder / "answers.jsonl"))
    written = reasonings(answers, method.words, method.order)
    score = score_outcomes(judge_answers(answers, records, method.reader), records, written=written)
    return {
        "arm": arm.name,
        "method": arm.label,
        "student": arm.student.label,
        "seed": arm.seed,
        "task": arm.task,
        "point": dict(arm.point),
        "auxiliary": arm.auxiliary,
        "chance": _chance(test),
        **score_fields(score),
        **read_json(folder / "answering.json"),
    }


def _chance(test: Sequence[Record]) -> float:
    """What guessing would reach on the test part, whose questions may be of several tasks."""
    from smallsteps.tasks import get_task

    counts = Counter(record.task for record in test)
    return sum(count * get_task(task).chance for task, count in counts.items()) / len(test)


def score_fields(score: Score) -> dict[str, Any]:
    """A score as it stands in scores.json; `accuracy` and `strict` are the same number under both names."""
    return {
        "n": score.n,
        "accuracy": score.accuracy,
        "strict": score.accuracy,
        "lenient": score.lenient,
        "interval": list(score.interval),
        "outcomes": score.outcomes,
        "generated_tokens": score.generated_tokens,
        "samples": score.samples,
        "saved": score.saved,
        "grade": score.grade,
        "metrics": score.metrics,
        "consistency": None if score.consistency is None else asdict(score.consistency),
        "groups": {name: score_fields(part) for name, part in (score.groups or {}).items()},
    }
