"""Word problems of one or more arithmetic steps: everyday stories in a small vocabulary."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from smallsteps.errors import OptionError, UnknownNameError
from smallsteps.generators import Generator, Part
from smallsteps.generators._belongings import BELONGINGS
from smallsteps.generators._contrasts import CONTRASTS, turned
from smallsteps.generators._places import PLACES
from smallsteps.generators._slots import fill
from smallsteps.generators._stories import PEOPLE, Family, Wordings
from smallsteps.generators._turns import OPERATION, Turn, replayed
from smallsteps.records import Record, question_key

FAMILIES = {**BELONGINGS, **PLACES}
_SIGN = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/"}
_RESTATED = {"add": "and {1} more makes", "subtract": "and without {1} that leaves",
             "multiply": "and {1} times that is", "divide": "and one of {1} equal parts is"}  # fmt: skip
_NAMED = {"add": "We add {1} to {0}:", "subtract": "We take {1} from {0}:", "multiply": "We take {0} times {1}:",
          "divide": "We divide {0} by {1}:"}  # fmt: skip
_FACTORS = range(2, 10)


@dataclass(frozen=True)
class WordProblems(Generator):
    """Word problems: everyday stories of several arithmetic steps; answers are whole numbers."""

    steps: tuple[int, int] = (1, 4)
    """Fewest and most arithmetic steps of a question."""
    smallest: int = 2
    """The smallest number in a question, at least 2 (so that no story needs a singular)."""
    largest: int = 20
    """The largest number in a question."""
    limit: int = 50
    """The largest result of a step."""
    families: tuple[str, ...] = tuple(FAMILIES)
    """The kinds of story to draw from."""
    contrast: bool = field(default=False, repr=False)  # not in the repr, which seeds the draws: they stay the same
    """Pairs: a question, and the same question with one word changed so that the answer changes."""

    def __post_init__(self) -> None:
        low, high = self.steps
        if not 1 <= low <= high <= 12:
            raise OptionError(f"steps is {low}-{high}; expected LOW-HIGH with 1 <= LOW <= HIGH <= 12, such as 2-3")
        if not 2 <= self.smallest < self.largest <= self.limit:
            raise OptionError(f"smallest {self.smallest}, largest {self.largest}, limit {self.limit}; expected "
                              "2 <= smallest < largest <= limit")  # fmt: skip
        if not self.families:
            raise OptionError(f"families is empty; name at least one of {', '.join(FAMILIES)}")
        for family in self.families:
            if family not in FAMILIES:
                raise UnknownNameError("story family", family, FAMILIES)

    def question(self, draw: random.Random, part: Part) -> Record | None:
        """A story with its gold answer and steps; about half of the test part uses held-out wordings."""
        story = self._story(draw, 0.5 if part == "test" else 0.0)
        return None if story is None else story.record("unseen" if story.unseen else "seen")

    def question_set(self, draw: random.Random, part: Part) -> tuple[Record, ...]:
        """A single question; with `contrast` one in seen wordings, followed by its contrast."""
        if not self.contrast:
            return super().question_set(draw, part)
        story = self._story(draw, 0.0)
        changed = None if story is None else self._contrast(story, draw)
        if story is None or changed is None:
            return ()
        original = story.record("original")
        meta = {"parent": question_key(original.question)}
        pair = (original, changed.record("contrast"))
        return tuple(replace(record, meta=record.meta | meta) for record in pair)

    def _story(self, draw: random.Random, held_out: float) -> _Story | None:
        """A story, in held-out wordings with that probability; None if it cannot continue."""
        name = draw.choice(self.families)
        family = FAMILIES[name]
        turns = self._turns(_plot(family, draw.randint(*self.steps), draw), draw)
        if turns is None:
            return None
        unseen = held_out > 0 and draw.random() < held_out
        words = _cast(family, draw)
        held = _held_out(turns, unseen, draw)
        told = tuple(_wording(turn, draw, out) for turn, out in zip(turns, held, strict=True))
        return _Story(name, tuple(turns), told, words, unseen)

    def _contrast(self, story: _Story, draw: random.Random) -> _Story | None:
        """The story with one event reversed by a word; None if that leads to numbers out of range."""
        swaps = CONTRASTS.get(story.family, {})
        places = [place for place, (text, _) in enumerate(story.told) if text in swaps]
        draw.shuffle(places)
        kinds = [turn.kind for turn in story.turns]
        for place in places:
            turns = replayed(story.turns, turned(kinds, place), range(self.smallest, self.limit + 1))
            if turns is not None:
                text, label = story.told[place]
                told = (*story.told[:place], (swaps[text], f"{label}.contrast"), *story.told[place + 1 :])
                return replace(story, turns=tuple(turns), told=told)
        return None

    def _turns(self, plot: list[tuple[str, Wordings]], draw: random.Random) -> list[Turn] | None:
        """The turns of the story with their numbers; None if the story cannot continue."""
        turns: list[Turn] = []
        value = 0
        for kind, wordings in plot:
            choices = self._choices(kind, value)
            if not choices:
                return None
            n, k, value = draw.choice(choices)
            turns.append(Turn(kind, wordings, n, k, value))
        return turns

    def _choices(self, kind: str, value: int) -> list[tuple[int, int, int]]:
        """What a turn may bring after `value`: `(number, factor, result)`, 0 where the wording has no such slot."""
        numbers = range(self.smallest, self.largest + 1)
        match kind:
            case "plain":
                found = [(n, 0, n) for n in numbers]
            case "groups":
                found = [(n, k, n * k) for n in numbers for k in _FACTORS]
            case "gain" | "total":
                found = [(n, 0, value + n) for n in numbers]
            case "lose" | "compare":
                found = [(n, 0, value - n) for n in numbers]
            case "grow":
                found = [(0, k, value * k) for k in (2, 3)]
            case "sell":
                found = [(0, k, value * k) for k in _FACTORS]
            case "share":
                found = [(0, k, value // k) for k in _FACTORS if value % k == 0]
            case _:
                found = [(0, 0, value)]
        return [choice for choice in found if self.smallest <= choice[2] <= self.limit]


@dataclass(frozen=True)
class _Story:
    """A story of a family: its turns, each one's wording with its name, and the words for their slots."""

    family: str
    turns: tuple[Turn, ...]
    told: tuple[tuple[str, str], ...]
    words: dict[str, str]
    unseen: bool

    def record(self, group: str) -> Record:
        """The story as a question with its gold answer and steps; the id is set later."""
        texts = [
            fill(wording, {**self.words, "n": turn.n, "k": turn.k})
            for turn, (wording, _) in zip(self.turns, self.told, strict=True)
        ]
        return Record(
            id="",
            task="word_problems",
            question=" ".join(text[0].upper() + text[1:] for text in texts),
            answer=str(self.turns[-1].result),
            meta={
                "family": self.family,
                "template": f"{self.family}:" + "+".join(label for _, label in self.told),
                "group": group,
                "steps": _steps(self.turns, FAMILIES[self.family], self.words),
            },
        )


