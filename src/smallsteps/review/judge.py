"""A judge model as a rater: any OpenAI-compatible endpoint, both orders of every pair, never asked twice for one.

The sampler asks: its store keeps every reply that was paid for, its caps bound the cost, and it tries again where a
request failed.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from smallsteps.errors import FileError
from smallsteps.progress import SILENT, Progress
from smallsteps.records import Record
from smallsteps.review.judgements import Judgement, JudgementStore, Winner
from smallsteps.review.pairs import Pair
from smallsteps.sampling import Caps, Outcome, Settings, StopSignal, Store, make_plan, sample
from smallsteps.teachers import Prompt, PromptedTeacher

RUBRIC = """You compare two rationales for the answer to one question. Judge which explains better why its answer is
right: correct steps, nothing important missing, nothing beside the point. Do not reward length, and pay no attention to
the order in which they stand.

Question: {question}

Rationale 1:
{first}

Rationale 2:
{second}

Reply with one line: "Better: 1", "Better: 2" or "Better: tie"."""

_FIELDS = ("{question}", "{first}", "{second}")
_VERDICT = re.compile(r"\bbetter\W{0,12}(?:rationale\W{0,3})?(1|2|one|two|tie|neither|both|equal)\b", re.IGNORECASE)
_ALONE = re.compile(r"\W*(?:rationale\W{0,3})?(1|2|tie)\W*", re.IGNORECASE)
_PLACE = {"1": 1, "one": 1, "2": 2, "two": 2}
_TASK = "text"


@dataclass(frozen=True)
class JudgeRun:
    """What asking a judge brought: verdicts kept now, replies without a verdict, pairs whose reply is missing."""

    kept: int
    unread: int
    missing: int
    outcome: Outcome


def read_rubric(path: Path | None) -> str:
    """The rubric of a file, or ours. Raises FileError where a field such as {first} is missing."""
    if path is None:
        return RUBRIC
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(path, f"the rubric cannot be read ({error})") from None
    missing = [field for field in _FIELDS if field not in text]
    if missing:
        raise FileError(path, f"a rubric holds {', '.join(_FIELDS)}; {', '.join(missing)} is missing")
    return text


def ask_judge(
    store: JudgementStore,
    teacher: PromptedTeacher,
    samples: Store,
    rubric: str,
    settings: Settings,
    caps: Caps,
    progress: Progress = SILENT,
    stop_signal: StopSignal | None = None,
) -> JudgeRun:
    """Ask a judge about both orders of every pair that it has not judged, and keep its verdicts.

    Raises OptionError or WorkError where it cannot be asked; every reply that came before is kept.
    """
    held = {(one.pair, one.first) for one in store.judgements() if one.rater == teacher.label}
    asked = [one for one in _questions(store.pairs(), rubric) if one.key not in held]
    records = [one.record for one in asked]
    prompt = Prompt(instruction="", ending="")
    try:
        outcome = sample(records, teacher, samples, prompt, settings, caps, progress, stop_signal)
    finally:
        kept, unread, missing = _keep(store, teacher, samples, prompt, settings, asked)
    return JudgeRun(kept, unread, missing, outcome)


@dataclass(frozen=True, slots=True)
class _Question:
    key: tuple[str, str]
    record: Record


def _questions(pairs: Sequence[Pair], rubric: str) -> Iterator[_Question]:
    for pair in pairs:
        for first in ("a", "b"):
            one, other = (pair.a, pair.b) if first == "a" else (pair.b, pair.a)
            text = _filled(rubric, {"{question}": _asked(pair), "{first}": one, "{second}": other})
            yield _Question((pair.id, first), Record(f"{pair.id}-{first}", pair.task, text))


def _asked(pair: Pair) -> str:
    return "\n".join((pair.question, *pair.choices))


def _filled(rubric: str, values: dict[str, str]) -> str:
    """The rubric with its fields filled at once: a rationale that holds `{first}` stays as it is."""
    return re.sub("|".join(map(re.escape, values)), lambda found: values[found[0]], rubric)


def _keep(
    store: JudgementStore, teacher: PromptedTeacher, samples: Store, prompt: Prompt, settings: Settings,
    asked: Sequence[_Question],
) -> tuple[int, int, int]:  # fmt: skip
    plan = make_plan([one.record for one in asked], teacher, prompt, settings, samples)
    keys = {record.id: entry.key for entry in plan.values() for record in entry.records}
    kept = unread = missing = 0
    for one in asked:
        replies = list(samples.samples(keys[one.record.id], 1))
        if not replies:
            missing += 1
            continue
        winner = verdict(replies[0].text, one.key[1])
        if winner is None:
            unread += 1
            continue
        kept += store.judge(Judgement(one.key[0], teacher.label, "judge", winner, one.key[1], 0.0, time.time()))
    return kept, unread, missing


def verdict(text: str, first: str) -> Winner | None:
    """The winner that a judge's reply names, None where it names none; the last verdict of a text counts."""
    found = [match[1].lower() for match in _VERDICT.finditer(text)]
    alone = _ALONE.fullmatch(text.strip()[:40])
    word = found[-1] if found else alone[1].lower() if alone else None
    if word is None:
        return None
    place = _PLACE.get(word)
    if place is None:
        return "tie"
    return "a" if (place == 1) == (first == "a") else "b"
