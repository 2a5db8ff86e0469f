"""Everything needed to run the study again, and what has changed since it ran."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from smallsteps import __version__
from smallsteps.records import read_json
from smallsteps.report.content import (
    Code,
    Column,
    Heading,
    Part,
    Prose,
    Section,
    Table,
    count_of,
    number,
    percent,
    words,
)
from smallsteps.report.identity import ARM_COLUMNS, arm_cells
from smallsteps.report.load import ArmData, RunData
from smallsteps.study.run import SCORES
from smallsteps.study.run_folder import CORPUS, STUDY
from smallsteps.study.sources import source_path
from smallsteps.study.spec import Source

_DELIMITER = "STUDY"
_LABELLED = ARM_COLUMNS[:-1]


def reproduce_section(run_data: RunData) -> Section:
    """Commands with the resolved study, versions, seeds, hashes, tuning, and doubts about them."""
    parts: list[Part] = [*_doubts(run_data), Code("Commands", _commands(run_data)), *_versions(run_data),
                         _corpora(run_data), _arms(run_data), *_tuning(run_data)]  # fmt: skip
    lead = "The commands, the study with all its settings, versions and hardware of the run, corpora and seeds."
    return Section("reproduce", "Run it again", lead, tuple(parts))


def _commands(run_data: RunData) -> str:
    """Commands that a shell takes as they are, from the folder that the study ran in."""
    study, again = _study(run_data), shlex.quote(f"{run_data.run.folder.resolve().name}-again")
    delimiter = _DELIMITER
    while delimiter in study.splitlines():
        delimiter += "_"
    lines = [
        f"# smallsteps {ran_with(run_data)}; relative paths start at the folder in which the study ran",
        f"cat > study.yaml <<'{delimiter}'", study, delimiter,
        f"smallsteps compare study.yaml --out {again}",
        *([f"smallsteps trace {again}"] if any(data.gains for data in run_data.arms) else []),
        f"smallsteps report {again} -o {again}/report.html",
    ]  # fmt: skip
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
            source = _part_source(run_data, part, sources, arm.corpus.validation)
            rows.append((words(key), words(part), number(len(records)),
                         number(sum(len(record.rationales) for record in records)), words(digest),
                         words(source)))  # fmt: skip
    return Table("corpora", "Corpora by content", columns, tuple(rows))


def _part_source(run_data: RunData, part: str, sources: Mapping[str, Sequence[Source]], share: object) -> str:
    """The source of a part, in words."""
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
    columns = (*_LABELLED, Column("class"), Column("options", fold=True),
               Column("own training", False, "settings that the study does not give to every arm", fold=True),
               Column("identity", False, "of the settings and corpora, by content"))  # fmt: skip
    rows = [
        (*arm_cells(data)[:-1], words(data.config["method"]), words(_plain(data.config["options"])),
         words(_plain(_own_training(run_data, data))), words(data.config["identity"]))
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
        (*arm_cells(data)[:-2], words(_plain(trial["settings"])), number(trial["seed"]),
         percent(trial["validation_accuracy"]), number(trial["seconds"]), words("chosen" if trial["chosen"] else ""))
        for data in run_data.arms for trial in data.tuning
    ]  # fmt: skip
    if not rows:
        return []
    columns = (*_LABELLED[:-1], Column("settings"), Column("seed", True), Column("validation accuracy %", True),
               Column("seconds", True), Column("chosen"))  # fmt: skip
    note = "Every arm had the same number of trials, judged on the validation part."
    return [Heading("Tuning"), Table("tuning", "All trials", columns, tuple(rows), note)]


def _versions(run_data: RunData) -> list[Part]:
    """What the arms ran on, a column for each machine or version where there are several."""
    found: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for data in run_data.arms:
        found.setdefault(tuple(data.environment.items()), []).append(data.arm.name)
    known = {key: arms for key, arms in found.items() if key}
    if not known:
        return [Prose("Versions and hardware of this run were not recorded.", "quiet")]
    names = list(dict.fromkeys(name for key in known for name, _ in key))
    columns = [Column("of the run")]
    if len(found) > 1:
        columns = [Column(f"{count_of(len(arms), 'arm')}", hint=", ".join(arms)) for arms in known.values()]
    rows = [(words(name), *(words(dict(key).get(name, "")) for key in known)) for name in names]
    return [Table("versions", "Versions and hardware", (Column("what"), *columns), tuple(rows))]


def _doubts(run_data: RunData) -> list[Part]:
    """Where the files of the run do not match what is read today."""
    parts: list[Part] = []
    now = {id(corpus): corpus.hashes for corpus in run_data.run.parts.values()}  # read once: corpora are large
    moved = [data.arm.name for data in run_data.arms if data.config["corpus"] != now[id(run_data.parts_of(data))]]
    if moved:
        parts.append(
            Prose(
                f"The corpus has changed since these arms ran, so they no longer match it: {', '.join(moved)}.",
                "bad",
            )
        )
    reread = [_reread(data) for data in run_data.arms if abs(data.score.accuracy - data.scores["accuracy"]) > 1e-9]
    if reread:
        parts.append(Prose("Answers are read differently today than when the run was scored; this report shows today's "
                           f"reading: {'; '.join(reread)}.", "unsure"))  # fmt: skip
    if run_data.unfinished:
        parts.append(Prose(f"Not finished: {', '.join(run_data.unfinished)}.", "unsure"))
    return parts


def _reread(data: ArmData) -> str:
    return f"{data.arm.name} {100 * data.scores['accuracy']:.1f} % then, {100 * data.score.accuracy:.1f} % now"


def _plain(data: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value if isinstance(value, str) else json.dumps(value)}" for name, value in data.items())
