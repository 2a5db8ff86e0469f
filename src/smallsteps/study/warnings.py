"""What a reader of a run's results must know first; the console and the report say it in the same words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from smallsteps.records import read_lines
from smallsteps.study.status import NOTES

MUCH_TRUNCATED = 0.02
"""The share of truncated answers from which on a table misleads."""

_NAMED = 4


def run_warnings(arms: Sequence[Mapping[str, Any]], folder: Path, max_new_tokens: object) -> list[str]:
    """One sentence for each kind of trouble, naming its arms and the way out; none where all went well.

    `arms` are the scores of finished arms, `folder` the one in which each has a folder of its name.
    """
    limit = "the default" if max_new_tokens is None else max_new_tokens
    kinds = {
        "answers cut off by the length limit": (
            [(arm, f"{_cut(arm)} of {arm['n']}") for arm in arms if _cut(arm) > MUCH_TRUNCATED * arm["n"]],
            f"raise decoding.max_new_tokens (now {limit})",
        ),
        "questions without an answer because of an error": (
            [(arm, f"{arm['outcomes']['error']} of {arm['n']}") for arm in arms if arm["outcomes"]["error"]],
            "see each arm's answers.jsonl",
        ),
        "training views left out as too long": (
            [(arm, str(_too_long(arm))) for arm in arms if _too_long(arm)],
            "raise training.max_length, or train a student that reads longer texts",
        ),
        "no validation loss, so the last checkpoint was kept, not the best": (
            [(arm, "") for arm in arms if _unvalidated(arm)],
            "give corpus.validation questions that have right rationales",
        ),
        "training loss higher at the end than at the beginning": (
            [(arm, losses) for arm in arms if (losses := _risen(folder / arm["arm"]))],
            "lower training.learning_rate",
        ),
        "not one right answer": ([(arm, "") for arm in arms if not arm["grade"]], "train longer, or check the format"),
    }
    found = [f"{kind}: {_named(some)}; {way_out}." for kind, (some, way_out) in kinds.items() if some]
    return [one[0].upper() + one[1:] for one in found] + _notes(arms, folder)


def _cut(arm: Mapping[str, Any]) -> int:
    return int(arm["outcomes"]["truncated"])


def _too_long(arm: Mapping[str, Any]) -> int:
    return sum(int(path.get("taught", {}).get("too_long", 0)) for path in arm.get("paths", {}).values())


def _unvalidated(arm: Mapping[str, Any]) -> bool:
    return any(path.get("validation_loss", 0.0) is None for path in arm.get("paths", {}).values())


def _risen(folder: Path) -> str:
    """The first and the last training loss of a path where the last is higher; empty where none is."""
    for path in sorted(folder.glob("training/*/log.jsonl")):
        losses = [entry["loss"] for _, line in read_lines(path) if "loss" in (entry := json.loads(line))]
        if len(losses) > 1 and losses[-1] > losses[0]:
            return f"{losses[0]:.2f} → {losses[-1]:.2f}"
    return ""


def _notes(arms: Iterable[Mapping[str, Any]], folder: Path) -> list[str]:
    """What training itself warned of, once for each arm."""
    found = []
    for arm in arms:
        path = folder / arm["arm"] / NOTES
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        texts = [line.removeprefix("warning:").strip() for line in lines if line.startswith("warning:")]
        found += [f"{arm['arm']}: {text}." for text in dict.fromkeys(texts)]
    return found


def _named(some: Sequence[tuple[Mapping[str, Any], str]]) -> str:
    shown = [f"{arm['arm']} ({detail})" if detail else str(arm["arm"]) for arm, detail in some[:_NAMED]]
    return ", ".join(shown) + (f" and {len(some) - _NAMED} more" if len(some) > _NAMED else "")
