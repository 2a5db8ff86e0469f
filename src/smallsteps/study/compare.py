"""The main job: run every arm of a study, then one table with paired statistics."""

from __future__ import annotations

import multiprocessing
import traceback
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smallsteps import __version__
from smallsteps.errors import InputError, SmallstepsError, WorkError
from smallsteps.progress import SILENT, Progress
from smallsteps.records import read_json, write_json
from smallsteps.study.arms import Arm, study_arms, training_identity
from smallsteps.study.checks import check_arm, check_parts, check_tune
from smallsteps.study.growth import check_kept, check_tuning, discard
from smallsteps.study.requirements import NeedsContext, needed_arms, provide
from smallsteps.study.run import SCORES, arm_outcomes, run_arm
from smallsteps.study.run_folder import ARMS, CACHE, CORPUS, STUDY, clear_run, staged
from smallsteps.study.sources import Parts, load_parts
from smallsteps.study.spec import Study
from smallsteps.study.tune import TUNING, tune_arm

if TYPE_CHECKING:
    from smallsteps.scoring.evaluate import Outcome
    from smallsteps.stats import ArmResult, Comparison, Point


@dataclass(frozen=True)
class Run:
    """A study under way in its folder: its arms, the auxiliary ones first, and the parts of each corpus."""

    study: Study
    folder: Path
    arms: tuple[Arm, ...]
    parts: Mapping[str, Parts]

    def folder_of(self, arm: Arm) -> Path:
        """Where an arm lives."""
        return self.folder / ARMS / arm.name

    def twin_of(self, arm: Arm) -> Arm | None:
        """The first arm that is taught in the very same way and only decodes differently; None for that arm itself."""
        if self.study.tune:  # what is tuned by the accuracy depends on the decoding as well
            return None
        identity = training_identity(arm)
        first = next(one for one in self.arms if training_identity(one) == identity)
        return None if first.name == arm.name else first

    def before(self, arm: Arm) -> list[str]:
        """The names of the arms that must be finished before this one."""
        twin = self.twin_of(arm)
        return [one.name for one in (*needed_arms(arm), *([twin] if twin else []))]

    def parts_of(self, arm: Arm) -> Parts:
        """The corpus of an arm."""
        return self.parts[corpus_key(arm)]


def prepare_run(study: Study, raw: Mapping[str, Any], folder: Path, *, fresh: bool = False) -> Run:
    """Check a study, make its corpora, and save the resolved study in the run folder.

    Arms that stand in the folder are kept if they fit the study, see `check_kept`; `fresh` removes them first. Nothing
    is written before students, settings and corpora have been checked. Raises InputError for what does not fit.
    """
    arms = study_arms(study, raw)
    for arm in arms:
        check_arm(arm)
    check_tune(arms, study.tune)
    with staged(folder / CORPUS, empty=fresh) as stage:
        parts = _load_corpora(study, arms, stage)
        wanted = _with_needed(arms)
        if fresh:
            clear_run(folder)
        begun = _check_kept(study, wanted, parts, folder)
    discard(begun)
    write_json(folder / STUDY, study.model_dump(mode="json", by_alias=True))
    return Run(study, folder, tuple(wanted), parts)


def _load_corpora(study: Study, arms: Sequence[Arm], folder: Path) -> dict[str, Parts]:
    sources = {corpus_key(arm): arm.corpus for arm in arms}
    golden = {corpus_key(arm) for arm in arms if arm.build().needs_gold}
    parts = {key: load_parts(corpus, folder, study.data, answered=key in golden) for key, corpus in sources.items()}
    for arm in arms:
        check_parts(arm, parts[corpus_key(arm)])
    return parts


def _check_kept(study: Study, arms: Sequence[Arm], parts: Mapping[str, Parts], folder: Path) -> list[Path]:
    if not (folder / STUDY).exists():
        return []
    before = read_json(folder / STUDY).get("tune", {})
    check_tuning(before, study.tune, folder / ARMS)
    hashes = {key: part.hashes for key, part in parts.items()}
    return check_kept(arms, {arm.name: hashes[corpus_key(arm)] for arm in arms}, folder / ARMS, list(study.tune))


def run_study(run: Run, jobs: int = 1, progress: Progress = SILENT) -> Iterator[tuple[Arm, dict[str, Any]]]:
    """Run every arm, `jobs` at a time, and yield each with its scores as it finishes; finished arms come at once.

    Raises the first arm's error once the others that were under way have ended.
    """
    finished = [] if run.study.tune else [arm for arm in run.arms if (run.folder_of(arm) / SCORES).exists()]
    for arm in finished:
        yield arm, _run_one(run, arm, progress)
    waiting = [arm for arm in run.arms if arm not in finished]
    if jobs == 1:
        for arm in waiting:
            yield arm, _run_one(run, arm, progress)
    elif waiting:
        yield from _run_parallel(run, jobs, waiting, {arm.name for arm in finished})


