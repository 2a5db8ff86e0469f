"""Answers other than numbers in text: choice letters, yes and no, strings of letters, dates, in their canonical form.

Each reader is a pure function from text to a list, so that a mended reading costs seconds and no model. Canonical forms
read back as themselves.
"""

from __future__ import annotations

import re
from datetime import date

from smallsteps.text.mentions import Mention
from smallsteps.text.plain import plain

_LETTER = re.compile(
    r"""[(\[]\s*(?P<closed>[A-Za-z])\s*[)\]]                                # (B), [b]
      | (?<![\w.-])(?<!\w') (?P<capital>[A-Z]) (?!\w|'\w|-(?!-))                          # B, B), B.
      | (?:^|(?<=[\s:])) (?P<small>[a-z]) (?=\)|\.\s*$|\s*$)              # b) or all by itself at the end
    """,
    re.VERBOSE,
)
_NOT_AN_ARTICLE = re.compile(r"\s*(?:$|[^\w\s]|(?:is|are|because|since|as|and|or|not|but|rather|instead)\b|\n)")


def letters(text: str, allowed: str) -> list[str]:
    """The choice letters of a text among `allowed` (`ABCDE`): `(B)`, `B.`, `b)`; not the article `A`, not `I think`."""
    return [mention.value for mention in letter_mentions(plain(text), allowed) if mention.value is not None]


def letter_mentions(text: str, allowed: str) -> list[Mention]:
    """The choice letters of a `plain` text and where they stand."""
    found = ((_letter(match), match) for match in _LETTER.finditer(text.replace("_", " ")))
    return [Mention(one, match.start(), match.end()) for one, match in found if one and one in allowed]


def _letter(found: re.Match[str]) -> str | None:
    bare = found["capital"] or (found["small"] if found.string[found.end() :].lstrip()[:1] != ")" else None)
    if bare in ("A", "I") and not _NOT_AN_ARTICLE.match(found.string, found.end()):
        return None
    if found["small"] and bare and found.string[: found.start()].strip():
        return None  # a small letter without a bracket counts only where it is the whole text
    return (found["closed"] or found["capital"] or found["small"]).upper()


_YES_NO = re.compile(r"(?<![\w-])(yes|no)(?![\w-]|'\w)", re.IGNORECASE)
_CLAUSE_OPENERS = "because|since|as|and|or|but|it|he|she|they|the|this|that|there|you|we|i"
_DETERMINER = re.compile(rf"\.?[ ]*[0-9]|[ ]+(?!(?:{_CLAUSE_OPENERS})\b)[a-z]", re.IGNORECASE)


def yes_no(text: str) -> list[str]:
    """The plain answers `yes` and `no` of a text; not `no` before a noun (`no one`, `no evidence`), not `No. 5`."""
    return [mention.value for mention in yes_no_mentions(plain(text)) if mention.value is not None]


def yes_no_mentions(text: str) -> list[Mention]:
    """The plain answers `yes` and `no` of a `plain` text and where they stand."""
    text = text.replace("_", " ")
    found = (m for m in _YES_NO.finditer(text) if m[1].lower() == "yes" or not _DETERMINER.match(text, m.end()))
    return [Mention(m[1].lower(), m.start(), m.end()) for m in found]


_SINGLE = re.compile(r"(?<![^\W_])[\"“‘'`*]{1,3}([^\W\d_])[\"”’'`*]{1,3}(?![^\W_])")
_SPELLED = re.compile(
    r"(?<![^\W_])[^\W\d_](?:(?P<gap>[\s,.;-]{1,2}|\s?[-+]\s?)[^\W\d_])(?:(?P=gap)[^\W\d_])*(?![^\W_])"
)
_QUOTES = "\"“”‘’'`*{}"
_QUOTED = re.compile(
    rf"(?<![^\W_])(?<![{_QUOTES}])[\"“‘'`*{{]{{1,6}}([^\W\d_]{{2,}}|"
    rf"[^\W\d_]+(?:[ '][^\W\d_]+)+)[.,]?[\"”’'`*}}]+(?![^\W_])"
)
_WORD = re.compile(r"(?<![\w'])[^\W\d_]+(?![\w]|'\w)")


def strings(text: str) -> list[str]:
    """The letters-only strings of a text, in lower case; where longer ones stand in quotes or bold, only those.

    A string spelled out (`a-n-a-o`, `a n a o`) is one string.
    """
    return [mention.value for mention in string_mentions(joined_letters(text)) if mention.value is not None]


def joined_letters(text: str) -> str:
    """A `plain` text in which strings that are spelled out (`a-n-a-o`, `"a", "n"`) stand as one."""
    text = _SINGLE.sub(r"\1", plain(text).translate({ord("_"): " "}))
    return _SPELLED.sub(lambda found: "".join(filter(str.isalpha, found[0])), text)


def string_mentions(text: str) -> list[Mention]:
    """The strings of a text of `joined_letters` and where they stand; quoted ones before all others."""
    quoted = ((_joined(m[1]), m) for m in _QUOTED.finditer(text))
    found = [Mention(word.lower(), m.start(), m.end()) for word, m in quoted if word]
    return found or [Mention(m[0].lower(), m.start(), m.end()) for m in _WORD.finditer(text)]


def _joined(quoted: str) -> str:
    """A quoted string without the gaps that slip in between letters (`aao y`); nothing for a phrase of words."""
    parts = re.split("[ ']", quoted)
    return "".join(parts) if len(parts) == 1 or min(map(len, parts)) == 1 else ""


_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
           "december")  # fmt: skip
_MONTH = "(" + "|".join(f"{month[:3]}(?:{month[3:]})?" for month in _MONTHS).replace("sep(", "sept?(") + r")\.?"
_DATE = re.compile(
    rf"""(?<![0-9/.-]) (?:
        (?P<m>[0-9]{{1,2}}) (?P<by>[/-]) (?P<d>[0-9]{{1,2}}) (?P=by) (?P<y>[0-9]{{4}})
      | (?P<iso>[0-9]{{4}})-(?P<iso_m>[0-9]{{2}})-(?P<iso_d>[0-9]{{2}}) ) (?! [0-9/-] | \.[0-9])
      | \b(?P<name>{_MONTH})\s+(?P<name_d>[0-9]{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<name_y>[0-9]{{4}})(?![0-9])
      | (?<![0-9])(?P<first_d>[0-9]{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<then>{_MONTH}),?\s+
        (?P<then_y>[0-9]{{4}})(?![0-9])
    """,
    re.VERBOSE | re.IGNORECASE,
)


def dates(text: str) -> list[str]:
    """The dates of a text as `MM/DD/YYYY`; day and month the American way, impossible days are none."""
    return [mention.value for mention in date_mentions(plain(text).replace("**", "")) if mention.value is not None]


def date_mentions(text: str) -> list[Mention]:
    """The dates of a `plain` text and where they stand."""
    found = ((_date(match), match) for match in _DATE.finditer(text))
    return [Mention(f"{day:%m/%d/}{day.year:04d}", match.start(), match.end()) for day, match in found if day]


def _date(found: re.Match[str]) -> date | None:
    month = found["m"] or found["iso_m"] or _month_number(found["name"] or found["then"])
    day = found["d"] or found["iso_d"] or found["name_d"] or found["first_d"]
    year = found["y"] or found["iso"] or found["name_y"] or found["then_y"]
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _month_number(name: str) -> int:
    return next(i for i, month in enumerate(_MONTHS, start=1) if month.startswith(name.lower()[:3]))


def same_text(a: str, b: str) -> bool:
    """Whether two canonical answers are the same letters, whatever their case."""
    return a.casefold() == b.casefold()
