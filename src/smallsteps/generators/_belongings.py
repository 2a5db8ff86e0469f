"""Stories of one person and the things they own: bought, found, baked, saved."""

from __future__ import annotations

from smallsteps.generators._stories import Family, Wordings

_GIVEN = Wordings(
    ("{He} gets {n} more {things} from {M}.", "Then {he} gets {n} more {things} from {M}."),
    ("Then {N} gets {n} more {things} from {M}.",),
)
_GROWN = Wordings(
    ("After a week {he} has {k} times as many {things}.", "Soon {he} has {k} times as many {things} as before."),
    ("Soon {N} has {k} times as many {things} as before.",),
)
_OWNED = {
    "left": Wordings(
        ("How many {things} does {N} have now?", "How many {things} does {he} have in the end?"),
        ("How many {things} does {N} have in the end?",),
    ),
    "share": Wordings(
        (
            "{He} shares the {things} equally among {k} friends. How many {things} does each friend get?",
            "{k} friends get all the {things}, and each friend gets the same number. "
            "How many {things} does each friend get?",
        ),
        (
            "Then {N} shares all the {things} equally among {k} friends. "
            "How many {things} does each of the friends get?",
        ),
        "each friend gets {x} {things}",
    ),
    "total": Wordings(
        (
            "{O} has {n} {things}. How many {things} do {N} and {O} have together?",
            "How many {things} do {N} and {O} have together if {O} has {n} {things}?",
        ),
        ("How many {things} do {O} and {N} have together if {O} has {n} {things}?",),
        "together they have {x} {things}",
    ),
    "compare": Wordings(
        (
            "{O} has {n} {things}. How many more {things} does {N} have than {O}?",
            "How many more {things} than {O} does {N} have if {O} has {n} {things}?",
        ),
        ("How many more {things} does {N} have than {O} if {O} has {n} {things}?",),
        "{N} has {x} more {things} than {O}",
    ),
}
_SOLD = {
    "sell": Wordings(
        (
            "{He} sells all the {things} for {k} dollars each. How many dollars does {he} get?",
            "Then {he} sells the {things}, and each costs {k} dollars. How many dollars does {N} get?",
        ),
        ("Then {N} sells all the {things} for {k} dollars each. How many dollars does {N} get?",),
        "{N} gets {x} dollars",
    )
}

BELONGINGS: dict[str, Family] = {
    "shopping": Family(
        things=("apples", "pears", "eggs"),
        state="{N} has {x} {things}",
        openings={
            "plain": Wordings(
                ("{N} buys {n} {things} at the shop.", "{N} has {n} {things} in a bag."),
                ("At the shop {N} buys {n} {things}.",),
            ),
            "groups": Wordings(
                (
                    "{N} buys {k} bags with {n} {things} in each bag.",
                    "At the shop {N} gets {k} bags of {n} {things} each.",
                ),
                ("{N} buys {k} bags of {n} {things} each.",),
            ),
        },
        events={
            "gain": Wordings(
                ("Then {he} buys {n} more {things}.", "At the shop {he} gets {n} more {things}.", *_GIVEN.seen),
                ("{He} buys {n} more {things} at the shop.", *_GIVEN.held),
            ),
            "lose": Wordings(
                (
                    "Then {he} eats {n} of the {things}.",
                    "{He} gives {n} {things} to {M}.",
                    "{He} gives {M} {n} of the {things}.",
                ),
                ("{He} eats {n} of the {things}.", "Then {he} gives {M} {n} of the {things}."),
            ),
            "grow": _GROWN,
        },
        closings=_OWNED | _SOLD,
    ),
    "collecting": Family(
        things=("stamps", "shells", "cards", "coins"),
        state="{N} has {x} {things}",
        openings={
            "plain": Wordings(
                ("{N} has {n} {things} in a box.", "{N} finds {n} {things}."), ("{N} finds {n} {things} in a box.",)
            ),
            "groups": Wordings(
                (
                    "{N} has {k} boxes with {n} {things} in each box.",
                    "There are {k} boxes, and {N} has {n} {things} in each box.",
                ),
                ("{N} finds {k} boxes with {n} {things} in each box.",),
            ),
        },
        events={
            "gain": Wordings(
                ("Then {he} finds {n} more {things}.", "{He} finds {n} {things} after that.", *_GIVEN.seen),
                ("After that {he} finds {n} more {things}.", *_GIVEN.held),
            ),
            "lose": Wordings(
                ("Then {he} loses {n} of the {things}.", "After that {he} gives {n} {things} to {M}."),
                ("{He} loses {n} of the {things} after that.", "Then {he} gives {n} of the {things} to {M}."),
            ),
            "grow": _GROWN,
        },
        closings=_OWNED,
    ),
    "baking": Family(
        things=("cookies", "cakes", "rolls"),
        state="{N} has {x} {things}",
        openings={
            "plain": Wordings(
                ("{N} bakes {n} {things}.", "In the morning {N} bakes {n} {things}."),
                ("{N} bakes {n} {things} in the morning.",),
            ),
            "groups": Wordings(
                ("{N} bakes {k} trays with {n} {things} on each tray.", "On each of {k} trays {N} bakes {n} {things}."),
                ("{N} bakes {n} {things} on each of {k} trays.",),
            ),
        },
        events={
            "gain": Wordings(
                ("Then {he} bakes {n} more {things}.", "In the evening {he} bakes {n} {things}.", *_GIVEN.seen),
                ("{He} bakes {n} more {things} in the evening.", *_GIVEN.held),
            ),
            "lose": Wordings(
                (
                    "Then {he} eats {n} of the {things}.",
                    "{He} gives {n} {things} to {M}.",
                    "In the evening {he} sells {n} of the {things}.",
                ),
                ("Then {he} sells {n} of the {things}.", "In the evening {he} gives {n} {things} to {M}."),
            ),
            "grow": _GROWN,
        },
        closings=_OWNED | _SOLD,
    ),
    "savings": Family(
        things=("dollars",),
        state="{N} has {x} dollars",
        openings={
            "plain": Wordings(
                ("{N} saves {n} dollars.", "{N} has {n} dollars in a box."),
                ("{N} saves {n} dollars in a box.",),
            ),
            "groups": Wordings(
                ("{N} saves {n} dollars each week for {k} weeks.", "For {k} weeks {N} gets {n} dollars each week."),
                ("For {k} weeks {N} saves {n} dollars each week.",),
            ),
        },
        events={
            "gain": Wordings(
                ("Then {he} saves {n} more dollars.", "For work {he} gets {n} dollars.", *_GIVEN.seen),
                ("Then {he} gets {n} dollars for work.", *_GIVEN.held),
            ),
            "lose": Wordings(
                (
                    "Then {he} pays {n} dollars for a book.",
                    "{He} gives {n} of the dollars to {M}.",
                    "For a bag {he} pays {n} dollars.",
                ),
                ("{He} pays {n} dollars for a bag.", "Then {he} gives {n} dollars to {M}."),
            ),
            "grow": _GROWN,
        },
        closings=_OWNED,
    ),
}
