"""Students in Python: trained, saved, loaded, answering and scored."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smallsteps.errors import OptionError
from smallsteps.methods import METHODS, Demonstrations, Method, check_trainable, demonstration_pool, make_method
from smallsteps.progress import SILENT, Progress
from smallsteps.records import (
    Record,
    content_hash,
    corpus_hash,
    read_json,
    read_lines,
    read_records,
    require_answers,
    split_records,
    write_json,
)

if TYPE_CHECKING:
    from smallsteps.engine.student import Student
    from smallsteps.scoring.answers import Answer
    from smallsteps.scoring.evaluate import Score
    from smallsteps.training.train import Trained

Corpus = str | Path | Sequence[Record]
DEFAULT_EPOCHS = 3.0
IDENTITY = "training.json"  # in the folder of the logs: which training it holds, and whether that has finished


@dataclass(frozen=True)
class TrainedStudent:
    """A trained student with its method: it answers questions and saves itself as a Hugging Face folder.

    `students` holds the model and tokenizer of each path; most methods have the one path `main`. `results` and
    `log_history` say what training cost and how the loss went; both are empty for a student that was loaded.
    """

    method: Method
    method_name: str
    task: str
    students: Mapping[str, Student]
    results: Mapping[str, Trained]
    log_history: Sequence[Mapping[str, Any]]

    def answer(
        self,
        questions: str | Sequence[str | Record],
        *,
        demonstrations: Corpus = (),
        progress: Progress = SILENT,
        **decoding: Any,
    ) -> list[Answer]:
        """The answers to one question or to several, in their order, sample by sample.

        demonstrations: solved questions to show, for a student that was trained with demonstrations. decoding: the
        settings of `Decoding` (`max_new_tokens=256`, `samples=1`, `temperature=0.0`, …).
        Raises OptionError for a setting that does not exist or does not fit.
        """
        from smallsteps.decoding.answering import answer_questions

        listed = [questions] if isinstance(questions, str) else questions
        records = [
            one if isinstance(one, Record) else Record(f"question-{place}", self.task, one)
            for place, one in enumerate(listed)
        ]
        settings = _decoding(decoding)
        asked = self._shown(records, _records(demonstrations), settings.seed)
        return answer_questions(self.method, self.students, asked, settings, self.method_name, progress)

    def read(self, answer: Answer) -> str | None:
        """What an answer states, in the task's canonical form; None if it states nothing."""
        from smallsteps.scoring.evaluate import strict_answer
        from smallsteps.tasks import get_task

        return strict_answer(get_task(answer.task), answer, self.method.reader)

    def score(self, answers: Sequence[Answer], records: Corpus) -> Score:
        """The score of answers against the records' gold answers: accuracy, interval and outcomes.

        Raises InputError for an answer to a question that is not among the records.
        """
        from smallsteps.scoring.evaluate import judge_answers, score_outcomes

        gold = {record.id: record for record in _records(records)}
        return score_outcomes(judge_answers(answers, gold, self.method.reader), gold)

    def save(self, folder: str | Path) -> Path:
        """Save the student for `from_pretrained` and `load_trained`; returns the folder.

        With one path, model and tokenizer are in the folder itself; with several, in a subfolder per path.
        """
        from smallsteps.engine.student import CARD, card_of

        target = Path(folder)
        _clear(target)
        for path, student in self.students.items():
            card = card_of(self.method_name, options_of(self.method), self.task, path)
            if len(self.students) > 1:
                student.save(target / path, card)
                continue
            part = target / ".student"
            student.save(part, card)
            for file in sorted(part.iterdir(), key=lambda file: file.name == CARD):  # the card last: it marks the end
                file.replace(target / file.name)
            part.rmdir()
        return target

    def _shown(self, records: Sequence[Record], solved: Sequence[Record], seed: int) -> Sequence[Record]:
        pool = demonstration_pool(self.method, solved)
        if pool is None and solved:
            raise OptionError("this student was trained without demonstrations; leave demonstrations out")
        return records if pool is None else [pool.shown(record, seed, "test") for record in records]


