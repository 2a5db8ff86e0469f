"""LaTeX expressions as answers: what stands in a box or behind an answer phrase, kept as it is written."""

from __future__ import annotations

import re
from collections.abc import Sequence

from smallsteps.text.affirmed import Same, Verdict
from smallsteps.text.kinds._kind import NOTHING, Choices, Kind
from smallsteps.text.kinds.number import Number
from smallsteps.text.mentions import Mention

_FORMULA = re.compile(r"\$\$?([^$]{1,2000})\$\$?|\\[(\[](.{1,2000}?)\\[)\]]", re.DOTALL)
_EDGE = " \t\r\n.$*"
_OPENS = re.compile(r"\\boxed\s?\{")


class Latex(Kind):
    """LaTeX expressions."""

    def mentions(self, text: str) -> list[Mention]:
        """The text as one expression."""
        return [Mention(value, 0, len(text)) for value in expressions(text)]

    def whole(self, text: str) -> str | None:
        """The expression that a field holds."""
        return next(iter(expressions(text)), None)

    def stated(self, text: str, same: Same, choices: Choices) -> Verdict:
        """The expression behind an answer phrase: its formula where there is one, else the stretch."""
        if re.search(r"\b(?:or|not|neither|either)\b", re.sub(r"\\text\{[^{}]*\}", "", text)):
            return Verdict(None, "hedged")
        formulas = [found[1] or found[2] for found in _FORMULA.finditer(text)]
        found = expressions(formulas[-1] if formulas else text)
        return Verdict(found[0], "stated") if found else NOTHING

    def concluded(self, sentences: Sequence[str], same: Same, choices: Choices) -> Verdict:
        """The last formula of the last sentence, what stands behind its last equals sign; else the number there."""
        if not sentences:
            return NOTHING
        formulas = [found[1] or found[2] for found in _FORMULA.finditer(sentences[-1])]
        found = expressions(formulas[-1].split("=")[-1]) if formulas else []
        return Verdict(found[0], "stated") if found else Number().concluded(sentences, str.__eq__, choices)


def expressions(text: str) -> list[str]:
    """The one expression that a short text is, without the signs around it; none without a digit or letter."""
    opening = _OPENS.match(text.strip(_EDGE))
    inner = text.strip(_EDGE)[opening.end() : -1] if opening and text.strip(_EDGE).endswith("}") else text
    line = " ".join(inner.split()).strip(_EDGE)
    return [line] if any(map(str.isalnum, line)) else []
