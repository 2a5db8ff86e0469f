"""Any questions whose answers are LaTeX expressions, such as MATH; compared by math-verify."""

from __future__ import annotations

from smallsteps.tasks import Task
from smallsteps.text.kinds.latex import Latex, expressions
from smallsteps.text.latex import same_latex


class Math(Task):
    """Any questions whose answers are LaTeX expressions, such as MATH; needs the extra `math`."""

    chance = 0.0
    kind = Latex()

    def candidates(self, text: str) -> list[str]:
        """The text itself as one expression."""
        return expressions(text)

    def same(self, a: str, b: str) -> bool:
        """Worth the same, whatever the notation. Raises UndecidedError where the comparison takes too long."""
        return same_latex(a, b)
