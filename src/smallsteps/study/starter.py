"""A first study for a corpus and a student: every value chosen from what they are, and the reason beside it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from smallsteps.corpus.task_guess import guess_task, unread_answers
from smallsteps.engine.facts import StudentFacts, student_facts
from smallsteps.errors import InputError
from smallsteps.methods import METHODS, make_method
from smallsteps.records import Record, split_records
from smallsteps.study.arms import slug
from smallsteps.tasks import TASKS

LOOKED_AT = 1000  # records whose targets are measured
BATCH = 16
VISITS_FROM_NOTHING = 32_000  # what tiny students took to learn two-step sums (docs/log.md)


@dataclass(frozen=True)
class Starter:
    """What a first study is made from."""

    name: str
    train: Path
    test: Path
    student: str
    task: str
    task_reason: str
    rationales_each: float
    questions: int
    validation: float
    longest: int
    facts: StudentFacts


def make_starter(name: str, records: Sequence[Record], train: Path, test: Path, student: str) -> Starter:
    """Look at a training corpus and a student (its configuration and tokenizer, not its parameters).

    Raises InputError for a corpus of several tasks or without answers, OptionError for a student that cannot be loaded.
    """
    task, reason = _task_of(records, train)
    facts = student_facts(student, records)
    told = [record for record in records if any(one.correct is not False for one in record.rationales)]
    return Starter(
        name=slug(name), train=train, test=test, student=student, task=task, task_reason=reason,
        rationales_each=sum(len(record.rationales) for record in told) / len(records),
        questions=len(records), validation=_validation_share(records),
        longest=_longest(told or records, bool(told), facts),
        facts=facts,
    )  # fmt: skip


def _task_of(records: Sequence[Record], path: Path) -> tuple[str, str]:
    answers = [record.answer for record in records if record.answer]
    if not answers:
        raise InputError(f"{path}: no question has a gold answer, so nothing could be scored; add answers")
    tasks = sorted({record.task for record in records})
    guess = guess_task(answers)
    if len(tasks) > 1:
        raise InputError(
            f"{path}: holds questions of several tasks ({', '.join(tasks)}), and init writes a study of one task; "
            "split the corpus, or list several corpora under 'tasks' in a study of your own"
        )
    if tasks[0] not in TASKS.names() and ".py" not in tasks[0]:
        return guess.task, f"guessed: the answers look like {guess.looks}"
    unread = unread_answers(tasks[0], answers)
    if unread:
        return tasks[0], (f"as in the corpus, but it cannot read {unread} of {len(answers)} answers; they look like "
                          f"{guess.looks} (task {guess.task})")  # fmt: skip
    return tasks[0], f"as in the corpus; the answers look like {guess.looks}"


def _validation_share(records: Sequence[Record]) -> float:
    """A tenth of the questions, or more where a tenth of so few would be none; 0 where nothing can be spared."""
    for share in (0.1, 0.2, 0.3):
        try:
            split_records(records, share)
        except InputError:
            continue
        return share
    return 0


def _longest(records: Sequence[Record], told: bool, facts: StudentFacts) -> int:
    """Tokens of the target below which 99 % of the targets stay."""
    method = make_method("cot" if told else "answer_only", {"keep": "all"} if told else {})
    texts = [
        "".join(piece.text for piece in view.target)
        for record in records[:LOOKED_AT]
        for view in method.views(record, method.path_names[0])
    ]
    lengths = sorted(facts.count_tokens(text) for text in texts)
    return lengths[math.ceil(0.99 * len(lengths)) - 1]


def starter_text(starter: Starter) -> str:
    """The study file: YAML with a comment on every choice."""
    rate, rate_reason = _learning_rate(starter.facts)
    steps, steps_reason = _steps(starter)
    room = 16 * math.ceil(1.25 * starter.longest / 16)
    extra = "\n  adam_beta2: 0.95            # a shorter memory: random parameters learn in fewer steps" if (
        starter.facts.tiny
    ) else ""  # fmt: skip
    return f"""\
# Written by `smallsteps init`. Run it with `smallsteps compare FILE`; every key: docs, "study.yaml".
name: {_scalar(starter.name)}
question: {_scalar(f"Which method teaches {starter.student} best?")}

# How answers are read and compared ({starter.task_reason}).
task: {_scalar(starter.task)}

corpus:
  train: {_scalar(str(starter.train))}
  test: {_scalar(str(starter.test))}
  validation: {starter.validation}             # share of the training questions that chooses the checkpoint

students:
  - {_scalar(starter.student)}{" " * 4}# {starter.facts.summary}

methods:
{_methods(starter)}
baseline: answer_only         # what every method is compared with

# Three seeds show how much a method varies. For a first look take one, seeds: [0], and add the others later: the same
# command keeps what is finished.
seeds: [0, 1, 2]

budget:
  steps: {steps}{" " * 4}# {steps_reason}

training:                     # Hugging Face names; `smallsteps list settings` lists them
  learning_rate: {rate}{" " * 4}# {rate_reason}{extra}
  per_device_train_batch_size: {BATCH}   # questions a step
  warmup_steps: {max(10, steps // 20)}
  lr_scheduler_type: linear
  max_grad_norm: 1.0

decoding:
  max_new_tokens: {room}         # 99 % of the targets have at most {starter.longest} tokens; a quarter more as room
"""


def _methods(starter: Starter) -> str:
    lines = [("answer_only", "the control: no chain of thought")]
    if starter.rationales_each:
        lines.append(("cot", "one chain of thought, drawn anew each epoch, then the answer"))
    if starter.rationales_each >= 1.5:
        lines.append(("{name: scotd, draw: all}", f"all chains of a question at once ({starter.rationales_each:.1f})"))
    if starter.rationales_each:
        lines.append(("step_by_step", "answer and chain as two tasks of one student"))
        lines.append(("post", "answer first, then the chain"))
    used = {re.sub(r"\{name: (\w+).*", r"\1", name) for name, _ in lines}
    shown = "".join(f"  - {name:<26}# {what}\n" for name, what in lines)
    others = [name for name in METHODS.names() if name not in used]
    return f"{shown}  # further methods (smallsteps list methods): {', '.join(others)}"


def _learning_rate(facts: StudentFacts) -> tuple[str, str]:
    if facts.tiny:
        return "0.0025", "starts from random parameters"
    if facts.encoder_decoder:
        return "3.0e-4", "pretrained encoder-decoder"
    for limit, rate in ((0.3e9, "1.0e-4"), (1.5e9, "5.0e-5"), (4e9, "2.0e-5")):
        if facts.parameters < limit:
            return rate, f"pretrained decoder below {limit / 1e9:g} billion parameters"
    return "1.0e-5", "pretrained decoder of 4 billion parameters or more"


def _steps(starter: Starter) -> tuple[int, str]:
    if starter.facts.tiny:
        steps = math.ceil(VISITS_FROM_NOTHING / BATCH)
        return steps, f"{steps * BATCH} questions seen: a student with random parameters needs that many"
    steps = min(max(math.ceil(3 * starter.questions / BATCH), 200), 3000)
    epochs = steps * BATCH / starter.questions
    return steps, f"{epochs:.1f} epochs over {starter.questions} questions"


def _scalar(text: str) -> str:
    """Text as a YAML scalar that no other type is read from."""
    return json.dumps(text, ensure_ascii=False)
