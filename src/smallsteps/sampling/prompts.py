"""Demonstrations and guidance from files, kept clear of test questions."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from smallsteps.errors import FileError, UnknownNameError
from smallsteps.records import Record, question_key, read_json, read_lines, read_records
from smallsteps.teachers import Demonstration
from smallsteps.text.answer_format import get_answer_format

_TURN = re.compile(r"^(Q|A):[ \t]?", re.MULTILINE)


def read_demonstrations(
    path: Path | str, name: str | None = None, tasks: Iterable[str] = ()
) -> tuple[Demonstration, ...]:
    """The worked examples of a file, in one of three layouts.

    A corpus (`.jsonl`): each record's question with its first right rationale, else its first. A JSON object of named
    sets, `{"gsm8k": {"prompt": "Q: …\\nA: …"}}`: the set `name`, else the one named like the only task of the
    questions (`tasks`), else the only one. Any other file: the text of such a prompt.
    Raises FileError for a file without demonstrations, UnknownNameError for a set that is not there.
    """
    path = Path(path)
    if path.suffix == ".jsonl":
        shown = tuple(_of_record(record, path) for record in read_records(path))
    elif path.suffix == ".json":
        shown = parse_demonstrations(_named_set(read_json(path), path, name, list(dict.fromkeys(tasks))))
    else:
        shown = parse_demonstrations("".join(line for _, line in read_lines(path)))
    if not shown:
        raise FileError(path, "holds no demonstration; expected 'Q: …' and 'A: …' lines, or records with rationales")
    return shown


def parse_demonstrations(text: str) -> tuple[Demonstration, ...]:
    """The turns of a prompt text: each `Q: …` with the `A: …` that follows it; a question without one is left out."""
    parts = _TURN.split(text)[1:]
    turns = [(parts[i], parts[i + 1].strip()) for i in range(0, len(parts), 2)]
    pairs = itertools.pairwise(turns)
    return tuple(Demonstration(q, a) for (first, q), (second, a) in pairs if (first, second) == ("Q", "A"))


def _named_set(data: Any, path: Path, name: str | None, tasks: Sequence[str]) -> str:
    sets = {key: value["prompt"] for key, value in data.items() if _is_set(value)} if isinstance(data, Mapping) else {}
    if not sets:
        raise FileError(path, 'holds no set of demonstrations; expected {NAME: {"prompt": "Q: …\\nA: …"}}')
    wanted = name or (tasks[0] if len(tasks) == 1 and tasks[0] in sets else None)
    if wanted is None and len(sets) == 1:
        return str(next(iter(sets.values())))
    if wanted not in sets:
        told = wanted or ", ".join(tasks)
        raise UnknownNameError("set of demonstrations", told, sets, where=f"{path} (pick one with --demonstration-set)")
    return str(sets[wanted])


def _is_set(value: Any) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("prompt"), str)


def _of_record(record: Record, path: Path) -> Demonstration:
    found = [rationale for rationale in record.rationales if rationale.correct] or list(record.rationales)
    answer = (found[0].answer if found else None) or record.answer
    if not found or answer is None:
        raise FileError(path, f"record '{record.id}' cannot be a demonstration: it has no rationale or no answer; add "
                        "them")  # fmt: skip
    return Demonstration(
        record.question, f"{found[0].text.strip()}{get_answer_format('common').conclude(answer)}".strip()
    )


def read_guidance(path: Path | str) -> str:
    """The text of a guidance file. Raises FileError where there is none."""
    text = "".join(line for _, line in read_lines(path)).strip()
    if not text:
        raise FileError(path, "is empty; expected the instructions to put before every question")
    return text


def refuse_test_questions(shown: Sequence[Demonstration], path: Path | str, against: Path | str) -> None:
    """Raise FileError for a demonstration whose question is one of the test questions of the corpus `against`."""
    tests = _test_questions(against)
    for number, demonstration in enumerate(shown, start=1):
        found = tests.get(question_key(demonstration.question))
        if found:
            raise FileError(path, f"demonstration {number} ({_short(demonstration.question)}) is the test question on "
                            f"{against}:{found}; take it out")  # fmt: skip


def refuse_tested_records(records: Sequence[Record], path: Path | str, against: Path | str) -> None:
    """Raise FileError for a record to be sampled whose question is one of the test questions of `against`."""
    tests = _test_questions(against)
    for record in records:
        found = tests.get(question_key(record.question))
        if found:
            raise FileError(path, f"record '{record.id}' ({_short(record.question)}) is the test question on "
                            f"{against}:{found}; take it out, or leave --against out")  # fmt: skip


def _test_questions(against: Path | str) -> dict[str, int]:
    return {question_key(record.question): number for number, record in enumerate(read_records(against), start=1)}


def _short(text: str) -> str:
    line = " ".join(text.split())
    return json.dumps(line if len(line) <= 50 else line[:49] + "…", ensure_ascii=False)