def finish(run: Run) -> dict[str, Any]:
    """Score all arms together, compare them, and write the run's scores.json; returns its content."""
    from smallsteps.stats import compare_sweep
    from smallsteps.study.results import lines_of

    shown = [arm for arm in run.arms if not arm.auxiliary]
    scores = [dict(read_json(run.folder_of(arm) / SCORES)) | {"auxiliary": False} for arm in shown]
    tests = {arm.name: run.parts_of(arm).test for arm in shown}
    outcomes = {arm.name: arm_outcomes(arm, tests[arm.name], run.folder_of(arm)) for arm in shown}
    results = [_result(arm, outcomes[arm.name]) for arm in shown]
    compared = compare_sweep(results, run.study.baseline or shown[0].label)
    tuning = {
        arm.name: read_json(run.folder_of(arm) / TUNING) for arm in shown if (run.folder_of(arm) / TUNING).exists()
    }
    data = {
        "version": __version__,
        "study": run.study.model_dump(mode="json", by_alias=True),
        "arms": scores,
        "lines": lines_of(shown, outcomes, tests),
        "comparisons": [{"point": dict(point), **asdict(one)} for point, one in compared],
        "tuning": tuning,
        "leaked": {key: list(parts.leaked) for key, parts in run.parts.items()},
    }
    write_json(run.folder / SCORES, data)
    return data


def comparisons_of(scores: Mapping[str, Any]) -> list[Comparison]:
    """The comparisons of a run's scores.json as they were made."""
    from smallsteps.stats import Comparison, Interval

    found = []
    for one in scores["comparisons"]:
        fields: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in one.items()}
        del fields["point"]
        fields["interval"] = Interval(*fields["interval"]) if fields["interval"] else None
        found.append(Comparison(**fields))
    return found


def _result(arm: Arm, outcomes: Sequence[Outcome]) -> tuple[Point, ArmResult]:
    from smallsteps.stats import ArmResult, point_key

    grades = {outcome.id: outcome.grade for outcome in outcomes}
    return point_key(arm.point), ArmResult(arm.label, arm.student.label, arm.seed, arm.task, grades, arm.name)


def _with_needed(arms: Sequence[Arm]) -> list[Arm]:
    """The arms in an order in which everything needed comes first; an arm of the study serves as a needed one."""
    own = {arm.name: arm for arm in arms}
    ordered: dict[str, Arm] = {}

    def add(arm: Arm) -> None:
        for needed in needed_arms(arm):
            add(own.get(needed.name, needed))
        ordered.setdefault(arm.name, arm)

    for arm in arms:
        add(arm)
    return list(ordered.values())


def corpus_key(arm: Arm) -> str:
    """The name of an arm's corpus within its run: the task, and what a sweep or the arm's method changed of it."""
    settings = ",".join(f"{field}={value}" for field, value in arm.point if field.startswith(("corpus.", "tasks.")))
    own = f"+{arm.prepared}" if arm.prepared else ""
    return f"{arm.task}{own}@{settings}" if settings else f"{arm.task}{own}"


def _run_one(run: Run, arm: Arm, progress: Progress) -> dict[str, Any]:
    folder, parts = run.folder_of(arm), run.parts_of(arm)
    if (folder / SCORES).exists() and not run.study.tune:
        return run_arm(arm, parts, provide(arm, parts, _workshop(run)), folder, progress)
    provided = provide(arm, parts, _workshop(run))
    if run.study.tune:
        arm = tune_arm(arm, run.study.tune, parts, provided, folder, progress)
    twin = run.twin_of(arm)
    return run_arm(arm, parts, provided, folder, progress, run.folder_of(twin) if twin else None)


def _workshop(run: Run) -> NeedsContext:
    finished = {arm.name: run.folder_of(arm) / SCORES for arm in run.arms}
    seconds = {name: float(read_json(path)["train_seconds"]) for name, path in finished.items() if path.exists()}
    return NeedsContext(run.folder / CACHE, seconds, run.folder / ARMS)


def _run_parallel(run: Run, jobs: int, waiting: list[Arm], done: set[str]) -> Iterator[tuple[Arm, dict[str, Any]]]:
    under_way: dict[Future[tuple[str, Any]], Arm] = {}
    failure: SmallstepsError | None = None
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_start_worker, initargs=(jobs,)) as pool:
        while under_way or (waiting and failure is None):
            for arm in [one for one in waiting if failure is None and len(under_way) < jobs]:
                if len(under_way) < jobs and done.issuperset(run.before(arm)):
                    waiting.remove(arm)
                    under_way[pool.submit(_work, run, arm)] = arm
            for future in wait(under_way, return_when=FIRST_COMPLETED).done:
                arm = under_way.pop(future)
                kind, value = future.result()
                if kind == "scores":
                    done.add(arm.name)
                    yield arm, value
                else:
                    failure = failure or _revived(kind, value, arm)
    if failure is not None:
        raise failure


def _work(run: Run, arm: Arm) -> tuple[str, Any]:
    """In a worker: errors travel as text, because an exception may not survive the way between processes."""
    from smallsteps.study.status import StatusProgress

    try:
        return "scores", _run_one(run, arm, StatusProgress(run.folder_of(arm)))
    except InputError as error:
        return "input", str(error)
    except SmallstepsError as error:
        return "work", str(error)
    except Exception:
        return "work", traceback.format_exc()


def _revived(kind: str, message: str, arm: Arm) -> SmallstepsError:
    return (InputError if kind == "input" else WorkError)(f"arm {arm.name}: {message}")


def _start_worker(jobs: int) -> None:
    import os
    import signal
    import threading

    import torch

    signal.signal(signal.SIGINT, lambda *_: os._exit(130))  # Ctrl-C reaches all: the study itself says what is kept
    threading.Thread(target=_end_with_parent, daemon=True).start()
    torch.set_num_threads(max(1, (os.cpu_count() or 1) // jobs))


def _end_with_parent() -> None:
    """A worker whose study was killed stops at once: it would go on in a folder that the next run takes up."""
    import os

    parent = multiprocessing.parent_process()
    assert parent is not None, "workers are started by a study"
    parent.join()
    os._exit(1)