def train_student(
    student: str | Mapping[str, Any],
    method: str | Method,
    records: Corpus,
    *,
    validation: float | Corpus = 0.1,
    max_steps: int | None = None,
    num_train_epochs: float | None = None,
    max_tokens: int | None = None,
    seed: int = 0,
    output_dir: str | Path | None = None,
    progress: Progress = SILENT,
    **settings: Any,
) -> TrainedStudent:
    """Train one student with one method.

    student: `tiny-decoder`, `tiny-encdec`, a Hugging Face id or folder, or a mapping as in a study
    (`{"name": "tiny-decoder", "width": 64}`). method: a name, or what `make_method` returns. records: a corpus or its
    file. validation: the share of the questions, or a corpus, that chooses the checkpoint; 0 keeps the last one.

    max_steps, num_train_epochs, max_tokens: the budget in optimiser steps, epochs or supervised tokens; 3 epochs by
    default. output_dir: where the student, its training log and its checkpoints are saved; nothing is kept on disk
    without it. settings: those of `transformers.TrainingArguments` by their own names (`learning_rate`,
    `per_device_train_batch_size`, …) and those of `Training` (`row_tokens`, `select`, …).

    A call that was interrupted resumes from its last checkpoint in `output_dir`. With several processes (torchrun), the
    first one saves.

    Raises OptionError for a setting that does not exist, for a method that needs what only a study prepares, and for an
    `output_dir` that holds another training.
    """
    from smallsteps.training.processes import is_main_process
    from smallsteps.training.settings import Training

    chosen = make_method(method) if isinstance(method, str) else method
    named = method if isinstance(method, str) else METHODS.name_of(type(method))
    needed = [need for need in chosen.needs() if not isinstance(need, Demonstrations)]
    if needed:
        raise OptionError(f"the method '{named}' needs {needed[0]} first; train it in a study (smallsteps compare)")
    corpus = _records(records)
    if chosen.needs_gold and isinstance(records, str | Path):
        require_answers(corpus, records)
    train, held_out = _parts(corpus, validation)
    check_trainable(chosen, [*train, *held_out])
    Training.of(settings)
    budget = _budget(max_steps, num_train_epochs, max_tokens)
    with tempfile.TemporaryDirectory() as temporary:
        logs = Path(temporary if output_dir is None else output_dir) / "training"
        _claim(logs, [_identity(student), named, options_of(chosen), corpus_hash([*train, *held_out]), budget,
                      settings, seed])  # fmt: skip
        trained = _train_paths(
            student, chosen, named, train, held_out, budget=budget, settings=settings, seed=seed, logs=logs,
            progress=progress,
        )  # fmt: skip
        if is_main_process():
            if output_dir is not None:
                trained.save(output_dir)
            _finish(logs, settings)
    return trained


def load_trained(folder: str | Path, *, trust_remote_code: bool = False) -> TrainedStudent:
    """A trained student from the folder that `save`, `smallsteps train` or an arm of `smallsteps compare` wrote.

    trust_remote_code: allow a student to run code that it brings.
    Raises FileError if there is no trained student in it, OptionError if it brings code and may not run it.
    """
    from smallsteps.decoding.answering import load_trained as load
    from smallsteps.engine.student import CARD

    method, students, task = load(Path(folder), trust_remote_code=trust_remote_code)
    card = min(Path(folder).rglob(CARD))  # every path has the same method
    return TrainedStudent(method, str(read_json(card)["method"]), task, students, {}, ())


def options_of(method: Method) -> dict[str, Any]:
    """The options of a method that differ from its defaults."""
    given = {item.name: getattr(method, item.name) for item in fields(method) if item.init}
    return {item.name: given[item.name] for item in fields(method) if item.init and given[item.name] != item.default}


def _train_paths(
    student: str | Mapping[str, Any],
    method: Method,
    name: str,
    train: Sequence[Record],
    held_out: Sequence[Record],
    *,
    budget: Mapping[str, float],
    settings: Mapping[str, Any],
    seed: int,
    logs: Path,
    progress: Progress,
) -> TrainedStudent:
    from smallsteps.training.settings import Budget, Training
    from smallsteps.training.train import train as train_one

    pool = demonstration_pool(method, train)
    if pool is not None:
        pool.check([*train, *held_out])
    training, limit = Training.of(settings), Budget.of(budget)
    students: dict[str, Student] = {}
    results: dict[str, Trained] = {}
    history: list[dict[str, Any]] = []
    for path in method.path_names:
        pupil = _initial(student, method, [*train, *held_out], seed)
        results[path] = train_one(pupil, method, path, train, held_out, budget=limit, training=training, seed=seed,
                                  folder=logs / path, pool=pool, progress=progress)  # fmt: skip
        students[path] = pupil
        history += [{"path": path} | row for row in _log(logs / path / "log.jsonl")]
    return TrainedStudent(method, name, train[0].task, students, results, history)


