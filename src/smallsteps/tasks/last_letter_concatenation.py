"""Last Letter Concatenation: the last letters of the words of a name; answers are strings of letters."""

from __future__ import annotations

from smallsteps.tasks import StringTask


class LastLetterConcatenation(StringTask):
    """Last Letter Concatenation: the last letters of the words of a name; answers are strings of letters."""

    chance = 0.0