def _plot(family: Family, steps: int, draw: random.Random) -> list[tuple[str, Wordings]]:
    """An opening, events and a closing that together take `steps` steps; at most one event multiplies."""
    ends = [(o, c) for o in family.openings for c in family.closings if _calculations(o, c) <= steps]
    opening, closing = draw.choice(ends)
    events: list[str] = []
    for _ in range(steps - _calculations(opening, closing)):
        events.append(draw.choice([kind for kind in family.events if kind != "grow" or "grow" not in events]))
    return [
        (opening, family.openings[opening]),
        *((kind, family.events[kind]) for kind in events),
        (closing, family.closings[closing]),
    ]


def _calculations(*kinds: str) -> int:
    return sum(kind in OPERATION for kind in kinds)


def _cast(family: Family, draw: random.Random) -> dict[str, str]:
    """The words for the slots of a story: three people, the pronoun of the first, the things."""
    (name, he), friend, other = draw.sample(PEOPLE, 3)
    things = draw.choice(family.things)
    return {"N": name, "he": he, "He": he.capitalize(), "M": friend[0], "O": other[0], "things": things}


def _held_out(turns: list[Turn], unseen: bool, draw: random.Random) -> list[bool]:
    """Which turns are told in a held-out wording: each with probability 1/2, at least one; none of a seen story."""
    if not unseen:
        return [False] * len(turns)
    chosen = [draw.random() < 0.5 for _ in turns]
    chosen[draw.randrange(len(turns))] = True
    return chosen


def _wording(turn: Turn, draw: random.Random, held: bool) -> tuple[str, str]:
    """The wording in which a turn is told, and its name."""
    wordings = turn.wordings.held if held else turn.wordings.seen
    index = draw.randrange(len(wordings))
    return wordings[index], f"{turn.kind}.{'held' if held else 'seen'}{index}"


def _steps(turns: Sequence[Turn], family: Family, words: dict[str, str]) -> list[dict[str, Any]]:
    """The program for the rule-based teacher: one step for each turn that calculates."""
    steps: list[dict[str, Any]] = []
    before: Any = turns[0].n
    for turn in turns:
        if turn.operation is None:
            continue
        first: Any = {"step": len(steps) - 1} if steps else before
        state = family.state
        result = turn.wordings.result or state
        steps.append({
            "op": turn.operation,
            "args": [first, turn.k or turn.n] if turn.kind != "groups" else [turn.n, turn.k],
            "say": [fill(text, words) for text in _sayings(turn, state, result)],
        })  # fmt: skip
    return steps


def _sayings(turn: Turn, state: str, result: str) -> list[str]:
    """Ways to say a calculation: `{0}` and `{1}` are what goes in, `{y}` is what comes out."""
    assert turn.operation is not None
    equation = f"{{0}} {_SIGN[turn.operation]} {{1}} = {{y}}"
    known = "" if turn.kind == "groups" else f"{_capital(_at(state, '{0}'))}, {_RESTATED[turn.operation]} {equation}."
    return [
        f"{_capital(_at(result, equation))}.",
        f"{equation}, so {_at(result, '{y}')}.",
        known or f"{_capital(_at(result, '{1} times {0}'))}, and that is {equation}.",
        f"{_NAMED[turn.operation]} {equation}, so {_at(result, '{y}')}.",
    ]


def _at(state: str, value: str) -> str:
    return state.replace("{x}", value)


def _capital(text: str) -> str:
    return text if text.startswith("{") else text[0].upper() + text[1:]
