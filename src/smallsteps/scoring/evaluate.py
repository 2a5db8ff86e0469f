"""Scoring: answers against gold, a pure second pass that needs no model.

Every question lands in exactly one outcome, and the outcomes add up to N: `error` (no answer came, or it could not be
judged in time); a strictly read answer that is `correct` or `wrong`; `truncated` (the length limit came first);
`no_answer`. The headline accuracy is the strict one: an answer that is announced. The lenient reading also counts what
a text concludes that announces nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from smallsteps.errors import FileError, InputError
from smallsteps.records import Record
from smallsteps.scoring.answers import Answer
from smallsteps.scoring.contrast import Consistency, consistency
from smallsteps.scoring.quality import rationale_bleu
from smallsteps.scoring.voting import vote, votes_needed
from smallsteps.tasks import Task, get_task
from smallsteps.text.answer_format import AnswerFormat, Order
from smallsteps.text.latex import UndecidedError
from smallsteps.text.reader import Reader, Reading

OutcomeName = Literal["correct", "wrong", "truncated", "no_answer", "error"]
OUTCOMES: tuple[OutcomeName, ...] = ("correct", "wrong", "truncated", "no_answer", "error")
RATIONALE_BLEU = "rationale_bleu"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one question ended: the strictly and the leniently read answer, and the one outcome.

    With several samples the answers are voted on: `answer` is the one with the most votes, the earliest where votes
    are equal; unread samples have no vote. `grade` is right or wrong, or a number where the task measures by degrees.
    `samples` were drawn `of` as many as were asked for; an adaptive stop leaves some out. `rule` says how the first
    sample was read, or why it states no answer.
    """

    id: str
    task: str
    name: OutcomeName
    answer: str | None
    lenient: str | None
    lenient_correct: bool
    tokens: int
    votes: int = 1
    grade: bool | float = False
    samples: int = 1
    of: int = 1
    rule: str = ""


@dataclass(frozen=True)
class Score:
    """What an arm reached on `n` questions of a task, overall and by `meta.group`.

    `grade` is the mean of the grades, the accuracy where answers are right or wrong; `metrics` are the task's own
    and the BLEU of the written rationales; `consistency` is that of the contrast sets among the questions, if any.
    `generated_tokens` and `samples` are means a question; `saved` is the share of the samples asked for that an
    adaptive stop did not draw.
    """

    n: int
    accuracy: float
    lenient: float
    interval: tuple[float, float]
    outcomes: dict[str, int]
    generated_tokens: float
    groups: dict[str, Score] | None = None
    grade: float = 0.0
    metrics: dict[str, float] = field(default_factory=dict)
    samples: float = 1.0
    saved: float = 0.0
    consistency: Consistency | None = None


def judge_answers(answers: Sequence[Answer], records: Mapping[str, Record], reader: Reader) -> list[Outcome]:
    """One outcome a question, in the order in which questions first occur among the answers.

    Raises InputError for an answer to an unknown question and for a record without a gold answer.
    """
    samples: dict[str, list[Answer]] = {}
    for answer in answers:
        samples.setdefault(answer.id, []).append(answer)
    return [_outcome(_record(records, name), some, reader) for name, some in samples.items()]


def reasonings(answers: Iterable[Answer], words: AnswerFormat, order: Order) -> dict[str, str]:
    """What was written before each question's answer, in its first sample; empty where the answer comes first."""
    return {answer.id: words.reasoning(answer.text, order) for answer in answers if not answer.sample}


def score_outcomes(
    outcomes: Sequence[Outcome],
    records: Mapping[str, Record],
    level: float = 0.95,
    written: Mapping[str, str] | None = None,
) -> Score:
    """Counts and accuracies of some outcomes, by group where records are in groups. Raises InputError for none.

    With what was `written` before the answers (`reasonings`), BLEU against the records' rationales is among the
    metrics, as `rationale_bleu`, wherever records hold some.
    """
    written = written or {}
    if not outcomes:
        raise InputError("there is no answer to score")
    names: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        names.setdefault(str(records[outcome.id].meta.get("group", "")), []).append(outcome)
    grouped = {name: _score(some, records, None, level, written) for name, some in sorted(names.items()) if name}
    return _score(outcomes, records, grouped or None, level, written)


def strict_answer(task: Task, answer: Answer, reader: Reader, choices: Sequence[str] = ()) -> str | None:
    """The answer that an output announces, None where it announces none."""
    reading = reader.read(answer.text, task, choices, answer.finish)
    return reading.answer if reading.announced else None


def samples_needed(
    task: Task, answers: Sequence[Answer], left: int, reader: Reader, choices: Sequence[str] = ()
) -> int:
    """The fewest of the `left` samples of a question after which its outcome could be settled; 0 where it is.

    Neither the strict nor the lenient vote can then change any more.
    """
    readings = [reader.read(one.text, task, choices, one.finish) for one in answers]
    return max(votes_needed(task, some, left) for some in _answers(readings))


