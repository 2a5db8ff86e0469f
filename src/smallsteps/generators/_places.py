"""Stories of places: a way from home, a shelf in the library, a bus."""

from __future__ import annotations

from smallsteps.generators._stories import Family, Wordings

PLACES: dict[str, Family] = {
    "travel": Family(
        things=("miles",),
        state="{N} is {x} miles from home",
        openings={
            "plain": Wordings(
                ("{N} leaves home and rides {n} miles away.", "In the morning {N} rides {n} miles away from home."),
                ("{N} leaves home and rides {n} miles away in the morning.",),
            ),
            "groups": Wordings(
                (
                    "For {k} days {N} rides {n} miles away from home each day.",
                    "{N} leaves home and rides {n} miles a day for {k} days.",
                ),
                ("{N} leaves home and rides {n} miles each day for {k} days.",),
            ),
        },
        events={
            "gain": Wordings(
                (
                    "Then {he} rides {n} more miles away from home.",
                    "In the evening {he} rides {n} miles farther from home.",
                ),
                ("In the evening {he} rides {n} more miles away from home.",),
            ),
            "lose": Wordings(
                (
                    "Then {he} rides {n} miles back toward home.",
                    "{He} turns and rides {n} miles back to get closer to home.",
                ),
                ("{He} turns and rides {n} miles back toward home.",),
            ),
        },
        closings={
            "left": Wordings(
                ("How many miles is {N} from home now?", "How many miles from home is {he} in the end?"),
                ("How many miles from home is {N} now?",),
            ),
            "share": Wordings(
                (
                    "{He} rides all the way home in {k} hours, the same number of miles each hour. "
                    "How many miles does {he} ride each hour?",
                    "{N} gets home in {k} hours and rides the same number of miles each hour. "
                    "How many miles does {he} ride each hour?",
                ),
                (
                    "{He} rides home in {k} hours and rides the same number of miles each hour. "
                    "How many miles does {N} ride each hour?",
                ),
                "{N} rides {x} miles each hour",
            ),
            "compare": Wordings(
                (
                    "{O} is {n} miles from home. How many more miles from home is {N} than {O}?",
                    "How many miles farther from home than {O} is {N} if {O} is {n} miles from home?",
                ),
                ("How many more miles from home is {N} than {O} if {O} is {n} miles from home?",),
                "{N} is {x} miles farther from home than {O}",
            ),
        },
    ),
    "library": Family(
        things=("books",),
        state="the shelf has {x} books",
        openings={
            "plain": Wordings(
                ("The shelf has {n} books.", "There are {n} books on the shelf in the library."),
                ("There are {n} books on the shelf.",),
            ),
            "groups": Wordings(
                (
                    "The shelf has {k} rows with {n} books in each row.",
                    "There are {k} rows on the shelf, and {n} books are in each row.",
                ),
                ("There are {k} rows with {n} books in each row on the shelf.",),
            ),
        },
        events={
            "gain": Wordings(
                ("Then {N} brings back {n} books.", "{N} puts {n} more books on the shelf."),
                ("Then {N} puts {n} more books on the shelf.",),
            ),
            "lose": Wordings(
                ("Then {N} takes {n} books home.", "{N} takes {n} of the books from the shelf."),
                ("Then {N} takes {n} of the books home.",),
            ),
            "grow": Wordings(
                (
                    "After a week the shelf has {k} times as many books.",
                    "Soon there are {k} times as many books on the shelf.",
                ),
                ("Soon the shelf has {k} times as many books.",),
            ),
        },
        closings={
            "left": Wordings(
                ("How many books does the shelf have now?", "How many books are on the shelf in the end?"),
                ("How many books are on the shelf now?",),
            ),
            "share": Wordings(
                (
                    "{M} puts all the books into {k} boxes, the same number in each box. "
                    "How many books are in each box?",
                    "All the books go into {k} boxes. How many books are in each box if each has the same number?",
                ),
                ("{M} puts all the books into {k} boxes. How many books are in each box if each has the same number?",),
                "each box has {x} books",
            ),
            "total": Wordings(
                (
                    "A second shelf has {n} books. How many books do the two shelves have together?",
                    "How many books are there on two shelves together if a second shelf has {n} books?",
                ),
                ("There are {n} books on a second shelf. How many books do the two shelves have together?",),
                "together the two shelves have {x} books",
            ),
        },
    ),
    "bus": Family(
        things=("people",),
        state="there are {x} people on the bus",
        openings={
            "plain": Wordings(
                ("There are {n} people on the bus.", "A bus leaves with {n} people."),
                ("A bus leaves, and there are {n} people on the bus.",),
            ),
            "groups": Wordings(
                (
                    "The bus has {k} rows with {n} people in each row.",
                    "There are {k} rows on the bus, and {n} people are in each row.",
                ),
                ("There are {k} rows with {n} people in each row on the bus.",),
            ),
        },
        events={
            "gain": Wordings(
                ("At the next stop {n} people get on.", "Then {n} more people get on the bus."),
                ("At the next stop {n} more people get on the bus.",),
            ),
            "lose": Wordings(
                ("At the next stop {n} people get off.", "Then {n} of the people get off the bus."),
                ("At the next stop {n} of the people get off the bus.",),
            ),
        },
        closings={
            "left": Wordings(
                ("How many people are on the bus now?", "How many people are there on the bus in the end?"),
                ("How many people are there on the bus now?",),
            ),
            "sell": Wordings(
                (
                    "Each of the people pays {k} dollars. How many dollars do they pay together?",
                    "The people on the bus pay {k} dollars each. How many dollars is that together?",
                ),
                ("The people on the bus pay {k} dollars each. How many dollars do they pay together?",),
                "they pay {x} dollars together",
            ),
            "total": Wordings(
                (
                    "There are {n} people on a second bus. How many people are there on the two buses together?",
                    "How many people are there on two buses together if a second bus has {n} people?",
                ),
                ("There is a second bus with {n} people. How many people are there on the two buses together?",),
                "together there are {x} people",
            ),
        },
    ),
}
