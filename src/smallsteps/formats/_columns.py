"""Which column means what: as the user names it, else guessed by the names that most data sets use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from smallsteps.errors import suggestion
from smallsteps.formats._chat import list_name
from smallsteps.formats._oddities import WholeFileError
from smallsteps.formats._paths import MISSING, at, paths_of
from smallsteps.formats._rows import Row

NONE = "-"
"""The name by which a column is switched off: `--set rationale=-`."""
_QUESTIONS = (
    "question",
    "problem",
    "query",
    "prompt",
    "instruction",
    "question_text",
    "question_stem",
    "input",
    "inputs",
    "q",
)
_ANSWERS = ("answer", "final_answer", "gold_answer", "expected_answer", "reference_answer", "correct_answer",
            "ground_truth", "gold", "answerkey", "answer_key", "correct", "label", "target", "targets",
            "final_ans")  # fmt: skip
_WRITTEN = ("rationale", "rationales", "generation", "generations", "generated_solution", "completion", "completions",
            "response", "responses", "model_output", "model_outputs", "model_response", "output", "outputs", "chain",
            "chain_of_thought", "cot", "reasoning_trace", "generated_text")  # fmt: skip
_HUMAN = ("solution", "explanation", "reasoning", "reason", "facts")
_THOUGHTS = (
    "thoughts",
    "thinking",
    "reasoning_content",
    "thinking_trajectory",
    "thinking_trajectories",
    "deepseek_reasoning",
)
_CHOICES = ("choices", "options")
_IDS = ("id", "qid", "question_id", "uuid", "uid")


@dataclass(frozen=True, slots=True)
class Columns:
    """Paths of what a row says; an empty one where it does not say it.

    `messages` holds a chat, in place of question and rationale. `more` is an input that belongs to the question
    (Alpaca). `solution` is a human solution whose announced answer is the gold answer where there is no other.
    """

    question: str = ""
    answer: str = ""
    rationale: str = ""
    thoughts: str = ""
    choices: str = ""
    id: str = ""
    messages: str = ""
    more: str = ""
    solution: str = ""
    shape: str = "rows"

    def told(self) -> str:
        """How rows are read, for people: `read as Alpaca: question = instruction, rationale = output`."""
        named = [(item.name, getattr(self, item.name)) for item in fields(self) if item.name != "shape"]
        words = {"more": "input of the question", "solution": "human solution"}
        return f"read as {self.shape}: " + ", ".join(f"{words.get(n, n)} = {path}" for n, path in named if path)

    def heads(self) -> set[str]:
        """The names of the top-level columns that are used."""
        paths = (getattr(self, item.name) for item in fields(self) if item.name != "shape")
        return {name for path in paths if path for name in (path, path.partition(".")[0])}


def columns_of(path: Path, rows: Sequence[Row], named: Columns) -> Columns:
    """The columns of the first rows of a file: the `named` ones, the others guessed.

    Raises FileError for a named column that no row has, and where nothing says what is asked.
    """
    names = list(dict.fromkeys(str(name) for row in rows for name in row.data))
    for item in ("question", "answer", "rationale", "thoughts", "choices", "id"):
        told = getattr(named, item)
        if told and told != NONE and all(at(row.data, told) is MISSING for row in rows):
            raise WholeFileError(path, f"no row has the column '{told}', which --set {item}={told} names; "
                                 f"{suggestion(told, _paths(rows))}")  # fmt: skip
    guessed = _guessed(rows, names, named)
    given = {item.name: getattr(named, item.name) for item in fields(named)
             if item.name != "shape" and getattr(named, item.name)}  # fmt: skip
    found = replace(guessed, **given)
    found = replace(found, **{name: "" for name, told in given.items() if told == NONE})
    if not found.question and not found.messages:
        raise WholeFileError(path, "no column is known to hold the question, the rows have "
                             f"{', '.join(_paths(rows))}; name it with --set question=COLUMN (and --set answer=, --set "
                             "rationale=)")  # fmt: skip
    return found


def _paths(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(path for row in rows for path in paths_of(row.data)))[:40]


def guess(row: Mapping[str, Any]) -> Columns | None:
    """The columns of a single row, None where it does not hold a question and an answer or a rationale to it."""
    found = _guessed([Row(Path(), 1, row)], list(map(str, row)), Columns())
    is_whole = found.messages or (found.question and (found.answer or found.rationale or found.solution))
    return found if is_whole else None


def _guessed(rows: Sequence[Row], names: Sequence[str], named: Columns) -> Columns:
    chat = next((name for row in rows for name in [list_name(row.data)] if name), "")
    free = {name.lower().replace(" ", "_").replace("-", "_"): name for name in reversed(names)}
    for told in (named.question, named.answer, named.rationale, named.thoughts, named.choices, named.id):
        free = {key: name for key, name in free.items() if name != told.partition(".")[0] and name != told}

    def first(known: Sequence[str], *taken: str) -> str:
        return next((free[key] for key in known if key in free and free[key] not in taken), "")

    rest = {"answer": first(_ANSWERS), "choices": first(_CHOICES), "id": first(_IDS)}
    if chat and not named.question:
        shape = "ShareGPT" if chat != "messages" else "chat messages"
        return Columns(messages=chat, shape=shape, **rest)
    if {"instruction", "output"} <= set(free) and not named.question:
        return Columns(
            free["instruction"], more=free.get("input", ""), rationale=free["output"], shape="Alpaca", **rest
        )
    question = named.question or first(_QUESTIONS)
    written, human = first(_WRITTEN, question), first(_HUMAN, question)
    thoughts = first(_THOUGHTS, question) or ("" if not written or human != free.get("reasoning") else human)
    human = "" if human == thoughts else human
    return Columns(question, rationale=written, thoughts=thoughts, solution=human, **rest)
