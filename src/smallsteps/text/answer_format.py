"""How a question is put to a student and its answer is marked: the format that all arms share, and each paper's own.

Sources: `common` is ours; the others were read in the released code of the papers, with the white space moved from
the prompt's end to the target's beginning, because a prompt that ends in white space is tokenised differently
when a target follows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from smallsteps.errors import UnknownNameError
from smallsteps.text.reader import Reader

Order = Literal["last", "first"]


@dataclass(frozen=True)
class AnswerFormat:
    """The words around question, rationale and answer.

    `marker` is the answer phrase, `close` what ends the answer (decoding stops there), `turn` what a decoder-only
    student reads between the question and its own words. `whole`: the answer is itself the text to learn (a report's
    impression), so that nothing stands before it.
    """

    prompt: str
    marker: str
    close: str
    turn: str = ""
    whole: bool = False

    def ask(self, question: str) -> str:
        """The prompt of a question, without white space at its end."""
        return self.prompt.format(x=question.strip())

    def conclude(self, answer: str) -> str:
        """The answer phrase with an answer, opened by a space and closed."""
        return f" {self.marker} {answer.strip()}{self.close}" if self.marker else f" {answer.strip()}{self.close}"

    def explain(self, rationale: str) -> str:
        """A rationale as it stands in a target: opened by a space."""
        return f" {rationale.strip()}"

    def ending(self, answer: str) -> str:
        """What stands behind a rationale: the answer line, or the close alone where the rationale is the answer."""
        return self.close if self.whole else self.conclude(answer)

    def reader(self, order: Order) -> Reader:
        """How outputs in this format are read: its marker is one more answer phrase."""
        return Reader(self.marker, self.close, order == "first", whole=not self.marker)

    def reasoning(self, text: str, order: Order) -> str:
        """What an output says before it states its answer; all of it where the answer phrase does not occur.

        Empty where the answer comes first, and in a format without a phrase.
        """
        if order == "first" or not self.marker:
            return ""
        place = text.rfind(self.marker)
        return text if place < 0 else text[:place]


FORMATS: dict[str, AnswerFormat] = {
    "common": AnswerFormat("Q: {x}\nA:", "So the answer is:", "\n"),
    "scotd": AnswerFormat("Q: {x}\nA:", "So the answer is:", "\n\n"),
    "fine_tune_cot": AnswerFormat("{x}", "-->", "", turn=" ###"),
    "step_by_step": AnswerFormat("{x}", "", ""),
    "report": AnswerFormat("Findings: {x}\nImpression:", "", "\n\n", whole=True),
}


def get_answer_format(name: str) -> AnswerFormat:
    """The answer format of that name. Raises UnknownNameError with a guess."""
    if name not in FORMATS:
        raise UnknownNameError("answer format", name, FORMATS)
    return FORMATS[name]
