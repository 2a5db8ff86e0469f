"""Training with demonstrations in the prompt, as MetaICL does it (arXiv 2110.15943)."""

from __future__ import annotations

from dataclasses import dataclass

from smallsteps.errors import OptionError
from smallsteps.methods._method import Method
from smallsteps.methods._needs import Demonstrations, Need


@dataclass(frozen=True)
class Demonstrated(Method):
    """A method whose prompts may hold solved questions of the same task.

    A demonstration is a question asked and answered in full, as the method's first view of it is. Which ones a prompt
    holds is drawn outside (`demonstrations.DemonstrationPool`): the views stay pure.
    """

    demonstrations: int = 0

    def check(self) -> None:
        """Demonstrations are no fewer than 0, and stand in a plain prompt."""
        if self.demonstrations < 0:
            raise OptionError(f"demonstrations = {self.demonstrations}: a prompt holds 0 or more of them")
        if self.demonstrations and self.prompt_style == "chat":
            raise OptionError("demonstrations stand in the prompt's own words, not in turns of a chat; take "
                              "prompt_style: plain")  # fmt: skip

    def needs(self) -> tuple[Need, ...]:
        """The demonstrations, where there are to be any."""
        return (Demonstrations(self.demonstrations),) if self.demonstrations else ()
