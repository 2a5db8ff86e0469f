"""A study that grows: finished arms are kept as long as what is still to come can be compared with them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from smallsteps.errors import InputError
from smallsteps.records import read_json
from smallsteps.study.arms import Arm, arm_identity, is_free
from smallsteps.study.run import CONFIG, SCORES, arm_settings

ABSENT = "not set"


def check_kept(
    arms: Sequence[Arm], hashes: Mapping[str, Mapping[str, str]], folder: Path, tuned: Sequence[str] = ()
) -> list[Path]:
    """Check that every arm which stands in `folder` fits the study; returns the folders that were only begun.

    `hashes` are those of each arm's corpus, by the arm's name, `tuned` the fields that tuning chose. Seeds, methods,
    students, tasks and points of a sweep may come and go. Raises InputError where an arm that is trained, or on its
    way, was run with another setting or on another corpus, naming the field and both values.
    """
    begun = []
    for arm in arms:
        own = folder / arm.name
        if not (own / CONFIG).exists():
            continue
        found = read_json(own / CONFIG)
        if not tuned and found.get("identity") == arm_identity(arm, hashes[arm.name]):
            continue
        settings = json.loads(json.dumps({**arm_settings(arm), "corpus": dict(hashes[arm.name])}))
        changed = next(_changes(found, settings, tuned), None)
        if changed is None:
            continue
        if not _is_worth_keeping(own):
            begun.append(own)
            continue
        raise InputError(_refusal(folder.parent, arm.name, (own / SCORES).exists(), *changed))
    return begun


def check_tuning(before: Mapping[str, Any], now: Mapping[str, Any], folder: Path) -> None:
    """Refuse another grid of tuned values: every arm is to have had the same trials."""
    name = next((name for name in {**before, **now} if before.get(name) != now.get(name)), None)
    if name is not None and any(folder.rglob(SCORES)):
        values = before.get(name, ABSENT), now.get(name, ABSENT)
        raise InputError(_refusal(folder.parent, "of the run", True, f"tune.{name}", *values))


def discard(folders: Sequence[Path]) -> None:
    """Remove arms that were begun with other settings and have nothing to lose."""
    for folder in folders:
        shutil.rmtree(folder)


def _refusal(run: Path, arm: str, finished: bool, field: str, old: Any, new: Any) -> str:
    state = "finished" if finished else "half-trained"
    verb = "arms" if arm == "of the run" else "arm"
    return (
        f"{run}: the {state} {verb} {arm} had {field} = {_short(old)}, the study now says {_short(new)}; arms with "
        "different settings cannot be compared: change it back, name another folder with --out, or start over with "
        "--replace"
    )


def _is_worth_keeping(folder: Path) -> bool:
    """Whether an arm has a student, answers or a checkpoint."""
    return any((folder / name).exists() for name in (SCORES, "student", "answers.jsonl")) or any(
        (folder / "training").glob("*/checkpoint-*/complete")
    )


def _changes(old: Mapping[str, Any], new: Mapping[str, Any], tuned: Sequence[str]) -> Iterator[tuple[str, Any, Any]]:
    """The fields that differ and have a say in the result; those of the corpus only where its content differs."""
    for name in [name for name in new if name not in ("auxiliary", "label", "corpus", "corpus_source")]:
        place = "method" if name == "options" else name
        for field, before, now in _differences(place, old.get(name), new[name]):
            if not is_free(field) and field not in tuned:
                yield field, before, now
    contents = list(_differences("corpus", old.get("corpus"), new["corpus"]))
    if contents:
        yield from _differences("corpus", old.get("corpus_source"), new["corpus_source"])
    yield from ((f"{field} (by content)", before, now) for field, before, now in contents)


def _differences(place: str, old: Any, new: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(old, dict) and isinstance(new, dict):
        for name in {**old, **new}:
            yield from _differences(f"{place}.{name}", old.get(name, ABSENT), new.get(name, ABSENT))
    elif old != new:
        yield place, old, new


def _short(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # a budget of 2 is 2 on both sides, however it was read
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else text[:37] + "…"
