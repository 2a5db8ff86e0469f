"""Files into a corpus: answers judged, repeats joined, test questions dropped, everything counted."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache, lru_cache
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from smallsteps.corpus.import_counts import IN_TEST, NO_GOLD, NO_OUTPUT, OTHER_PART, SHOWN, ImportCounts
from smallsteps.corpus.leaks import TestQuestions
from smallsteps.corpus.merging import MergeBuffer
from smallsteps.corpus.phrases import without_phrase
from smallsteps.errors import InputError, OptionError, UnknownNameError
from smallsteps.files import atomic_writer, bare_suffix
from smallsteps.formats import FORMATS, Format, ImportNotes, Part, taking_notes
from smallsteps.progress import SILENT, Progress, tracked
from smallsteps.questions import question_key
from smallsteps.records import Rationale, Record, unit_interval
from smallsteps.tasks import Task, get_task, read_gold
from smallsteps.text.reader import ANY, Reading

HUMAN = "human"
"""The `teacher` of rationales that people wrote beside a gold answer."""


@dataclass(frozen=True)
class ImportOptions:
    """What of the files is wanted.

    `part` is a side of the layout's own split, or, with `test_share` (above 0), of a split by question identity.
    `against` holds the questions to leave out.
    """

    part: Part | None = None
    test_share: float = 0.0
    against: TestQuestions | None = None

    def __post_init__(self) -> None:
        if self.part not in (None, "train", "test"):
            raise OptionError(f"--part {self.part}: expected train or test")
        if not 0 <= self.test_share < 1:
            raise OptionError(f"--test-share {self.test_share}: expected a share from 0 up to 1")
        if self.test_share and self.part is None:
            raise OptionError(f"--test-share {self.test_share} cuts the files in two; say which side with --part train "
                              "or --part test")  # fmt: skip


def make_layout(name: str, task: str | None = None, settings: Sequence[str] = ()) -> Format:
    """The layout of a name (`mentor-kd` or `mentor_kd`, or `FILE.py:CLASS`) with its options, each `NAME=VALUE`.

    Raises UnknownNameError for a name or an option that does not exist, OptionError for a value that does not fit.
    """
    outside = ".py" in name
    kind = FORMATS.get(name if outside else name.replace("-", "_"))
    known = {item.name for item in fields(kind)}
    values: dict[str, str] = {}
    for setting in settings:
        option, mark, value = setting.partition("=")
        if not mark:
            raise OptionError(f"--set {setting}: expected NAME=VALUE")
        values[option] = value
    if task is not None and "task" not in known:
        raise OptionError(f"--task {task}: the layout '{name}' tells the task itself; leave --task out")
    if task is not None:
        get_task(task)  # a wrong name is answered here
        values["task"] = task
    for option in values:
        if option not in known:
            raise UnknownNameError(f"option of the layout {name}", option, known)
    try:
        return TypeAdapter(kind).validate_python(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise OptionError(f"--set {place}={first['input']}: {first['msg']}") from None


def import_corpus(layout: Format, files: Sequence[Path], out: Path, options: ImportOptions | None = None,
                  progress: Progress = SILENT) -> ImportCounts:  # fmt: skip
    """Write the corpus that the files hold and return what was counted.

    A row that does not fit is passed over and counted with its line, up to a limit. Raises InputError (and writes
    nothing) where the input is wrong or no question is left.
    """
    options = options or ImportOptions()
    records = layout.read(files, None if options.test_share else options.part)
    with taking_notes() as notes:
        return write_corpus(tracked(records, progress, "import", _expected(files)), out, options, notes)


def _expected(files: Sequence[Path]) -> float | None:
    """The number of rows where each is a line, None where that takes decoding."""
    count = 0
    for file in files:
        if not file.is_file() or bare_suffix(file) != file.suffix.lower() or file.suffix.lower() == ".parquet":
            return None
        with file.open("rb") as stream:
            if stream.read(1) == b"[":
                return None
            count += sum(block.count(b"\n") for block in iter(lambda: stream.read(1 << 20), b""))
    return count


def write_corpus(
    records: Iterable[Record], out: Path, options: ImportOptions, notes: ImportNotes | None = None
) -> ImportCounts:
    """Judge, join and check records, write what is left, and return what was counted.

    `notes` are those that the layout leaves while its records are read.
    """
    tally = ImportCounts(
        against=None if options.against is None else len(options.against), notes=notes or ImportNotes()
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=out.parent) as file:
        buffer = MergeBuffer(file)
        for record in records:
            _take(record, buffer, options, tally)
        tally.count_odd_rows()
        if not len(buffer):
            raise InputError(f"no question is left to write to {out}: {tally.told()}")
        with atomic_writer(out) as corpus:
            for line in buffer.lines(tally):
                corpus.write(line + "\n")
    return tally


def _take(record: Record, buffer: MergeBuffer, options: ImportOptions, tally: ImportCounts) -> None:
    count = len(record.rationales)
    tally.read.add(1, count)
    key = question_key(record.question)
    if options.test_share and (unit_interval("part", key) < options.test_share) != (options.part == "test"):
        tally.drop(OTHER_PART, 1, count)
    elif options.against is not None and record.question in options.against:
        tally.drop(IN_TEST, 1, count)
    else:
        taken = judged(record)
        if taken is None:
            tally.drop(NO_GOLD, 1, count)
            if len(tally.unreadable) < SHOWN:
                tally.unreadable.append(f"'{_short(record.answer)}' ({record.meta.get('source', record.id)})")
        elif count and not taken.rationales:
            tally.drop(NO_OUTPUT, 1, count)
        else:
            if len(taken.rationales) < count:
                tally.drop(NO_OUTPUT, 0, count - len(taken.rationales))
            tally.keep(taken)
            buffer.add(taken, f"{record.task}\n{key}")


def judged(record: Record) -> Record | None:
    """The record with its answers in the task's canonical form and every rationale marked right or wrong.

    Rationales without text are left out. None where the gold answer is not in the task's form.
    """
    gold = None if record.answer is None else _gold(record.task, record.answer)
    if gold is None and record.answer is not None:
        return None
    choices = _task(record.task).choices(record)
    rationales = tuple(
        _judged(rationale, record.task, gold, choices) for rationale in record.rationales if rationale.text.strip()
    )
    return replace(record, answer=gold, rationales=rationales)


def _judged(rationale: Rationale, name: str, gold: str | None, choices: tuple[str, ...]) -> Rationale:
    task, stated = _task(name), (rationale.answer or "").strip()
    reading = None if stated else _said(rationale, task, choices)
    read = _read(name, stated) if reading is None else reading.answer
    # What Task.judge says, without reading the gold answer once more for each rationale: it is canonical by now.
    correct = None if gold is None else read is not None and task.same(read, gold)
    if correct is False and rationale.teacher == HUMAN and reading is not None and not reading.announced:
        read = correct = None  # whoever explains a gold answer need not repeat it
    text = rationale.text if reading is None or rationale.reply else reading.thoughts or reading.reply
    text = rationale.text if rationale.segments else without_phrase(text)
    # A source's own field that the task cannot read is kept as it is: it is a statement, and a wrong one.
    return replace(rationale, text=text, answer=read or stated or None, correct=correct)


def _said(rationale: Rationale, task: Task, choices: tuple[str, ...]) -> Reading:
    """What a rationale states: what the teacher replied after thinking, where that was kept beside the thoughts."""
    if rationale.reply:
        return ANY.read(rationale.reply, task, choices, rationale.finish, rationale.text)
    return ANY.read(rationale.text, task, choices, rationale.finish)


@lru_cache(1 << 16)
def _gold(task: str, answer: str) -> str | None:
    return read_gold(answer, _task(task))


@lru_cache(1 << 16)
def _read(task: str, answer: str) -> str | None:
    verdict = _task(task).kind.stated(answer, _task(task).same, ())
    return None if verdict.why in ("hedged", "denied") else _task(task).extract(answer)


@cache
def _task(name: str) -> Task:
    return get_task(name)


def _short(text: str | None) -> str:
    line = " ".join((text or "").split())
    return line if len(line) <= 40 else line[:39] + "…"
