"""Reasoning quality beyond the last answer, from texts alone: arithmetic, length, agreement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from smallsteps.records import Record
from smallsteps.tasks import Task
from smallsteps.text.arithmetic import Step, arithmetic_steps
from smallsteps.text.overlap import bleu_of_any


@dataclass(frozen=True, slots=True)
class Quality:
    """What can be said of one rationale without a model.

    `words` is its length; `correct` whether the answer stated for it is right (None where nobody knows); `agrees`
    whether its own conclusion is the answer stated for it (None where either cannot be read).
    """

    words: int
    steps: tuple[Step, ...]
    correct: bool | None
    agrees: bool | None

    @property
    def wrong(self) -> tuple[Step, ...]:
        """The wrong arithmetic steps."""
        return tuple(step for step in self.steps if not step.right)

    @property
    def right_from_wrong(self) -> bool | None:
        """Whether the right answer comes from wrong arithmetic; None where nobody knows if the answer is right."""
        return None if self.correct is None else self.correct and bool(self.wrong)


@dataclass(frozen=True, slots=True)
class QualitySummary:
    """The quality of several rationales; every share stands beside the number that it is a share of.

    `wrong_share` is of `steps`; `with_wrong_share` of the `with_steps` rationales that hold a readable step;
    `right_from_wrong_share` of the `right_with_steps` among these whose answer is right; `agreement` of the
    `comparable` rationales. A share of nothing is None.
    """

    rationales: int
    median_words: float | None
    steps: int
    wrong_share: float | None
    with_steps: int
    with_wrong_share: float | None
    right_with_steps: int
    right_from_wrong_share: float | None
    comparable: int
    agreement: float | None


def quality_of(text: str, answer: str | None, correct: bool | None, task: Task) -> Quality:
    """The quality of one rationale `text` by a teacher or student.

    `answer` is the answer stated for it (the source's own field, or what follows the answer phrase), `correct` whether
    that answer is right. The rationale's own conclusion is the task's last candidate in the text.
    """
    steps = tuple(arithmetic_steps(text))
    conclusion = task.extract_last(text)
    stated = None if answer is None else task.extract(answer)
    agrees = None if conclusion is None or stated is None else task.same(conclusion, stated)
    return Quality(len(text.split()), steps, correct, agrees)


def summarise(found: Sequence[Quality]) -> QualitySummary:
    """The quality of several rationales in one row of a table."""
    steps = [step for one in found for step in one.steps]
    with_steps = [one for one in found if one.steps]
    right = [one for one in with_steps if one.correct]
    agreeing = [one.agrees for one in found if one.agrees is not None]
    return QualitySummary(
        rationales=len(found),
        median_words=float(median(one.words for one in found)) if found else None,
        steps=len(steps),
        wrong_share=_share([not step.right for step in steps]),
        with_steps=len(with_steps),
        with_wrong_share=_share([bool(one.wrong) for one in with_steps]),
        right_with_steps=len(right),
        right_from_wrong_share=_share([bool(one.wrong) for one in right]),
        comparable=len(agreeing),
        agreement=_share(agreeing),
    )


def rationale_bleu(written: Mapping[str, str], records: Mapping[str, Record]) -> float | None:
    """BLEU between 0 and 1 of what was written before each answer, by question, against the question's rationales.

    Only questions whose record holds a rationale that is not known to be wrong count; such are its references. None
    where there are no such questions, and where nothing was written before any answer.
    """
    gold = {name: _references(records[name]) for name in written}
    told = [name for name, references in gold.items() if references]
    if not any(written[name].strip() for name in told):
        return None
    return bleu_of_any([_line(written[name]) for name in told], [gold[name] for name in told])


def _references(record: Record) -> list[str]:
    return [_line(one.text) for one in record.rationales if one.correct is not False and one.text.strip()]


def _line(text: str) -> str:
    return " ".join(text.split())


def _share(values: Sequence[bool]) -> float | None:
    return sum(values) / len(values) if values else None
