"""A teacher without a model: it executes the steps that a generator stored with a question, and words them.

`meta.steps` is a list of steps, each `{"op": name, "args": [...], "say": [wording, ...]}`. An argument is a value or
`{"step": i}`, the result of an earlier step (from 0). A wording has slots: `{0}`, `{1}` for the arguments, `{y}` for
the result, `{y.2}` for an item of a list, `{y.Ann}` for one of a mapping. The answer is the last step's result.
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from smallsteps.errors import InputError, OptionError
from smallsteps.records import Rationale, Record
from smallsteps.teachers import Teacher
from smallsteps.teachers._operations import OPERATIONS, Operation

_OPENINGS = ("", "", "Let us go step by step. ", "We start with what we know. ", "First we look at the question. ")
_TRIES = 50
_SLOT = re.compile(r"\{(\w+)(?:\.([^{}]+))?\}")


@dataclass(frozen=True)
class RuleBased(Teacher):
    """Rationales from the steps that a generator stored: no model, several wordings, errors at a given rate.

    Wordings and errors are drawn at random, so the log-probability of a rationale is known: `logprob` is its mean over
    the words.
    """

    error_rate: float = 0.0
    """Share of rationales with one wrong step, hence a wrong answer; the text does not show it, only `logprob`."""

    def __post_init__(self) -> None:
        if not 0 <= self.error_rate <= 1:
            raise OptionError(f"error_rate is {self.error_rate}; expected a share between 0 and 1")

    def rationales(self, records: Sequence[Record], count: int, seed: int) -> Iterator[tuple[str, list[Rationale]]]:
        """`count` rationales per record, worded differently as long as there are wordings left.

        Raises InputError for a record whose `meta.steps` is missing or cannot be executed.
        """
        for record in records:
            steps = _parse_steps(record)
            told: list[Rationale] = []
            for index in range(count):
                told.append(self._rationale(record, steps, seed, index, {other.text for other in told}))
            yield record.id, told

    def _rationale(self, record: Record, steps: Sequence[_Step], seed: int, index: int, taken: set[str]) -> Rationale:
        draw = random.Random(f"{seed}/{record.id}/{index}")
        right = _run(steps)
        is_wrong = draw.random() < self.error_rate
        values = _go_wrong(steps, right, draw, record) if is_wrong else right
        text, wording = _tell(steps, values, draw)
        for _ in range(_TRIES):
            if text not in taken:
                break
            text, wording = _tell(steps, values, draw)
        logprob = (wording + self._verdict(is_wrong)) / max(len(text.split()), 1)
        return Rationale(
            text, answer=str(values[-1]), correct=not is_wrong, teacher="rule_based", seed=seed, logprob=logprob
        )

    def _verdict(self, is_wrong: bool) -> float:
        """The log-probability of an error, or of none; which error makes no difference."""
        return math.log(self.error_rate if is_wrong else 1 - self.error_rate)


@dataclass(frozen=True)
class _Step:
    operation: Operation
    args: tuple[Any, ...]
    say: tuple[str, ...]

    def inputs(self, values: Sequence[Any]) -> list[Any]:
        """The arguments, with references replaced by earlier results."""
        return [values[arg["step"]] if _is_reference(arg) else arg for arg in self.args]


def _parse_steps(record: Record) -> list[_Step]:
    rows = record.meta.get("steps")
    if not isinstance(rows, list) or not rows:
        raise InputError(f"record '{record.id}' has no meta.steps, which the rule-based teacher needs; use "
                         "records of `smallsteps generate`, or another teacher")  # fmt: skip
    try:
        steps = [_Step(OPERATIONS[row["op"]], tuple(row["args"]), tuple(row["say"])) for row in rows]
        values = _run(steps)
        for step, value in zip(steps, values, strict=True):
            for wording in step.say:
                _say(wording, step.inputs(values), value)
    except (KeyError, TypeError, ValueError, IndexError, ArithmeticError) as error:
        raise InputError(f"record '{record.id}': meta.steps cannot be executed ({type(error).__name__}: {error}); "
                         f"known operations: {', '.join(OPERATIONS)}") from None  # fmt: skip
    if record.answer is not None and str(values[-1]) != record.answer:
        raise InputError(f"record '{record.id}': meta.steps lead to '{values[-1]}', but its answer is "
                         f"'{record.answer}'; fix one of the two")  # fmt: skip
    return steps


def _is_reference(arg: Any) -> bool:
    return isinstance(arg, dict) and set(arg) == {"step"}


def _run(steps: Sequence[_Step], slip_at: int = -1, slip: Any = None) -> list[Any]:
    """The result of each step; step `slip_at` gives `slip` instead, and later steps build on it."""
    values: list[Any] = []
    for index, step in enumerate(steps):
        values.append(slip if index == slip_at else step.operation.apply(*step.inputs(values)))
    return values


def _go_wrong(steps: Sequence[_Step], right: Sequence[Any], draw: random.Random, record: Record) -> list[Any]:
    """Results with one plausible slip, such that the answer is wrong."""
    slips = [
        (index, slip)
        for index, step in enumerate(steps)
        for slip in step.operation.slips(right[index], step.inputs(right))
    ]
    draw.shuffle(slips)
    for index, slip in slips:
        try:
            values = _run(steps, index, slip)
        except (ValueError, ArithmeticError, LookupError):  # the slip leads to a step that cannot be done
            continue
        if values[-1] != right[-1]:
            return values
    raise InputError(f"record '{record.id}': no error in its steps leads to a wrong answer; set error_rate to 0")


def _tell(steps: Sequence[_Step], values: Sequence[Any], draw: random.Random) -> tuple[str, float]:
    """The steps in words, and the log-probability in nats of just these words."""
    chosen = [draw.choice(step.say) for step in steps]
    sentences = (
        _say(say, step.inputs(values), values[i]) for i, (say, step) in enumerate(zip(chosen, steps, strict=True))
    )
    opening = draw.choice(_OPENINGS)
    likely = [(opening, _OPENINGS), *((say, step.say) for say, step in zip(chosen, steps, strict=True))]
    return opening + " ".join(sentences), sum(math.log(pool.count(one) / len(pool)) for one, pool in likely)


def _say(wording: str, inputs: Sequence[Any], result: Any) -> str:
    return _SLOT.sub(lambda slot: str(_look_up(result if slot[1] == "y" else inputs[int(slot[1])], slot[2])), wording)


def _look_up(value: Any, item: str | None) -> Any:
    if item is None:
        return value
    return value[item] if isinstance(value, dict) else value[int(item)]