def check_answered(answers: Iterable[Answer], records: Sequence[Record], path: Path) -> None:
    """Refuse an answers file that leaves out questions of the test part."""
    answered = {answer.id for answer in answers}
    missing = [record.id for record in records if record.id not in answered]
    if missing:
        raise FileError(path, f"{len(missing)} of {len(records)} questions have no answer (first: {missing[0]}); "
                        "answer them, or give the corpus that was answered")  # fmt: skip


def _score(
    outcomes: Sequence[Outcome],
    records: Mapping[str, Record],
    groups: dict[str, Score] | None,
    level: float,
    written: Mapping[str, str],
) -> Score:
    from smallsteps.stats.intervals import wilson

    counts = Counter(outcome.name for outcome in outcomes)
    n = len(outcomes)
    interval = wilson(counts["correct"], n, level)
    return Score(
        n=n,
        accuracy=counts["correct"] / n,
        lenient=sum(outcome.lenient_correct for outcome in outcomes) / n,
        interval=(interval.low, interval.high),
        outcomes={name: counts[name] for name in OUTCOMES},
        generated_tokens=sum(outcome.tokens for outcome in outcomes) / n,
        groups=groups,
        grade=sum(outcome.grade for outcome in outcomes) / n,
        metrics=_metrics(outcomes, records) | _likeness(outcomes, records, written),
        samples=sum(outcome.samples for outcome in outcomes) / n,
        saved=1 - sum(outcome.samples for outcome in outcomes) / sum(outcome.of for outcome in outcomes),
        consistency=_consistency(outcomes, records),
    )


def _metrics(outcomes: Sequence[Outcome], records: Mapping[str, Record]) -> dict[str, float]:
    """The task's own measures; none where the outcomes are of several tasks."""
    names = {outcome.task for outcome in outcomes}
    if len(names) > 1:
        return {}
    golds = [records[outcome.id].answer or "" for outcome in outcomes]
    return get_task(names.pop()).metrics([outcome.answer or "" for outcome in outcomes], golds)


def _likeness(
    outcomes: Sequence[Outcome], records: Mapping[str, Record], written: Mapping[str, str]
) -> dict[str, float]:
    told = {outcome.id: written[outcome.id] for outcome in outcomes if outcome.id in written}
    found = rationale_bleu(told, records)
    return {} if found is None else {RATIONALE_BLEU: found}


def _consistency(outcomes: Sequence[Outcome], records: Mapping[str, Record]) -> Consistency | None:
    right = {outcome.id: outcome.name == "correct" for outcome in outcomes}
    return consistency(right, (records[name] for name in right))


def _record(records: Mapping[str, Record], name: str) -> Record:
    if name not in records:
        raise InputError(f"answer to '{name}': the corpus has no such question; give the corpus that was answered")
    if records[name].answer is None:
        raise InputError(f"record '{name}' has no gold answer, and scoring needs one; add it or leave the record out")
    return records[name]


def _outcome(record: Record, samples: Sequence[Answer], reader: Reader) -> Outcome:
    task = get_task(record.task)
    choices = task.choices(record)
    readings = [reader.read(one.text, task, choices, one.finish) for one in samples]
    strict, lenient = _answers(readings)
    answer, votes = vote(task, strict)
    loose, _ = vote(task, lenient)
    try:
        name, grade = _name(task, record, samples, answer), _graded(task, answer, record)
        lenient_correct = bool(task.judge(loose, record))
    except UndecidedError:  # math-verify never ends on some expressions
        name, grade, lenient_correct = "error", False, False
    return Outcome(
        id=record.id,
        task=record.task,
        name=name,
        answer=answer,
        lenient=loose,
        lenient_correct=lenient_correct,
        tokens=sum(one.tokens for one in samples),
        votes=votes,
        grade=grade,
        samples=len(samples),
        of=max(len(samples), *(one.of for one in samples)),
        rule=readings[0].rule,
    )


def _graded(task: Task, answer: str | None, record: Record) -> bool | float:
    grade = task.grade(answer, record)
    assert grade is not None, "a record that is scored has a gold answer"
    return grade


def _answers(readings: Sequence[Reading]) -> tuple[list[str | None], list[str | None]]:
    """Each sample's answer as read strictly, and leniently."""
    return [one.answer if one.announced else None for one in readings], [one.answer for one in readings]


def _name(task: Task, record: Record, samples: Sequence[Answer], answer: str | None) -> OutcomeName:
    if all(one.finish == "error" for one in samples):
        return "error"
    if answer is not None:
        return "correct" if task.judge(answer, record) else "wrong"
    return "truncated" if any(one.finish == "length" for one in samples) else "no_answer"
