"""The order in which a curriculum visits its questions."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence

import torch
from torch.utils.data import Sampler

from smallsteps.errors import OptionError
from smallsteps.methods import Schedule
from smallsteps.training.dataset import TrainingDataset, TrainingSampler, Visit

START_SHARE = 0.1
"""The share of questions, the easiest ones, with which `growing` begins."""


def sampler_of(dataset: TrainingDataset, total: int, seed: int) -> TrainingSampler | CurriculumSampler:
    """The visits of a training: in random order, or in that of the method's curriculum.

    Raises OptionError for a curriculum whose batches count views.
    """
    method = dataset.method
    if method.curriculum is None:
        return TrainingSampler(len(dataset), total, seed)
    if dataset.unit == "view":
        raise OptionError("a curriculum orders questions; set training.batch_unit: question")
    difficulties = [method.difficulty(record) for record in dataset.records]
    return CurriculumSampler(difficulties, total, seed, method.schedule or "easy_first")


class CurriculumSampler(Sampler[Visit]):
    """Exactly `total` visits `(epoch, index)`, in the order of a schedule; the same for the same seed.

    `difficulties` holds a number for each question, and equally hard ones are in random order. `easy_first` and
    `hard_first` visit every question once an epoch. `growing` draws evenly from the easiest questions, of which there
    are ever more until half of the visits are over: a share of sqrt(t · (1 - c²) + c²) with c = 0.1 (the
    square-root competence of Platanios et al. 2019, arXiv 1903.09848). `shuffled` makes the visits of `growing` in
    random order: the control that tells order from dose.
    """

    def __init__(self, difficulties: Sequence[float], total: int, seed: int, schedule: Schedule) -> None:
        self.difficulties, self.total, self.seed, self.schedule = list(difficulties), total, seed, schedule

    def __len__(self) -> int:
        return self.total

    def __iter__(self) -> Iterator[Visit]:
        if self.schedule in ("easy_first", "hard_first"):
            yield from self._by_epoch()
            return
        drawn = self._growing()
        if self.schedule == "shuffled":
            order = torch.randperm(len(drawn), generator=self._generator(-1)).tolist()
            drawn = [drawn[place] for place in order]
        seen: Counter[int] = Counter()
        for index in drawn:  # the n-th visit of a question draws its n-th rationale
            yield seen[index], index
            seen[index] += 1

    def _by_epoch(self) -> Iterator[Visit]:
        count = len(self.difficulties)
        for start in range(0, self.total, count):
            epoch = start // count
            order = self._ranked(epoch)
            if self.schedule == "hard_first":
                order.reverse()
            yield from ((epoch, index) for index in order[: self.total - start])

    def _growing(self) -> list[int]:
        ranked, count = self._ranked(0), len(self.difficulties)
        uniform = torch.rand(self.total, generator=self._generator(-2), dtype=torch.float64).tolist()
        return [ranked[int(one * self._open(visit, count))] for visit, one in enumerate(uniform)]

    def _open(self, visit: int, count: int) -> int:
        """How many questions, the easiest first, are open at a visit."""
        progress = min(1.0, 2 * visit / max(self.total, 1))
        share = math.sqrt(progress * (1 - START_SHARE**2) + START_SHARE**2)
        return max(1, min(count, math.ceil(share * count)))

    def _ranked(self, epoch: int) -> list[int]:
        """The questions from easy to hard, equal ones shuffled anew each epoch."""
        shuffled = torch.randperm(len(self.difficulties), generator=self._generator(epoch)).tolist()
        return sorted(shuffled, key=self.difficulties.__getitem__)

    def _generator(self, epoch: int) -> torch.Generator:
        return torch.Generator().manual_seed((self.seed * 1_000_003 + epoch) % 2**63)