def _identity(student: str | Mapping[str, Any]) -> list[Any]:
    """A student by name and settings, and by its files where it is a folder: another model may take its place."""
    name = student if isinstance(student, str) else str(student.get("name", ""))
    files = sorted(Path(name).glob("*")) if Path(name).is_dir() else []
    config = [file.read_text(encoding="utf-8") for file in files if file.name == "config.json"]
    return [student, config, [(file.name, file.stat().st_size) for file in files if file.suffix == ".safetensors"]]


def _claim(logs: Path, settings: Sequence[Any]) -> None:
    """Mark a folder as that of a training; one that has finished begins anew. Raises OptionError for another's."""
    from smallsteps.training.processes import is_main_process

    mark, identity = logs / IDENTITY, content_hash(*settings)
    found = dict(read_json(mark)) if mark.exists() else {"identity": identity, "finished": True}
    if found["identity"] != identity:
        held = "a training with other settings" + (" is here" if found["finished"] else " was interrupted here")
        raise OptionError(f"{logs.parent}: {held}; choose another folder, or delete {logs} to start anew")
    if not is_main_process():
        return
    if found["finished"]:
        for log in logs.glob("*/log.jsonl"):  # a log is added to, never begun anew
            log.unlink()
    write_json(mark, {"identity": identity, "finished": False})


def _finish(logs: Path, settings: Mapping[str, Any]) -> None:
    """Leave the logs, and no checkpoint that a later training could resume from."""
    from smallsteps.training.checkpoints import clear_checkpoints
    from smallsteps.training.settings import Training

    for folder in logs.iterdir():
        if folder.is_dir():
            clear_checkpoints(folder, Training.of(settings))
    write_json(logs / IDENTITY, read_json(logs / IDENTITY) | {"finished": True})


def _initial(student: str | Mapping[str, Any], method: Method, records: Sequence[Record], seed: int) -> Student:
    from smallsteps.engine.student import load_student
    from smallsteps.study.arms import student_spec

    spec = student_spec(student if isinstance(student, str) else dict(student))
    return load_student(spec.name, records, seed=seed, size=spec.size, chat=method.prompt_style == "chat",
                        turn=method.words.turn, trust_remote_code=spec.trust_remote_code, dtype=spec.dtype,
                        revision=spec.revision)  # fmt: skip


def _parts(corpus: list[Record], validation: float | Corpus) -> tuple[list[Record], list[Record]]:
    if not isinstance(validation, float | int):
        return corpus, _records(validation)
    if not 0 <= validation < 1:
        raise OptionError(f"validation = {validation}: expected a share of the questions from 0 up to 1, or a corpus")
    return split_records(corpus, validation) if validation else (corpus, [])


def _budget(max_steps: int | None, num_train_epochs: float | None, max_tokens: int | None) -> dict[str, float]:
    given = {"steps": max_steps, "epochs": num_train_epochs, "tokens": max_tokens}
    named = {unit: value for unit, value in given.items() if value is not None}
    if len(named) > 1:
        raise OptionError("give one of max_steps, num_train_epochs and max_tokens")
    return named or {"epochs": DEFAULT_EPOCHS}


def _decoding(settings: Mapping[str, Any]) -> Any:
    from smallsteps.decoding.settings import Decoding
    from smallsteps.errors import UnknownNameError

    for name in settings:
        if name not in Decoding.__dataclass_fields__:
            raise UnknownNameError("decoding setting", name, Decoding.__dataclass_fields__)
    return Decoding(**settings)


def _records(corpus: Corpus) -> list[Record]:
    return list(read_records(corpus)) if isinstance(corpus, str | Path) else list(corpus)


def _log(path: Path) -> list[dict[str, Any]]:
    import json

    return [dict(json.loads(line)) for _, line in read_lines(path)] if path.exists() else []


def _clear(folder: Path) -> None:
    """Take away a student that was saved in the folder before; its files would mix with those of the new one."""
    from smallsteps.engine.student import CARD

    folder.mkdir(parents=True, exist_ok=True)
    (folder / CARD).unlink(missing_ok=True)
    for card in folder.glob(f"*/{CARD}"):
        shutil.rmtree(card.parent)
