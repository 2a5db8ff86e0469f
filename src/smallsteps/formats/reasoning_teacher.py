"""Questions with splits, as published with Fine-tune-CoT ("Large Language Models Are Reasoning Teachers")."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smallsteps.errors import FileError
from smallsteps.formats import Format, Part, Row, check_file, read_rows
from smallsteps.formats._naming import identity, task_of
from smallsteps.formats._oddities import OddRows
from smallsteps.records import Rationale, Record, read_json


@dataclass(frozen=True)
class ReasoningTeacher(Format):
    """Questions of the twelve tasks with fixed train/test splits (Fine-tune-CoT).

    `dataset/TASK.json` is a list of `{question, answer, rationale?}`; `data/split/TASK__default.json` is
    `{"train": [row numbers], "test": [row numbers]}` and is found beside it. Human rationales (`rationale`, or
    `reasoning` for GSM8K) belong to the gold answer. `gsm8k_test_only.json` holds the test rows alone: its first row
    is the first test number of the split. `few_shot_cot_prompts.json` gives its demonstrations, task by task.
    """

    task: str | None = None
    """The task, where the file's name does not tell it; of the demonstrations, the only one that is taken."""
    split: str = "default"
    """The name of the split (`default`, `template`), or the path of a split file."""

    def read(self, files: Sequence[Path], part: Part | None) -> Iterator[Record]:
        """The questions of each dataset, or of one part of it."""
        splits = [file for file in files if _is_split(file)]
        for file in files if len(splits) < len(files) else map(_dataset_of, splits):
            if file.stem == "few_shot_cot_prompts":
                yield from _demonstrations(file, self.task)
            elif file not in splits:
                yield from self._dataset(file, part, splits)

    def looks_like(self, row: object) -> bool:
        """A question and an answer that holds no `####` steps, or row numbers by part, or prompts by task."""
        if not isinstance(row, dict):
            return False
        if is_split(row) or _are_prompts(row):
            return True
        # CSV rows, and the records of other tools, bring more fields.
        known = {"question", "answer", "rationale", "reasoning"}
        return {"question", "answer"} <= set(row) <= known and "####" not in str(row["answer"])

    def _dataset(self, file: Path, part: Part | None, splits: Sequence[Path]) -> Iterator[Record]:
        check_file(file, self)
        task = task_of(file, self.task)
        split = self._split_of(file, part, splits)
        wanted = None if split is None or part is None else split.rows(part)
        first = split.first_row(file) if split is not None else 0
        index = first
        odd = OddRows(file)
        for index, row in enumerate(read_rows(file, self), start=first):
            if wanted is not None and index not in wanted:
                continue
            try:
                record = _record(row, task, index)
            except FileError as error:
                odd.met(error)
                continue
            odd.fine()
            yield record
        odd.end()
        if split is not None:
            split.check_range(file, first, index)

    def _split_of(self, file: Path, part: Part | None, splits: Sequence[Path]) -> _Split | None:
        stem = file.stem.removesuffix("_test_only")
        given = [split for split in splits if split.stem.startswith(f"{stem}__")]
        path = given[0] if given else _find_split(file, stem, self.split)
        if path is not None:
            return _Split.read(path)
        if part is None:
            return None
        raise FileError(file, f"there is no split file {stem}__{self.split}.json beside it, so its {part} "
                        "part is unknown; name one with --set split=FILE, or leave --part out")  # fmt: skip


@dataclass(frozen=True)
class _Split:
    path: Path
    numbers: Mapping[str, frozenset[int]]

    @classmethod
    def read(cls, path: Path) -> _Split:
        data = read_json(path)
        for name in ("train", "test"):
            numbers = data.get(name) if isinstance(data, dict) else None
            if not isinstance(numbers, list) or not all(type(number) is int for number in numbers):
                raise FileError(path, "expected a list of row numbers", field=name)
        both = set(data["train"]) & set(data["test"])
        if both:
            raise FileError(path, f"row {min(both)} stands in train and in test; a question belongs to one part",
                            field="test")  # fmt: skip
        return cls(path, {name: frozenset(data[name]) for name in ("train", "test")})

    def rows(self, part: Part) -> frozenset[int]:
        return self.numbers[part]

    def first_row(self, file: Path) -> int:
        """The number of the file's first row: its place in the whole data set, of which it may hold the test part."""
        return min(self.numbers["test"], default=0) if file.stem.endswith("_test_only") else 0

    def check_range(self, file: Path, first: int, last: int) -> None:
        parts = ("test",) if file.stem.endswith("_test_only") else ("train", "test")
        for part in parts:
            outside = [number for number in self.numbers[part] if not first <= number <= last]
            if outside:
                raise FileError(self.path, f"row number {min(outside)} is out of range, {file.name} has rows {first} "
                                f"to {last}; is this the split of another data set?", field=part)  # fmt: skip


def is_split(row: object) -> bool:
    """Whether a JSON value is a split: lists of row numbers called `train` and `test`."""
    return isinstance(row, dict) and {"train", "test"} <= set(row) and all(isinstance(v, list) for v in row.values())


def _is_split(file: Path) -> bool:
    return "__" in file.stem and file.suffix == ".json" and file.is_file() and is_split(read_json(file))


def _dataset_of(split: Path) -> Path:
    stem = split.stem.partition("__")[0]
    folders = (split.parent, split.parent.parent, split.parent.parent.parent / "dataset")
    places = [folder / f"{name}.json" for folder in folders for name in (stem, f"{stem}_test_only")]
    found = next((path for path in places if path.is_file()), None)
    if found is None:
        raise FileError(split, f"this is a split, and its data set {stem}.json is not near it; name the data set too")
    return found


def _find_split(file: Path, stem: str, name: str) -> Path | None:
    if name.endswith(".json"):
        return Path(name)
    beside = (file.parent.parent / "data" / "split", file.parent / "split", file.parent)
    found = (folder / f"{stem}__{name}.json" for folder in beside)
    return next((path for path in found if path.is_file()), None)


def _record(row: Row, task: str, index: int) -> Record:
    answer = row.maybe("answer")
    text = row.maybe("rationale") or row.maybe("reasoning")
    human = () if text is None else (Rationale(text.strip(), answer=answer, teacher="human"),)
    return Record(identity(task, task, index), task, row.text("question"), answer, rationales=human,
                  meta={"source": row.source, "index": index})  # fmt: skip


def _are_prompts(row: Mapping[str, Any]) -> bool:
    return bool(row) and all(isinstance(value, dict) and "prompt" in value for value in row.values())


def _demonstrations(file: Path, only: str | None) -> Iterator[Record]:
    data = read_json(file)
    if not isinstance(data, dict) or not _are_prompts(data):
        raise FileError(file, "expected an object of prompts by task")
    if only is not None and only not in data:
        raise FileError(file, f"no demonstrations for '{only}'; the file has {', '.join(data)}", field=only)
    for task in data if only is None else (only,):
        row = Row(file, 1, data[task])
        blocks = re.split(r"(?:^|\n)Q: ", row.text("prompt"))[1:]
        for number, block in enumerate(blocks):
            question, mark, text = block.partition("\nA: ")
            text, _, answer = text.strip().rpartition("The answer is ")
            if not mark or not text:
                raise row.error(f"demonstration {number} of '{task}' does not end in 'The answer is …'", "prompt")
            human = Rationale(text.strip(), answer=answer.removesuffix("."), teacher="human")
            yield Record(f"{task}-demonstration-{number}", task, question.removeprefix("Yes or no: ").strip(),
                         human.answer, rationales=(human,), meta={"source": f"{file.name}:{task}"})  # fmt: skip
