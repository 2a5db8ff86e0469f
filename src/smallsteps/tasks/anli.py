"""ANLI: whether a premise entails a hypothesis; answers are entailment, neutral or contradiction."""

from __future__ import annotations

from smallsteps.tasks import Task
from smallsteps.text.candidates import same_text
from smallsteps.text.class_names import inferences


class Anli(Task):
    """ANLI: whether a premise entails a hypothesis; answers are entailment, neutral or contradiction."""

    chance = 1 / 3

    def candidates(self, text: str) -> list[str]:
        """Every relation that is named, as a noun in lower case."""
        return inferences(text)

    def same(self, a: str, b: str) -> bool:
        """The same relation."""
        return same_text(a, b)
