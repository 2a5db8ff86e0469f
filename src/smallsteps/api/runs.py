"""Studies in Python: run from a dict, and their results as data frames."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smallsteps.progress import SILENT, Progress

if TYPE_CHECKING:
    from pandas import DataFrame  # type: ignore[import-untyped]

    from smallsteps.report.load import ArmData, RunData


@dataclass(frozen=True)
class Leaderboard:
    """The leaderboard of a run: a table in a notebook, text in `print`, numbers in `frame`."""

    scores: Mapping[str, Any]

    @property
    def frame(self) -> DataFrame:
        """One row per task, point of a sweep, method and student: accuracy with its 95 % interval, and N."""
        from pandas import DataFrame

        rows = [
            {"task": line["task"], **line["point"], "method": line["method"], "student": line["student"],
             "n": line["n"], line["measure"].replace(" ", "_"): line["accuracy"], "low": line["interval"][0],
             "high": line["interval"][1]}
            for line in self.scores["lines"]
        ]  # fmt: skip
        return DataFrame(rows)

    def __str__(self) -> str:
        """The leaderboard and its comparisons as Markdown."""
        from smallsteps.study.leaderboard import markdown

        return markdown(self.scores)

    def _repr_html_(self) -> str:
        """What a notebook shows: one table per task, what the intervals cover, and the comparisons."""
        from pandas import DataFrame

        from smallsteps.study.leaderboard import columns, coverage_note, leaderboard, title

        sections: dict[tuple[str, str], list[Sequence[str]]] = {}
        for line in leaderboard(self.scores):
            sections.setdefault((line.task, line.point), []).append(line.cells)
        parts = []
        for (task, point), rows in sections.items():
            table = DataFrame(rows, columns=list(columns(self.scores, task)))
            parts += [f"<h4>{html.escape(title(self.scores, task, point))}</h4>", table.to_html(index=False)]
        notes = [coverage_note(self.scores), *(one["sentence"] for one in self.scores["comparisons"])]
        return "\n".join([*parts, *(f"<p>{html.escape(note)}</p>" for note in notes)])


@dataclass(frozen=True)
class RunResults:
    """The results of a study in its run folder, as data frames."""

    folder: Path
    scores: Mapping[str, Any]

    @property
    def leaderboard(self) -> Leaderboard:
        """Every method with every student, best first."""
        return Leaderboard(self.scores)

    @property
    def arms(self) -> DataFrame:
        """One row per arm: method, student, seed, accuracy, outcomes, tokens and seconds."""
        from pandas import DataFrame

        rows = []
        for arm in self.scores["arms"]:
            plain = {name: value for name, value in arm.items() if isinstance(value, str | int | float)}
            rows.append(plain | dict(arm["point"]) | dict(arm["outcomes"]))
        return DataFrame(rows)

    @property
    def comparisons(self) -> DataFrame:
        """One row per paired comparison: the methods, the difference, its interval and p-value, and the sentence."""
        from pandas import DataFrame

        return DataFrame(self.scores["comparisons"])

    @cached_property
    def answers(self) -> DataFrame:
        """One row per arm and test question: what was asked and written, the answer read, the gold one, the outcome."""
        from pandas import DataFrame

        return DataFrame([row for arm in self._data.arms for row in _answer_rows(self._data, arm)])

    @cached_property
    def log_history(self) -> DataFrame:
        """One row per line of the training logs: arm, path, step, loss, learning rate, validation loss."""
        from pandas import DataFrame

        return DataFrame([
            {"arm": arm.arm.name, "path": path, **row}
            for arm in self._data.arms for path, log in arm.logs.items() for row in log
        ])  # fmt: skip

    @cached_property
    def _data(self) -> RunData:
        from smallsteps.report.load import load_run

        return load_run(self.folder)

    def _repr_html_(self) -> str:
        """What a notebook shows: the leaderboard."""
        return self.leaderboard._repr_html_()


def compare(
    study: Mapping[str, Any] | str | Path,
    output_dir: str | Path | None = None,
    *,
    jobs: int = 1,
    replace: bool = False,
    progress: Progress = SILENT,
) -> RunResults:
    """Run a study: train, answer and score every arm, then compare them, as `smallsteps compare` does.

    study: the keys of a study file as a dict, or the file. output_dir: the run folder, `runs/NAME` by default; a second
    call on it resumes the run and adds new arms. jobs: arms trained in parallel. replace: delete the earlier run first.

    Raises FileError naming the field for a study that does not fit, and InputError for a folder whose finished arms had
    other settings, or in which another process works.
    """
    from smallsteps.records import atomic_writer
    from smallsteps.study.arms import slug
    from smallsteps.study.compare import finish, prepare_run, run_study
    from smallsteps.study.leaderboard import markdown
    from smallsteps.study.lock import folder_lock
    from smallsteps.study.spec import check_study, read_study

    if isinstance(study, Mapping):
        raw = dict(study)
        checked = check_study(raw)
    else:
        checked, raw = read_study(Path(study))
    folder = Path("runs") / slug(checked.name) if output_dir is None else Path(output_dir)
    with folder_lock(folder):
        run = prepare_run(checked, raw, folder, fresh=replace)
        for _ in run_study(run, jobs, progress):
            continue
        scores = finish(run)
        with atomic_writer(folder / "leaderboard.md") as file:
            file.write(markdown(scores))
    return RunResults(folder, scores)


def load_run(folder: str | Path) -> RunResults:
    """The results of a run folder that `compare` or `smallsteps compare` finished.

    Raises FileError if the run is not there or not finished.
    """
    from smallsteps.errors import FileError
    from smallsteps.records import read_json

    path = Path(folder) / "scores.json"
    if not path.exists():
        raise FileError(folder, "this folder has no finished run (scores.json is missing); run `smallsteps compare`")
    return RunResults(Path(folder), read_json(path))


def _answer_rows(data: RunData, arm: ArmData) -> list[dict[str, Any]]:
    records = {record.id: record for record in data.parts_of(arm).test}
    return [
        {"arm": arm.arm.name, "method": arm.arm.label, "student": arm.arm.student.label, "seed": arm.arm.seed,
         "id": one.id, "question": records[one.id].question, "text": arm.answers[one.id].text, "answer": one.answer,
         "gold": records[one.id].answer, "outcome": one.name, "tokens": one.tokens}
        for one in arm.outcomes
    ]  # fmt: skip
