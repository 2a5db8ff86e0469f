"""The corpora of the throughput benchmark: real ones read with our own importer, and two generated shapes."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from smallsteps.corpus.importing import import_corpus, make_layout
from smallsteps.records import Rationale, Record, read_records

WORDS = (
    "a", "river", "train", "box", "apple", "friend", "house", "garden", "teacher", "letter", "morning", "window",
    "street", "market", "paper", "bridge", "station", "small", "green", "quick", "early", "seven", "twelve", "carries",
    "shares", "walks", "finds", "keeps", "counts", "leaves", "opens", "before", "after", "because",
)  # fmt: skip


@dataclass(frozen=True)
class Corpus:
    """Questions that all have the same number of rationales, so that every optimiser step sees the same views."""

    title: str
    rationales: int
    make: Callable[[Path], list[Record]]

    def records(self, data: Path) -> list[Record]:
        """The questions with exactly `rationales` of them. Raises FileError where the file is absent."""
        found = [record for record in self.make(data) if len(record.rationales) >= self.rationales]
        return [
            Record(one.id, one.task, one.question, one.answer, one.choices, one.rationales[: self.rationales])
            for one in found
        ]


def imported(layout: str, *files: str, task: str | None = None) -> Callable[[Path], list[Record]]:
    """The records that files of the data folder hold, judged and joined by the importer."""

    def read(data: Path) -> list[Record]:
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "corpus.jsonl"
            import_corpus(make_layout(layout, task), [data / file for file in files], out)
            return list(read_records(out))

    return read


def long_prompts(_: Path) -> list[Record]:
    """A passage of about 600 tokens before each question, and eight rationales of about 40 tokens."""
    return _generated(count=64, prompt=600, rationales=8, length=40)


def nothing_shared(_: Path) -> list[Record]:
    """One rationale a question: the forest has nothing to share."""
    return _generated(count=512, prompt=60, rationales=1, length=80)


def _generated(count: int, prompt: int, rationales: int, length: int) -> list[Record]:
    draw = random.Random(0)

    def text(words: int) -> str:
        return " ".join(draw.choices(WORDS, k=words))

    return [
        Record(
            f"g{number}", "word_problems", f"{text(prompt)} How many are there now?", str(number),
            rationales=tuple(
                Rationale(f"{text(round(length * draw.uniform(0.6, 1.4)))}.", str(number), correct=True)
                for _ in range(rationales)
            ),
        )
        for number in range(count)
    ]  # fmt: skip


CORPORA = (
    Corpus("Tracking x6", 6, imported("mentor-kd", "mentor_kd/tracking_shuffled_objects_6.json")),
    Corpus("Date x6", 6, imported("mentor-kd", "mentor_kd/date_understanding_6.json")),
    Corpus("Date x10", 10, imported("verify-cot", "verify_cot/date_np.json")),
    Corpus(
        "GSM8K x5", 5,
        imported("sr-gsm8k", *(f"sr_gsm8k/filtered_{style}.jsonl"
                               for style in ("fixed", "freeform", "noisy", "normal", "step"))),
    ),
    Corpus("600-token prompts x8", 8, long_prompts),
    Corpus("one rationale", 1, nothing_shared),
)  # fmt: skip
