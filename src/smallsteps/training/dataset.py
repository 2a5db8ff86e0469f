"""What training sees, visit by visit: a question with the rationales drawn for it, encoded.

Every visit is known from (seed, epoch, record id) alone, so that runs resume exactly, processes agree, and a budget in
tokens can be turned into steps before the first one is taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import torch
from torch.utils.data import Dataset, Sampler

from smallsteps.engine.tokens import EncodedView, SequenceTemplate, encode_views
from smallsteps.errors import InputError
from smallsteps.methods import DemonstrationPool, Method
from smallsteps.records import Record
from smallsteps.views import View

BatchUnit = Literal["question", "view"]
Visit = tuple[int, int]
VISITS = 100_000  # visits with demonstrations whose lengths are looked at before the first step


@dataclass(frozen=True)
class DatasetCounts:
    """How a corpus became views: questions with a view that fits, questions without any, views left out as too long."""

    questions: int
    without_views: int
    too_long: int


class TrainingDataset(Dataset[list[EncodedView]]):
    """The encoded views of each visit `(epoch, index)`; a view without demonstrations is encoded once and kept.

    It is kept with a weight of 1 and scaled when it is drawn: the weight depends on how many rationales were drawn with
    it, and tokenising it again for every such number would take a tenth of a tiny student's training.
    """

    def __init__(
        self,
        records: Sequence[Record],
        method: Method,
        path: str,
        tokenizer: Any,
        template: SequenceTemplate,
        *,
        seed: int,
        unit: BatchUnit = "question",
        max_length: int | None = None,
        pool: DemonstrationPool | None = None,
    ) -> None:
        self.method, self.path, self.seed, self.unit, self.pool = method, path, seed, unit, pool
        self.tokenizer, self.template, self.max_length = tokenizer, template, max_length
        self.asked = len(records)
        self._encoded: dict[View, EncodedView] = {}
        if pool is None:  # otherwise no two visits of a question share their prompt
            self._remember(_unweighted(view) for record in records for view in self._views_of_all(record))
        fitting = [(record, self._everything(record)) for record in records]
        self.records = [record for record, views in fitting if any(self._fits(view) for view in views)]
        self.counts = DatasetCounts(
            questions=len(self.records),
            without_views=sum(not views for _, views in fitting),
            too_long=sum(not self._fits(view) for _, views in fitting for view in views),
        )
        if not self.records:
            raise InputError(self._why_empty(records))
        self._single = self._flattened(unit)

    def __len__(self) -> int:
        return len(self._single) or len(self.records)

    def __getitem__(self, visit: Visit) -> list[EncodedView]:
        epoch, index = visit
        if self._single:
            return [self._single[index]]
        record = self.records[index]
        drawn = self._shown(self.method.visit(record, self.seed, epoch), epoch)
        encoded = self._encode(self.method.views(drawn, self.path))
        return [view for view in encoded if self._fits(view)] or [self._fallback(record)]

    def longest_view(self, visits: int) -> EncodedView:
        """The longest view of the first `visits` visits; without demonstrations, of all views that fit."""
        if self.pool is None:
            groups = (self._everything(record) for record in self.records)
            return max((view for group in groups for view in group if self._fits(view)), key=_length)
        sampled = TrainingSampler(len(self), min(visits, VISITS), self.seed)
        return max((view for visit in sampled for view in self[visit]), key=_length)

    def _everything(self, record: Record) -> list[EncodedView]:
        return self._encode(self._views_of_all(record))

    def _views_of_all(self, record: Record) -> list[View]:
        whole = self._shown(replace(record, rationales=self.method.kept(record)), 0)
        return self.method.views(whole, self.path)

    def _shown(self, record: Record, epoch: int) -> Record:
        return record if self.pool is None else self.pool.shown(record, self.seed, epoch)

    def _fallback(self, record: Record) -> EncodedView:
        """The first fitting view of a record whose drawn one is too long."""
        return next(view for view in self._everything(record) if self._fits(view))

    def _flattened(self, unit: BatchUnit) -> list[EncodedView]:
        if unit == "question":
            return []
        return [view for record in self.records for view in self._everything(record) if self._fits(view)]

    def _encode(self, views: Sequence[View]) -> list[EncodedView]:
        if self.pool is not None:
            return encode_views(self.tokenizer, self.template, views)
        plain = [_unweighted(view) for view in views]
        self._remember(plain)
        return [self._encoded[key].scaled(view.weight) for key, view in zip(plain, views, strict=True)]

    def _remember(self, views: Iterable[View]) -> None:
        """Encode what was not encoded yet."""
        fresh = list(dict.fromkeys(view for view in views if view not in self._encoded))
        if fresh:
            self._encoded |= zip(fresh, encode_views(self.tokenizer, self.template, fresh), strict=True)

    def _fits(self, view: EncodedView) -> bool:
        return self.max_length is None or max(len(view.tokens), len(view.source)) <= self.max_length

    def _why_empty(self, records: Sequence[Record]) -> str:
        if self.counts.too_long:
            return (
                f"all {self.counts.too_long} views are longer than {self.max_length} tokens; raise training.max_length"
            )
        if len(self.method.path_names) > 1 and any(self.method.kept(record) for record in records):
            return (
                f"none of the {len(records)} training records gives the path '{self.path}' a view: no segment is of "
                "its kind; change what labels them (a smaller beta gives more abstractive ones), or teach one path"
            )
        return (
            f"none of the {len(records)} training records gives a view; the method keeps '{self.method.keep}' "
            "rationales: check that the corpus has rationales, and that they are judged (`correct`) or keep: all is set"
        )


def _unweighted(view: View) -> View:
    """The view with a weight of 1; one without any weight stays as it is, for encoding refuses it."""
    return view if view.weight in (0, 1) else replace(view, weight=1.0)


def _length(view: EncodedView) -> int:
    return len(view.tokens) + len(view.source)


class TrainingSampler(Sampler[Visit]):
    """Exactly `total` visits: a random order of the corpus each epoch, the same for the same seed."""

    def __init__(self, length: int, total: int, seed: int) -> None:
        self.length, self.total, self.seed = length, total, seed

    def __len__(self) -> int:
        return self.total

    def __iter__(self) -> Iterator[Visit]:
        for start in range(0, self.total, self.length):
            epoch = start // self.length
            order = torch.randperm(self.length, generator=torch.Generator().manual_seed(self.seed * 1_000_003 + epoch))
            yield from ((epoch, index) for index in order[: self.total - start].tolist())


def steps_for_tokens(dataset: TrainingDataset, tokens: int, batch: int, seed: int) -> int:
    """How many steps of `batch` visits it takes to learn from `tokens` supervised tokens, counted before merging."""
    learnt = 0
    for count, visit in enumerate(TrainingSampler(len(dataset), 2**40, seed), start=1):
        learnt += sum(view.supervised for view in dataset[visit])
        if learnt >= tokens and count % batch == 0:
            return count // batch
    raise AssertionError("the sampler does not end before any budget is spent")
