"""A run folder opened for reading: nothing is made, trained or written."""

from __future__ import annotations

from pathlib import Path

from smallsteps.errors import FileError
from smallsteps.records import read_json
from smallsteps.study.arms import Arm, study_arms
from smallsteps.study.compare import Run, corpus_key
from smallsteps.study.run import SCORES
from smallsteps.study.run_folder import ARMS, CORPUS, STUDY
from smallsteps.study.sources import load_parts, source_path
from smallsteps.study.spec import Corpus, Source, Study, check_study


def open_run(folder: Path, data: str | None = None) -> Run:
    """The run that stands in a folder, with the arms of its study (not the auxiliary ones) and its corpora.

    `data` is what `{data}` in the study's paths stands for, where that has moved since. Raises FileError where no run
    stands there, or a file of its corpus is gone.
    """
    path = folder / STUDY
    if not path.exists():
        raise FileError(folder, f"no run stands here ({STUDY} is missing); give a folder that `smallsteps compare` or "
                        "`smallsteps demo` wrote")  # fmt: skip
    raw = read_json(path)
    if data is not None:
        raw["data"] = data
    study = check_study(raw, path)
    arms = study_arms(study, raw)
    corpora = {corpus_key(arm): arm.corpus for arm in arms}
    for corpus in corpora.values():
        _check_sources(corpus, folder / CORPUS, study)
    parts = {key: load_parts(corpus, folder / CORPUS, study.data) for key, corpus in corpora.items()}
    return Run(study, folder, tuple(arms), parts)


def finished_arms(run: Run) -> list[Arm]:
    """The arms that are trained, answered and scored. Raises FileError where none is."""
    found = [arm for arm in run.arms if (run.folder_of(arm) / SCORES).exists()]
    if not found:
        raise FileError(run.folder / ARMS, "no arm of this run is finished; go on with `smallsteps compare`")
    return found


def _check_sources(corpus: Corpus, folder: Path, study: Study) -> None:
    for sources in corpus.sources().values():
        for source in sources:
            _check_source(source, folder, study)


def _check_source(source: Source, folder: Path, study: Study) -> None:
    path = source_path(source, folder, study.data)
    if not path.exists():
        way_out = "name the folder that {data} stands for with --data" if isinstance(source, str) else (
            "the same `smallsteps compare` makes it again"
        )  # fmt: skip
        raise FileError(path, f"this file of the run's corpus is gone; {way_out}")
