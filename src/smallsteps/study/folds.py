"""Out-of-fold answers: each training question answered by a student that was taught the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from smallsteps.errors import InputError
from smallsteps.methods import OUT_OF_FOLD, Folds
from smallsteps.records import Record, merge_meta, question_key, unit_interval
from smallsteps.study.arms import Arm
from smallsteps.study.run import Provided, arm_outcomes, run_arm
from smallsteps.study.sources import Parts


def fold_of(record: Record, count: int) -> int:
    """The part of a question, by its identity; a rewritten question stands with the one it came from."""
    identity = str(record.meta.get("parent", "")) or question_key(record.question)
    return int(unit_interval("fold", identity) * count)


def out_of_fold(need: Folds, arm: Arm, records: Sequence[Record], folder: Path) -> tuple[dict[str, bool], float]:
    """Whether each question is answered right by the student that was taught the other parts, by record id; seconds.

    The fold students have the arm's student, seed, budget and settings. Raises InputError where a part is empty.
    """
    right: dict[str, bool] = {}
    seconds = 0.0
    for part in range(need.count):
        held = [record for record in records if fold_of(record, need.count) == part]
        rest = [record for record in records if fold_of(record, need.count) != part]
        if not held or not rest:
            raise InputError(f"{need.count} folds of {len(records)} training questions leave one empty; give more "
                             "questions or fewer folds")  # fmt: skip
        fold = replace(arm, label=f"{need.method}-fold{part}", method=need.method, options=(), auxiliary=True)
        place = folder / fold.label
        scores = run_arm(fold, Parts(rest, [], held, ()), Provided(rest, {}), place)
        seconds += scores["train_seconds"] + scores["answer_seconds"]
        right |= {outcome.id: outcome.name == "correct" for outcome in arm_outcomes(fold, held, place)}
    return right, seconds


def marked(records: Sequence[Record], method: str, right: dict[str, bool]) -> list[Record]:
    """The records with `meta.out_of_fold.METHOD`: whether that method's fold student got the question right."""
    return [
        replace(record, meta=merge_meta(record, {
            OUT_OF_FOLD: {**record.meta.get(OUT_OF_FOLD, {}), method: right[record.id]}
        }))
        for record in records
    ]  # fmt: skip
