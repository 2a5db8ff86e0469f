"""Finished run folders without students, for tests of what reads them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from smallsteps.records import Rationale, Record, Segment, write_json, write_records
from smallsteps.scoring.answers import Answer, write_answers
from smallsteps.scoring.evaluate import judge_answers, score_outcomes
from smallsteps.scoring.information_gain import GAINS, Gains, StepGain, write_gains
from smallsteps.study.arms import Arm, arm_identity, study_arms
from smallsteps.study.compare import corpus_key
from smallsteps.study.environment import ENVIRONMENT
from smallsteps.study.run import score_fields
from smallsteps.study.run_folder import ARMS
from smallsteps.study.sources import load_parts
from smallsteps.study.spec import check_study
from smallsteps.tasks import get_task
from smallsteps.text.sentences import sentence_spans

Say = Callable[[Arm, Record, int], str]
HOSTILE = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"


def question(task: str, part: str, index: int, gold: str | None = None) -> Record:
    """A question of its own words, with a rationale in the training part; `gold` is its answer where given."""
    answer = gold or (("yes", "no")[index % 2] if task == "coin_flip" else str(index + 3))
    told = (Rationale(f"We add {index} and 3: {index} + 3 = {index + 3}.", answer, True),) if part == "train" else ()
    text = f"{part} question number {index}: Zoë has {index} apples and finds {3 + (part == 'test')} more; how many?"
    return Record(f"{part}-{index}", task, text, answer, None, told, {"group": ("seen", "unseen")[index % 2]})


def default_say(arm: Arm, record: Record, index: int) -> str:
    """Rationale-first arms are right on most questions, the others on some; a few say nothing that can be read."""
    place = index * 7 + arm.seed * 3
    skill = 9 if arm.method in ("cot", "scotd") else 4
    answer = record.answer if place % 10 < skill else ("no" if record.answer == "yes" else "yes")
    if record.task == "gsm8k" and answer in ("yes", "no"):
        answer = "999"
    told = f" We see {index} + 3 = {index + 3 + (place % 4 == 0)}. So it is {answer}." if arm.method == "cot" else ""
    return told + (f" So the answer is: {answer}\n" if index % 9 else " The answer may be 7")


def make_run(
    folder: Path,
    *,
    tasks: Sequence[str] = ("gsm8k",),
    methods: Sequence[Any] = ("answer_only", "cot", "scotd"),
    seeds: Sequence[int] = (0, 1, 2),
    questions: int = 30,
    say: Say = default_say,
    train: Sequence[Record] | None = None,
    gold: str | None = None,
    gains: bool = True,
    skip: Sequence[str] = (),
    **study: Any,
) -> Path:
    """A run folder; arms whose name is in `skip` are not finished."""
    folder.mkdir(parents=True, exist_ok=True)
    corpora = {}
    for task in tasks:
        test = [question(task, "test", index, gold) for index in range(questions)]
        write_records(
            folder / f"{task}-train.jsonl", train or [question(task, "train", index, gold) for index in range(40)]
        )
        write_records(folder / f"{task}-test.jsonl", test)
        paths = {part: str(folder / f"{task}-{part}.jsonl") for part in ("train", "test")}
        corpora[task] = paths | {"validation": 0.2}
    raw = {
        "name": "made up", "tasks": corpora, "students": ["tiny-decoder"], "methods": list(methods),
        "seeds": list(seeds), "baseline": "answer_only", "budget": {"steps": 10}, "training": {"learning_rate": 0.01},
        **study,
    }  # fmt: skip
    checked = check_study(raw)
    write_json(folder / "study.json", checked.model_dump(mode="json", by_alias=True))
    for arm in study_arms(checked, raw):
        if arm.name not in skip:
            _make_arm(folder, arm, say, gains)
    return folder


def _make_arm(run: Path, arm: Arm, say: Say, gains: bool) -> None:
    folder, parts = run / ARMS / arm.name, load_parts(arm.corpus, run / "corpus", "")
    assert corpus_key(arm)
    answers = [_answer(arm, record, say(arm, record, index)) for index, record in enumerate(parts.test)]
    records = {record.id: record for record in parts.test}
    method = arm.build()
    score = score_outcomes(judge_answers(answers, records, method.reader), records)
    write_answers(folder / "answers.jsonl", answers)
    settings = {"method": arm.method, "options": dict(arm.options), "budget": dict(arm.budget)}
    settings |= {"training": dict(arm.training), "corpus": parts.hashes, "identity": arm_identity(arm, parts.hashes)}
    write_json(folder / "config.json", settings)
    write_json(folder / ENVIRONMENT, {"smallsteps": "0.0.1", "torch": "2.0.0", "processor": "an old one", "cores": "4"})
    path = {"steps": 10, "supervised_tokens": 500, "computed_tokens": 700, "layout": "forest"}
    path |= {"validation_loss": 0.3, "taught": {"questions": 32, "without_views": 0, "too_long": 0}}
    about = {"arm": arm.name, "method": arm.label, "student": arm.student.label, "seed": arm.seed, "task": arm.task}
    costs = {"answer_seconds": 1.5, "train_seconds": 20.0 + len(arm.label), "paths": {"main": path}}
    chance = get_task(arm.task).chance
    about |= {"point": dict(arm.point), "auxiliary": False, "chance": chance, **score_fields(score), **costs}
    log = [{"step": step, "loss": 2.0 / step} for step in range(1, 11)] + [{"step": 10, "eval_loss": 0.3}]
    (folder / "training" / "main").mkdir(parents=True)
    (folder / "training" / "main" / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in log))
    if gains and method.order == "last":
        write_gains(folder / GAINS, [_gains(answer) for answer in answers])
    write_json(folder / "scores.json", about)


def _answer(arm: Arm, record: Record, text: str) -> Answer:
    segments = (Segment("extractive", 0, 4), Segment("abstractive", 4, 12)) if len(text) > 40 else ()
    return Answer(record.id, record.task, arm.name, 0, "", text, len(text.split()), "stop", segments)


def _gains(answer: Answer) -> Gains:
    told = answer.text.partition("So the answer")[0]
    values = (0.75, -0.5, 0.25)
    steps = [StepGain(start, end, -2.0, values[index % 3]) for index, (start, end) in enumerate(sentence_spans(told))]
    return Gains(answer.id, 0, -2.5, tuple(steps))
