"""How long a report takes and how large it is: 7 arms x 3 seeds x 1 319 questions, made up for the purpose.

    python benchmarks/report_speed.py [--folder KEEP]

The texts are random word problems as long as GSM8K's, all different, so that nothing compresses better than in life.
Prints CPU seconds and megabytes, and fails above 20 s or 15 MB.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from pathlib import Path

from smallsteps.records import Rationale, Record, write_json, write_records
from smallsteps.report.build import write_report
from smallsteps.scoring.answers import Answer, write_answers
from smallsteps.scoring.information_gain import GAINS, Gains, StepGain, write_gains
from smallsteps.study.arms import Arm, arm_identity, study_arms
from smallsteps.study.compare import ARMS
from smallsteps.study.run import score_fields
from smallsteps.study.sources import load_parts
from smallsteps.study.spec import check_study
from smallsteps.text.sentences import sentence_spans

METHODS = ("answer_only", "cot", "post", "step_by_step", "scotd", {"name": "cot", "as": "cot_all", "rationales": None},
           {"name": "scotd", "as": "scotd_teacher", "label": "teacher"})  # fmt: skip
SEEDS, QUESTIONS, TRAINING = (0, 1, 2), 1319, 7473
MOST_SECONDS, MOST_MEGABYTES = 20.0, 15.0
WORDS = (
    "apples", "boxes", "friends", "market", "river", "morning", "children", "pencils", "every", "gives", "buys",
    "sells", "each", "day", "week", "sister", "twice", "half", "price", "dollars", "left", "total", "more", "garden",
)  # fmt: skip


def made_up(random_: random.Random, words: int) -> str:
    """Some words with numbers between them."""
    return " ".join(
        str(random_.randint(2, 99)) if random_.random() < 0.15 else random_.choice(WORDS) for _ in range(words)
    )


def rationale(random_: random.Random) -> str:
    """About four sentences, each with a step of arithmetic, one in ten of them wrong."""
    sentences = []
    for _ in range(random_.randint(3, 5)):
        a, b = random_.randint(2, 99), random_.randint(2, 99)
        wrong = random_.random() < 0.1
        sentences.append(f"{made_up(random_, 9).capitalize()}, so {a} + {b} = {a + b + wrong}.")
    return " ".join(sentences)


def record(part: str, index: int) -> Record:
    """A question; one of the training part has a rationale."""
    random_ = random.Random(f"{part}{index}")
    answer = str(random_.randint(1, 200))
    told = (Rationale(rationale(random_), answer, True),) if part == "train" else ()
    return Record(f"{part}-{index}", "gsm8k", made_up(random_, 45).capitalize() + "?", answer, None, told)


def answer_of(arm: Arm, one: Record, skill: float) -> Answer:
    """What a student of some skill writes."""
    random_ = random.Random(f"{arm.name}{one.id}")
    said = one.answer if random_.random() < skill else str(random_.randint(1, 200))
    first = arm.build().order == "first" or arm.method == "answer_only"
    told = "" if first else f" {rationale(random_)}"
    text = f"{told} So the answer is: {said}\n" if random_.random() < 0.97 else told or " I do not know."
    return Answer(one.id, one.task, arm.name, 0, f"Q: {one.question}\nA:", text, len(text) // 4, "stop")


def make_run(folder: Path) -> None:
    """A finished run folder, without students."""
    write_records(folder / "train.jsonl", (record("train", index) for index in range(TRAINING)))
    write_records(folder / "test.jsonl", (record("test", index) for index in range(QUESTIONS)))
    raw = {
        "name": "report_speed", "task": "gsm8k", "students": ["tiny-decoder"], "methods": list(METHODS),
        "seeds": list(SEEDS), "baseline": "answer_only", "budget": {"steps": 1000},
        "corpus": {"train": str(folder / "train.jsonl"), "test": str(folder / "test.jsonl"), "validation": 0.1},
    }  # fmt: skip
    study = check_study(raw)
    write_json(folder / "study.json", study.model_dump(mode="json", by_alias=True))
    parts = load_parts(study.corpora["gsm8k"], folder, "")
    for place, arm in enumerate(study_arms(study, raw)):
        make_arm(folder / ARMS / arm.name, arm, parts.test, parts.hashes, 0.2 + 0.02 * place)


def make_arm(folder: Path, arm: Arm, test: list[Record], hashes: dict[str, str], skill: float) -> None:
    """The files of one finished arm."""
    from smallsteps.scoring.evaluate import judge_answers, score_outcomes

    method = arm.build()
    answers = [answer_of(arm, one, skill) for one in test]
    records = {one.id: one for one in test}
    score = score_outcomes(judge_answers(answers, records, method.reader), records)
    write_answers(folder / "answers.jsonl", answers)
    settings = {"method": arm.method, "options": dict(arm.options), "budget": dict(arm.budget), "training": {}}
    write_json(folder / "config.json", {"identity": arm_identity(arm, hashes), "corpus": hashes, **settings})
    path = {"steps": 1000, "seconds": 100.0, "supervised_tokens": 10**6, "total_tokens": 10**6,
            "computed_tokens": 10**6, "layout": "forest"}  # fmt: skip
    write_json(folder / "scores.json", {
        "arm": arm.name, "method": arm.label, "student": arm.student.label, "seed": arm.seed, "task": arm.task,
        "point": {}, "auxiliary": False, "chance": 0.0, **score_fields(score), "answer_seconds": 10.0,
        "train_seconds": 100.0 + len(arm.label), "supervised_tokens": 10**6, "paths": {"main": path},
    })  # fmt: skip
    log = folder / "training" / "main" / "log.jsonl"
    log.parent.mkdir(parents=True)
    lines = [{"step": step, "loss": 3 / (1 + step / 100)} for step in range(1, 1001)]
    lines += [{"step": step, "eval_loss": 3.1 / (1 + step / 100)} for step in (250, 500, 750, 1000)]
    log.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    if method.order == "last":
        write_gains(folder / GAINS, (gains_of(one) for one in answers))


def gains_of(answer: Answer) -> Gains:
    """Gains of every sentence, at random."""
    random_ = random.Random(answer.text)
    steps = [
        StepGain(start, end, -1.0, round(random_.gauss(0.3, 0.8), 6)) for start, end in sentence_spans(answer.text)
    ]
    return Gains(answer.id, 0, -6.0, tuple(steps[:-1]))


def main() -> None:
    """Make the run, write its report, print what it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, help="keep the run and its report here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        if not (folder / "study.json").exists():
            make_run(folder)
        start = time.process_time()
        page = write_report(folder, folder / "report.html")[0]
        seconds, megabytes = time.process_time() - start, page.stat().st_size / 1e6
    print(
        f"{len(METHODS)} arms x {len(SEEDS)} seeds x {QUESTIONS} questions: {seconds:.1f} s of CPU, {megabytes:.1f} MB"
    )
    if seconds > MOST_SECONDS or megabytes > MOST_MEGABYTES:
        sys.exit(f"expected at most {MOST_SECONDS:.0f} s and {MOST_MEGABYTES:.0f} MB")


if __name__ == "__main__":
    main()
