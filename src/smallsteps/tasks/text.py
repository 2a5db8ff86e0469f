"""Any questions whose answers are short texts, the same where their words are."""

from __future__ import annotations

from smallsteps.tasks import Task
from smallsteps.text.kinds import Kind, Verbatim
from smallsteps.text.overlap import words


class TextAnswer(Task):
    """Any questions whose answers are short texts, the same where their words are."""

    chance = 0.0

    @property
    def kind(self) -> Kind:
        """The text that stands where an answer should."""
        return Verbatim(self.candidates)

    def candidates(self, text: str) -> list[str]:
        """The text itself as one line, without the marks around it; none without a word."""
        line = " ".join(text.split()).strip(" .。!！?？;；\"“”'*`")
        return [line] if words(line) else []

    def same(self, a: str, b: str) -> bool:
        """The same words in the same order, whatever their case."""
        return [word.casefold() for word in words(a)] == [word.casefold() for word in words(b)]
