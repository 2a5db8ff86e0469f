"""Everything that it takes to run the study again, and what has changed since it ran."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import yaml

from smallsteps import __version__
from smallsteps.records import read_json
from smallsteps.report.content import Code, Column, Heading, Part, Prose, Section, Table, number, percent, words
from smallsteps.report.load import ArmData, RunData
from smallsteps.study.run import SCORES
from smallsteps.study.run_folder import CORPUS, STUDY
from smallsteps.study.sources import source_path
from smallsteps.study.spec import Source

PACKAGES = ("smallsteps", "torch", "transformers", "accelerate", "tokenizers", "numpy", "scipy", "statsmodels")


def reproduce_section(run_data: RunData) -> Section:
    """Commands, the resolved study, versions, seeds, hashes, tuning, and doubts about them."""
    parts: list[Part] = [*_doubts(run_data), Code("Commands", _commands(run_data)),
                         Code("The study, fully spelt out (study.yaml)", _study(run_data)), _corpora(run_data),
                         _arms(run_data), *_tuning(run_data), _versions(run_data)]  # fmt: skip
    lead = "The study, the corpora by content, every seed, the versions, and the commands."
    return Section("reproduce", "Run it again", lead, tuple(parts))


def _commands(run_data: RunData) -> str:
    folder = run_data.run.folder
    lines = [
        f"pip install smallsteps=={ran_with(run_data)}",
        f"smallsteps compare study.yaml --out {folder.name}",
        f"smallsteps report {folder.name} -o report.html",
    ]
    if any(data.gains for data in run_data.arms):
        lines.insert(2, f"smallsteps trace {folder.name}")
    return "\n".join(lines)


def ran_with(run_data: RunData) -> str:
    """The version of smallsteps that scored the run; today's where the run is not finished."""
    path = run_data.run.folder / SCORES
    return str(read_json(path)["version"]) if path.exists() else __version__


def _study(run_data: RunData) -> str:
    raw = {name: value for name, value in read_json(run_data.run.folder / STUDY).items() if value not in ("", {}, None)}
    return str(yaml.safe_dump(raw, sort_keys=False, allow_unicode=True, width=100)).rstrip()


def _corpora(run_data: RunData) -> Table:
    columns = (Column("corpus"), Column("part"), Column("questions", True), Column("rationales", True),
               Column("hash", False, "by content, in order"), Column("source"))  # fmt: skip
    rows = []
    for key, parts in run_data.run.parts.items():
        arm = next(data.arm for data in run_data.arms if run_data.parts_of(data) is parts)
        sources = arm.corpus.sources()
        for part, digest in parts.hashes.items():
            records = getattr(parts, part)
            source = _told(run_data, part, sources, arm.corpus.validation)
            rows.append((words(key), words(part), number(len(records)),
                         number(sum(len(record.rationales) for record in records)), words(digest),
                         words(source)))  # fmt: skip
    return Table("corpora", "Corpora by content", columns, tuple(rows))


def _told(run_data: RunData, part: str, sources: Mapping[str, Sequence[Source]], share: object) -> str:
    """Where a part comes from."""
    if part == "words":
        return "the test questions, for the tokenizer alone"
    if part not in sources:
        assert isinstance(share, float | int), "a validation part without a source is a share"
        return f"{100 * share:g} % of the training questions, by question identity"
    return ", ".join(_source(run_data, source) for source in sources[part])


def _source(run_data: RunData, source: Source) -> str:
    if isinstance(source, str):
        return source
    return source_path(source, run_data.run.folder / CORPUS, run_data.run.study.data).name


def _arms(run_data: RunData) -> Table:
    columns = (Column("arm"), Column("method"), Column("options"), Column("seed", True),
               Column("own training", False, "settings that the study does not give to every arm"),
               Column("identity", False, "of the settings and corpora, by content"))  # fmt: skip
    rows = [
        (words(data.arm.name), words(data.config["method"]), words(_plain(data.config["options"])),
         number(data.arm.seed), words(_plain(_own_training(run_data, data))), words(data.config["identity"]))
        for data in run_data.arms
    ]  # fmt: skip
    return Table("arms", "Arms", columns, tuple(rows))


def _own_training(run_data: RunData, data: ArmData) -> dict[str, Any]:
    study = run_data.run.study
    given = {**study.budget, **study.training}
    return {
        name: value for name, value in {**data.config["budget"], **data.config["training"]}.items()
        if given.get(name) != value
    }  # fmt: skip


def _tuning(run_data: RunData) -> list[Part]:
    rows = [
        (words(data.arm.name), words(_plain(trial["settings"])), number(trial["seed"]),
         percent(trial["validation_accuracy"]), number(trial["seconds"]), words("chosen" if trial["chosen"] else ""))
        for data in run_data.arms for trial in data.tuning
    ]  # fmt: skip
    if not rows:
        return []
    columns = (Column("arm"), Column("settings"), Column("seed", True), Column("validation accuracy %", True),
               Column("seconds", True), Column("chosen"))  # fmt: skip
    note = "Every arm had equally many trials, judged on the validation part."
    return [Heading("Tuning"), Table("tuning", "All trials", columns, tuple(rows), note)]


def _versions(run_data: RunData) -> Table:
    rows = [(words("smallsteps, of the run"), words(ran_with(run_data)))]
    rows += [(words(f"{name}, of this report"), words(_version(name))) for name in PACKAGES]
    rows += [(words("Python, of this report"), words(platform.python_version())),
             (words("system, of this report"), words(platform.platform(terse=True)))]  # fmt: skip
    return Table("versions", "Versions", (Column("package"), Column("version")), tuple(rows))


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _doubts(run_data: RunData) -> list[Part]:
    """Where the run's files and what is read today do not fit together."""
    parts: list[Part] = []
    now = {id(corpus): corpus.hashes for corpus in run_data.run.parts.values()}  # read once: corpora are large
    moved = [data.arm.name for data in run_data.arms if data.config["corpus"] != now[id(run_data.parts_of(data))]]
    if moved:
        parts.append(
            Prose(
                f"The corpus has changed since these arms ran, so that they do not fit together: {', '.join(moved)}.",
                "bad",
            )
        )
    reread = [_reread(data) for data in run_data.arms if abs(data.score.accuracy - data.scores["accuracy"]) > 1e-9]
    if reread:
        parts.append(Prose("Answers are read otherwise today than when the run was scored; this report shows today's "
                           f"reading: {'; '.join(reread)}.", "unsure"))  # fmt: skip
    if run_data.unfinished:
        parts.append(Prose(f"Not finished: {', '.join(run_data.unfinished)}.", "unsure"))
    return parts


def _reread(data: ArmData) -> str:
    return f"{data.arm.name} {100 * data.scores['accuracy']:.1f} % then, {100 * data.score.accuracy:.1f} % now"


def _plain(data: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value if isinstance(value, str) else json.dumps(value)}" for name, value in data.items())
