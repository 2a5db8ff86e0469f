"""Training with demonstrations in the prompt, as in MetaICL (arXiv 2110.15943)."""

from __future__ import annotations

from dataclasses import dataclass

from smallsteps.errors import OptionError
from smallsteps.methods._method import Method
from smallsteps.methods._needs import Demonstrations, Need


@dataclass(frozen=True)
class Demonstrated(Method):
    """A method whose prompts may contain solved questions of the same task.

    A demonstration is prompt and target of the method's first view of a question. `DemonstrationPool` draws them, so
    that the views stay pure.
    """

    demonstrations: int = 0

    def check(self) -> None:
        """The number is not negative, and the prompt style is plain."""
        if self.demonstrations < 0:
            raise OptionError(f"demonstrations = {self.demonstrations}: expected 0 or more")
        if self.demonstrations and self.prompt_style == "chat":
            raise OptionError("demonstrations need a plain prompt, not a chat template; use prompt_style: plain")

    def needs(self) -> tuple[Need, ...]:
        """The demonstrations, if there are any."""
        return (Demonstrations(self.demonstrations),) if self.demonstrations else ()
