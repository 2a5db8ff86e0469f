"""Segmenting a corpus: every rationale is cut into labelled segments that cover it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Protocol

from smallsteps.errors import InputError
from smallsteps.progress import SILENT, Progress
from smallsteps.records import Kind, Rationale, Record, Segment
from smallsteps.segment._strategy import Context, Labelled, Measured, Strategy
from smallsteps.text.clauses import Span, count_words, split_clauses

_BLOCK = 64  # questions measured together


class Scorer(Protocol):
    """Measures clauses: a trained student (see `smallsteps.decoding.scorer`)."""

    def measure(
        self, records: Sequence[Record], clauses: Sequence[Sequence[Sequence[str]]], context: Context
    ) -> list[list[list[Measured]]]:
        """The measurements for each clause of each rationale of each record."""


def segment_records(
    records: Iterable[Record], strategy: Strategy, scorer: Scorer | None = None, progress: Progress = SILENT
) -> Iterator[Record]:
    """The records with every rationale segmented, in bounded memory; earlier segments are replaced.

    Raises InputError if the strategy needs a scorer and there is none, and if no record has a rationale.
    """
    if strategy.scorer_context is not None and scorer is None:
        raise InputError("this strategy needs a trained student as scorer; name its folder with --scorer")
    count = 0
    with progress.bar("segmenting", None) as bar:
        for block in _blocks(records):
            count += sum(len(record.rationales) for record in block)
            yield from _segmented(block, strategy, scorer)
            bar.advance(len(block))
    if not count:
        raise InputError("the corpus has no rationales to segment; use one with rationales (`smallsteps sample` or "
                         "`smallsteps import`)")  # fmt: skip


def segment_spans(rationale: Rationale) -> list[tuple[str, Kind, float | None]]:
    """The segments of a rationale as (text, kind, score); the texts join to the rationale. Empty without segments."""
    return [(rationale.text[one.start : one.end], one.kind, one.score) for one in rationale.segments or ()]


def _blocks(records: Iterable[Record]) -> Iterator[list[Record]]:
    source = iter(records)
    while block := list(islice(source, _BLOCK)):
        yield block


def _segmented(records: Sequence[Record], strategy: Strategy, scorer: Scorer | None) -> Iterator[Record]:
    spans = [[split_clauses(one.text, strategy.shortest) for one in record.rationales] for record in records]
    clauses = [
        [[one.text[start:end] for start, end in cut] for one, cut in zip(record.rationales, cuts, strict=True)]
        for record, cuts in zip(records, spans, strict=True)
    ]
    measured: Sequence[Sequence[Sequence[Measured] | None]] = [[None] * len(texts) for texts in clauses]
    if strategy.scorer_context is not None and scorer is not None:
        measured = scorer.measure(records, clauses, strategy.scorer_context)
    for record, cuts, texts, found in zip(records, spans, clauses, measured, strict=True):
        rationales = []
        for number, (rationale, cut) in enumerate(zip(record.rationales, cuts, strict=True)):
            labels = strategy.label(record, number, texts[number], found[number])
            rationales.append(replace(rationale, segments=join_labels(cut, labels, strategy.merge)))
        yield replace(record, rationales=tuple(rationales))


def join_labels(clauses: Sequence[Span], labels: Sequence[Labelled], merge: bool) -> tuple[Segment, ...]:
    """One segment per clause, or with `merge` per run of clauses with the same label; its score is their mean."""
    runs: list[list[tuple[Span, Labelled]]] = []
    for clause, label in zip(clauses, labels, strict=True):
        if merge and runs and runs[-1][-1][1].kind == label.kind:
            runs[-1].append((clause, label))
        else:
            runs.append([(clause, label)])
    return tuple(Segment(run[0][1].kind, run[0][0][0], run[-1][0][1], _mean(run)) for run in runs)


def _mean(run: Sequence[tuple[Span, Labelled]]) -> float | None:
    scores = [label.score for _, label in run if label.score is not None]
    return sum(scores) / len(scores) if scores else None


@dataclass(frozen=True)
class Segmentation:
    """How the rationales of a corpus are segmented: the shares of abstractive segments and of their words."""

    rationales: int
    segments: int
    abstractive: float
    abstractive_words: float
    whole: int
    """Rationales with a single segment."""

    @property
    def per_rationale(self) -> float:
        """Segments per rationale."""
        return self.segments / max(self.rationales, 1)


def segmentation(records: Iterable[Record]) -> Segmentation:
    """The statistics of a segmented corpus."""
    counts: Counter[str] = Counter()
    for record in records:
        for rationale in record.rationales:
            spans = segment_spans(rationale)
            counts["rationales"] += 1
            counts["whole"] += len(spans) == 1
            for text, kind, _ in spans:
                counts[kind] += 1
                counts[f"{kind} words"] += count_words(text)
    segments = counts["extractive"] + counts["abstractive"]
    all_words = counts["extractive words"] + counts["abstractive words"]
    return Segmentation(
        rationales=counts["rationales"],
        segments=segments,
        abstractive=counts["abstractive"] / max(segments, 1),
        abstractive_words=counts["abstractive words"] / max(all_words, 1),
        whole=counts["whole"],
    )


def agreement(first: Iterable[Record], second: Iterable[Record]) -> float:
    """The share of characters that two segmentations of the same rationales label the same, between 0 and 1."""
    same = total = 0
    for one, other in zip(first, second, strict=True):
        for a, b in zip(one.rationales, other.rationales, strict=True):
            labels = [_labels(rationale) for rationale in (a, b)]
            same += sum(x == y for x, y in zip(*labels, strict=True))
            total += len(a.text)
    return same / max(total, 1)


def _labels(rationale: Rationale) -> str:
    return "".join(kind[0] * len(text) for text, kind, _ in segment_spans(rationale))
