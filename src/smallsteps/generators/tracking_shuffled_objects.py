"""Tracking Shuffled Objects (three people) in its published wordings."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from smallsteps.generators import Generator, Part
from smallsteps.generators._ranges import check_range
from smallsteps.records import Record

_PEOPLE = ("Alice", "Bob", "Claire")
_COLORS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "white", "black", "brown")


@dataclass(frozen=True)
class _Scene:
    """One published wording: `{holding}` lists who holds what, `{swaps}` what happens, `{who}` is asked about."""

    text: str
    things: tuple[str, ...]
    holds: str
    swap: str
    has: str
    article: str = ""


_SCENES = {
    "balls": _Scene(
        "Alice, Bob, and Claire are playing a game. At the start of the game, they are each holding a ball: {holding}. "
        "\n\nAs the game progresses, pairs of players trade balls. {swaps} At the end of the game, {who} has the ",
        tuple(f"{color} ball" for color in _COLORS),
        "has a",
        "{a} and {b} swap balls",
        "has",
        "the ",
    ),
    "presents": _Scene(
        "Alice, Bob, and Claire are holding a white elephant gift exchange. At the start of the event, they are each "
        "holding a present of a different color: {holding}. \n\nAs the event progresses, pairs of people swap gifts. "
        "{swaps} At the end of the event, {who} has the ",
        tuple(f"{color} present" for color in _COLORS),
        "has a",
        "{a} and {b} swap their gifts",
        "has",
        "the ",
    ),
    "positions": _Scene(
        "Alice, Bob, and Claire are on the same team in a soccer match. At the start of the match, they are each "
        "assigned to a position: {holding}. \n\nAs the game progresses, pairs of players occasionally swap positions. "
        "{swaps} At the end of the match, {who} is playing ",
        ("goalkeeper", "striker", "benchwarmer", "fullback", "cheerleader", "center midfielder", "left midfielder",
         "right midfielder", "left winger", "right winger"),
        "is playing",
        "{a} and {b} trade positions",
        "is playing",
    ),
    "books": _Scene(
        "Alice, Bob, and Claire are friends and avid readers who occasionally trade books. At the start of the "
        "semester, they each buy one new book: {holding}. \n\nAs the semester proceeds, they start trading around the "
        "new books. {swaps} At the end of the semester, {who} has  ",
        ("The Odyssey", "Frankenstein", "Ulysses", "Lolita", "The Great Gatsby", "Catch-22", "Moby Dick", "The Pearl",
         "Hound of the Baskervilles", "The Fellowship of the Ring"),
        "gets",
        "{a} and {b} swap books",
        "has",
    ),
    "partners": _Scene(
        "Alice, Bob, and Claire are dancers at a square dance. At the start of a song, they each have a partner: "
        "{holding}. \n\nThroughout the song, the dancers often trade partners. {swaps} At the end of the dance, {who} "
        "is dancing with  ",
        ("Jamie", "Patrick", "Rodrigo", "Melissa", "Sam", "Ophelia", "Karl", "Izzi", "Helga", "Lola"),
        "is dancing with",
        "{a} and {b} switch partners",
        "is dancing with",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class TrackingShuffledObjects(Generator):
    """Who holds what after pairs of three people have swapped, with three choices."""

    swaps: tuple[int, int] = (3, 3)
    """Fewest and most swaps; three in the published data."""

    def __post_init__(self) -> None:
        check_range("swaps", self.swaps, 1, 12)

    def question(self, draw: random.Random, part: Part) -> Record | None:
        """One of the five published scenes with other things, swaps and person asked about."""
        name = draw.choice(sorted(_SCENES))
        scene = _SCENES[name]
        things = draw.sample(scene.things, len(_PEOPLE))
        pairs = [draw.sample(_PEOPLE, 2) for _ in range(draw.randint(*self.swaps))]
        who = draw.choice(_PEOPLE)
        held = dict(zip(_PEOPLE, things, strict=True))
        for first, second in pairs:
            held[first], held[second] = held[second], held[first]
        return Record(
            id="",
            task="tracking_shuffled_objects",
            question=_question(scene, things, pairs, who),
            answer="ABC"[things.index(held[who])],
            choices=tuple(things),
            meta={"template": name, "group": "seen", "steps": _steps(scene, things, pairs, who)},
        )


def _question(scene: _Scene, things: list[str], pairs: list[list[str]], who: str) -> str:
    holding = [f"{person} {scene.holds} {thing}" for person, thing in zip(_PEOPLE, things, strict=True)]
    order = ["First", *["Then"] * (len(pairs) - 2), "Finally"][: len(pairs)]
    swaps = [f"{word}, {scene.swap.format(a=a, b=b)}." for word, (a, b) in zip(order, pairs, strict=True)]
    text = scene.text.format(holding=f"{holding[0]}, {holding[1]}, and {holding[2]}", swaps=" ".join(swaps), who=who)
    choices = ", ".join(f"({letter}) {thing}" for letter, thing in zip("ABC", things, strict=True))
    return f"{text}\nWhich choice is true? Answer choices: {choices}."


def _steps(scene: _Scene, things: list[str], pairs: list[list[str]], who: str) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = []
    before: Any = dict(zip(_PEOPLE, things, strict=True))
    for a, b in pairs:
        steps.append({"op": "swap", "args": [before, a, b], "say": _sayings(scene, a, b)})
        before = {"step": len(steps) - 1}
    has = f"{who} {scene.has} {scene.article}"
    steps.append({"op": "item", "args": [before, who], "say": [f"At the end, {has}{{y}}.", f"So {has}{{y}}."]})
    last = {"step": len(steps) - 1}
    steps.append({"op": "letter", "args": [list(things), last], "say": ["That is choice ({y}).", "This is ({y}) {1}."]})
    return steps


def _sayings(scene: _Scene, a: str, b: str) -> list[str]:
    swap = scene.swap.format(a=a, b=b)
    now = [f"{person} {scene.has} {scene.article}{{y.{person}}}" for person in _PEOPLE]
    pair = [f"{person} {scene.has} {scene.article}{{y.{person}}}" for person in (a, b)]
    return [
        f"{swap}, so now {pair[0]} and {pair[1]}.",
        f"After {a} and {b} change over, {now[0]}, {now[1]}, and {now[2]}.",
        f"{swap}: {now[0]}, {now[1]}, {now[2]}.",
    ]
