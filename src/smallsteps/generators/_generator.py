"""The base class of generators: questions with known answers, deterministic from a seed."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, get_args, get_origin, get_type_hints

from smallsteps.errors import OptionError, UnknownNameError
from smallsteps.records import Record, question_key, unit_interval
from smallsteps.registry import Registry

Part = Literal["train", "test"]
TEST_SHARE = 0.2


@dataclass(frozen=True)
class Generator(ABC):
    """The base class of generators: a frozen dataclass whose fields are its options."""

    @abstractmethod
    def question(self, draw: random.Random, part: Part) -> Record | None:
        """One question with its gold answer and `meta.steps` for the rule-based teacher, without rationales.

        `meta.steps` has the steps that lead to the answer; `meta.template` names the wording. The part only matters if
        some wordings are held out for testing (`meta.group` is then `unseen`, otherwise `seen`). None if this draw
        gives no valid question; the next draw is tried instead. `records` sets the id.
        """

    def question_set(self, draw: random.Random, part: Part) -> tuple[Record, ...]:
        """Questions that belong together, such as a question and its contrast; by default a single `question`.

        Empty if this draw gives no valid ones.
        """
        record = self.question(draw, part)
        return () if record is None else (record,)

    def records(self, count: int, seed: int, part: Part) -> Iterator[Record]:
        """`count` distinct questions of a part, the same for the same seed.

        A question belongs to a part by its identity, whatever the seed, so training and test parts never share one. The
        questions of one draw follow each other, and the count may cut the last ones off.
        Raises OptionError if the options allow fewer distinct questions than requested.
        """
        return _distinct_records(self, count, seed, part)


def _distinct_records(generator: Generator, count: int, seed: int, part: Part) -> Iterator[Record]:
    draw = random.Random(f"{generator!r}/{part}/{seed}")
    seen: set[str] = set()
    misses = 0
    while len(seen) < count:
        found = generator.question_set(draw, part)
        keys = {question_key(record.question) for record in found}
        fits = all(part_of(record.question) == part for record in found)
        if not found or len(keys) < len(found) or keys & seen or not fits:
            misses += 1
            if misses > 1000 + 50 * len(
                seen
            ):  # in a row: if there were another one, it would almost surely have been drawn
                raise OptionError(
                    f"only {len(seen)} distinct {part} questions exist with these options, {count} were requested; "
                    "request fewer or widen the options"
                )
            continue
        misses = 0
        for record in found[: count - len(seen)]:
            seen.add(question_key(record.question))
            yield replace(record, id=f"{record.task}-{part}-{seed}-{len(seen) - 1}")


def part_of(question: str) -> Part:
    """The part to which a generated question belongs, by its identity alone."""
    return "test" if unit_interval("part", question_key(question)) < TEST_SHARE else "train"


GENERATORS: Registry[Generator] = Registry("generator", "generators", Generator)  # type: ignore[type-abstract]


def make_generator(name: str, options: Mapping[str, Any]) -> Generator:
    """A generator by name with its options; text is converted to their type: `2-3` is a range, `a,b` a list.

    Raises UnknownNameError for an unknown generator or option and OptionError for a value that does not fit.
    """
    kind = GENERATORS.get(name)
    types = get_type_hints(kind)
    known = [item.name for item in fields(kind)]
    for option in options:
        if option not in known:
            raise UnknownNameError(f"option of the generator {name}:", option, known)
    return kind(**{option: _read_option(name, option, value, types[option]) for option, value in options.items()})


def _read_option(generator: str, option: str, value: Any, kind: Any) -> Any:
    from pydantic import TypeAdapter, ValidationError

    parts = value
    if isinstance(value, str) and get_origin(kind) is tuple:
        is_range = Ellipsis not in get_args(kind)
        parts = [part.strip() for part in value.split("-" if is_range else ",")]
        parts = parts * 2 if is_range and len(parts) == 1 else parts
    try:
        return TypeAdapter(kind).validate_python(parts)
    except ValidationError as error:
        reason = error.errors(include_url=False)[0]["msg"].lower()
        raise OptionError(f"{generator}: {option} is {value!r}, {reason}; expected {_shape(kind)}") from None


def _shape(kind: Any) -> str:
    if get_origin(kind) is not tuple:
        return f"one value of type {getattr(kind, '__name__', kind)}"
    return "a list such as a,b" if Ellipsis in get_args(kind) else "a range such as 2-3"
