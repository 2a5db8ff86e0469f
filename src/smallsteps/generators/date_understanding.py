"""Date Understanding in its published wordings, with answer choices."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from smallsteps.generators import Generator, Part
from smallsteps.generators._ranges import check_range
from smallsteps.records import Record
from smallsteps.text.dates import shift_date, write_date

_LETTERS = "ABCDEF"
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
           "December")  # fmt: skip


@dataclass(frozen=True)
class _Scene:
    """One published way to give away a date, in slots, and how far today lies from that date.

    `{short}` Jul 29, 2002, `{long}` July 29, 2002, `{slash}` 7/29/2002, `{next}` the day after, `{n}` a number of days.
    `said` tells the date given, in slot `{0}`.
    """

    text: str
    amount: int | None
    unit: str = "days"
    said: str = "The date given is {0}"
    sign: int = 1


_SCENES = {
    "today": _Scene("Today is {short}. Jane's appointment will be 3 days later.", 0, said="Today is {0}"),
    "never_forget": _Scene("Today, {slash}, is a day that we will never forget.", 0, said="Today is {0}"),
    "yesterday": _Scene("Yesterday was {long}.", 1, said="Yesterday was {0}"),
    "tomorrow": _Scene("Tomorrow is {slash}.", -1, said="Tomorrow is {0}"),
    "day_before_yesterday": _Scene("The day before yesterday was {slash}.", 2, said="The day before yesterday was {0}"),
    "flight": _Scene("Jane booked a flight for tomorrow, {short}.", -1, said="Tomorrow is {0}"),
    "meeting": _Scene("Today's meeting is rescheduled to 11 am tomorrow, {slash}.", -1, said="Tomorrow is {0}"),
    "concert": _Scene(
        "The concert was scheduled to be on {slash}, but was delayed by one day to today.",
        1,
        said="The concert was planned for {0}",
    ),
    "week_ago": _Scene("It was {long} a week ago.", 1, "weeks", said="A week ago it was {0}"),
    "correct": _Scene(
        "Jane thinks today is {slash}, but John thinks today is {next}. John is correct.",
        1,
        said="Jane is one day early with {0}",
    ),
    "deadline": _Scene(
        "The deadline is {short}, which is {n} days away from now.", None, said="The deadline is {0}", sign=-1
    ),
    "eggs": _Scene(
        "On {long} Jane bought {n} eggs. She ate one per day. Today she ran out of eggs.",
        None,
        said="Jane bought the eggs on {0}",
    ),
    "job": _Scene("Jane quited her job on {short}. {n} days have passed since then.", None, said="Jane left on {0}"),
    "like_yesterday": _Scene(
        "{long} is like yesterday to Jane, but that is actually ten years ago.",
        10,
        "years",
        said="Ten years ago it was {0}",
    ),
    "anniversary": _Scene(
        "Jane and John married on {short}. Today is their golden wedding anniversary.",
        50,
        "years",
        said="They married on {0}",
    ),
}
_ASKED = {
    "today": (0, "days"),
    "tomorrow": (1, "days"),
    "yesterday": (-1, "days"),
    "10 days ago": (-10, "days"),
    "a month ago": (-1, "months"),
    "one year ago from today": (-1, "years"),
    "one week ago from today": (-1, "weeks"),
    "one week from today": (1, "weeks"),
    "24 hours later": (1, "days"),
}


@dataclass(frozen=True)
class DateUnderstanding(Generator):
    """Which date is meant, given another date in words, with five or six choices."""

    years: tuple[int, int] = (1900, 2030)
    """First and last year of the date given."""
    days: tuple[int, int] = (2, 60)
    """Fewest and most days in questions that count days."""
    choices: tuple[int, int] = (5, 6)
    """Fewest and most answer choices; five or six in the published data."""

    def __post_init__(self) -> None:
        check_range("years", self.years, 1000, 9000)
        check_range("days", self.days, 2, 1000)
        check_range("choices", self.choices, 2, len(_LETTERS))

    def question(self, draw: random.Random, part: Part) -> Record | None:
        """A scene and a question of the published ones, with other dates and choices."""
        name, asked = draw.choice(sorted(_SCENES)), draw.choice(sorted(_ASKED))
        scene = _SCENES[name]
        given = date(draw.randint(*self.years), 1, 1) + timedelta(days=draw.randrange(365))
        n = draw.randint(*self.days)
        move = (scene.sign * n if scene.amount is None else scene.amount, scene.unit)
        try:
            today = shift_date(given, *move)
            answer = shift_date(today, *_ASKED[asked])
        except ValueError:  # a month ago there was no such day
            return None
        choices = _choices(answer, today, draw, draw.randint(*self.choices))
        listed = ", ".join(f"({letter}) {choice}" for letter, choice in zip(_LETTERS, choices, strict=False))
        told = f"{_scene_text(scene, given, n)} What is the date {asked} in MM/DD/YYYY?"
        return Record(
            id="",
            task="date_understanding",
            question=f"{told}\nWhich choice is true? Answer choices: {listed}.",
            answer=_LETTERS[choices.index(write_date(answer))],
            choices=tuple(choices),
            meta={"template": f"{name}: {asked}", "group": "seen", "steps": _steps(scene, given, move, asked, choices)},
        )


def _scene_text(scene: _Scene, given: date, n: int) -> str:
    day = f"{given.day}, {given.year}"
    after = given + timedelta(days=1)
    return scene.text.format(
        short=f"{_MONTHS[given.month - 1][:3]} {day}",
        long=f"{_MONTHS[given.month - 1]} {day}",
        slash=f"{given.month}/{given.day}/{given.year}",
        next=f"{after.month}/{after.day}/{after.year}",
        n=n,
    )


def _choices(answer: date, today: date, draw: random.Random, count: int) -> list[str]:
    """The answer among near misses: a day, a month or some years off, today itself, any date of that year.

    One is always a single day off, so that a slip of one day has a choice to land on.
    """
    near = answer + timedelta(days=draw.choice((-1, 1)))
    days = draw.sample(range(2, 330), 4)
    others = {answer + timedelta(days=draw.choice((-1, 1)) * amount) for amount in days}
    years = (answer.year + draw.choice((-1, 1)) * amount for amount in draw.sample(range(1, 80), 3))
    others |= {answer.replace(year=year, day=min(answer.day, 28)) for year in years}
    others = (others | {today}) - {answer, near}
    picked = [answer, near, *draw.sample(sorted(others), count - 2)]
    draw.shuffle(picked)
    return [write_date(day) for day in picked]


def _steps(scene: _Scene, given: date, move: tuple[int, str], asked: str, choices: list[str]) -> list[dict[str, Any]]:
    to_today = {"op": "shift_date", "args": [write_date(given), *move], "say": _today_sayings(scene, move)}
    steps: list[dict[str, Any]] = [to_today]
    if asked != "today":
        steps.append({
            "op": "shift_date",
            "args": [{"step": 0}, *_ASKED[asked]],
            "say": [f"The date {asked} is {{y}}.", f"Counting from {{0}}, the date {asked} is {{y}}.",
                    f"So {{y}} is the date {asked}."],
        })  # fmt: skip
    last = {"step": len(steps) - 1}
    return [
        *steps,
        {"op": "letter", "args": [list(choices), last], "say": ["That is choice ({y}).", "This is ({y}) {1}."]},
    ]


def _today_sayings(scene: _Scene, move: tuple[int, str]) -> list[str]:
    amount, unit = move
    if amount == 0:
        return ["Today is {y}.", "We know that today is {y}.", "The date of today is {y}."]
    length = f"{abs(amount)} {unit if abs(amount) != 1 else unit[:-1]} {'later' if amount > 0 else 'earlier'}"
    return [f"{scene.said}, so today is {{y}}.", f"{scene.said}. Today is {length}, which is {{y}}.",
            f"{scene.said}, and {length} it is {{y}}, which is today."]  # fmt: skip
