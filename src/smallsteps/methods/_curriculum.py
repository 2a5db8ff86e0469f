"""What is known of how hard a question is, by which a curriculum orders its questions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import fmean
from typing import Literal

from smallsteps.records import Rationale, Record
from smallsteps.text.sentences import sentence_spans

Curriculum = Literal["right", "length", "steps", "notes"]
Schedule = Literal["easy_first", "hard_first", "growing", "shuffled"]


def difficulty(by: Curriculum, record: Record, kept: Sequence[Rationale]) -> float:
    """How hard a question is; only the order of the numbers matters.

    `right`: the share of its rationales that are wrong, of those that somebody judged. `length`: the mean number of
    words of the rationales that are trained on, `kept`. `steps`: their mean number of sentences. `notes`: the mean of
    the numbers that reviewers noted (`smallsteps review CORPUS --accept`), else how many of its rationales
    they changed.
    """
    return _MEASURES[by](record, kept)


def _wrong_share(record: Record, kept: Sequence[Rationale]) -> float:
    judged = [one.correct for one in record.rationales if one.correct is not None]
    return 1 - fmean(judged) if judged else 0.5


def _length(record: Record, kept: Sequence[Rationale]) -> float:
    return fmean(len(one.text.split()) for one in kept) if kept else 0.0


def _steps(record: Record, kept: Sequence[Rationale]) -> float:
    return fmean(len(sentence_spans(one.text)) for one in kept) if kept else 0.0


def _notes(record: Record, kept: Sequence[Rationale]) -> float:
    entries = [entry for entry in record.meta.get("review", ()) if isinstance(entry, dict)]
    noted = [number for entry in entries if (number := _number(entry.get("note"))) is not None]
    return fmean(noted) if noted else float(len(entries))


def _number(note: object) -> float | None:
    try:
        return float(str(note).split()[0].rstrip(".,:;/"))
    except (ValueError, IndexError):
        return None


_MEASURES: dict[Curriculum, Callable[[Record, Sequence[Rationale]], float]] = {
    "right": _wrong_share, "length": _length, "steps": _steps, "notes": _notes,
}  # fmt: skip
