"""The answer phrase in a rationale: every method puts it into the target itself, so it must not stand there already."""

from __future__ import annotations

import re

from smallsteps.text.answer_format import get_answer_format

_LONGEST_ENDING = 300
_EDGE = " \t\r\n*_#>"


def without_phrase(text: str) -> str:
    """A rationale without the answer phrase (`So the answer is: …`) at its end and what follows it.

    Where the phrase stands further up, its colon goes, so that no target holds it twice. A text that is nothing but the
    phrase becomes the answer alone.
    """
    marker = get_answer_format("common").marker
    low = text.lower() if len(text.lower()) == len(text) else text
    place = low.rfind(marker.lower())
    if place < 0:
        return text
    tail = text[place + len(marker) :]
    if len(tail) > _LONGEST_ENDING:
        return _without_colons(text, marker)
    before = text[:place].rstrip(_EDGE)
    if not before:
        return tail.strip(_EDGE) or text
    closing = "**" if before.count("**") % 2 else ""  # it went with the white space
    return _without_colons(before + closing, marker)


def _without_colons(text: str, marker: str) -> str:
    return re.sub(re.escape(marker), lambda found: found[0].rstrip(":"), text, flags=re.IGNORECASE)
