"""What can spoil a score: test questions in the training set, a taste for a letter, readings that disagree."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Generic, TypeVar

from smallsteps.errors import InputError, OptionError
from smallsteps.records import Record, question_key

SHINGLE_WORDS = 3

Value = TypeVar("Value", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Leak:
    """A test question that stands, exactly or nearly, in the training set. `similarity` is 1 for an exact one."""

    test_id: str
    train_id: str
    similarity: float

    @property
    def exact(self) -> bool:
        """Whether the two questions have the same letters and digits."""
        return self.similarity == 1


@dataclass(frozen=True, slots=True)
class BiasRow:
    """How often one answer (a letter, yes) is given, as shares: by the student, by the teacher, among the gold ones."""

    answer: str
    student: float
    teacher: float | None
    gold: float


@dataclass(frozen=True, slots=True)
class Bias:
    """A taste for some answers over others.

    `student_distance` and `teacher_distance` are total variation distances to the gold answers, 0 (none) to 1. `p`
    tests that the student's answers are spread like the gold ones over the same questions (Stuart-Maxwell, paired);
    None where nothing can be tested.
    """

    rows: tuple[BiasRow, ...]
    n: int
    student_distance: float
    teacher_distance: float | None
    p: float | None


@dataclass(frozen=True, slots=True)
class Disagreement(Generic[Value]):
    """A question on which arms, or readings, do not say the same. `values` holds what each of them says."""

    id: str
    values: dict[str, Value]


def exact_leaks(train: Iterable[Record], test: Iterable[Record]) -> list[Leak]:
    """Test questions whose identity (letters and digits, lower case) occurs in the training set, in order."""
    known: dict[str, str] = {}
    for record in train:
        known.setdefault(question_key(record.question), record.id)
    keyed = ((record.id, question_key(record.question)) for record in test)
    return [Leak(test_id, known[key], 1.0) for test_id, key in keyed if key in known]


def near_leaks(train: Sequence[Record], test: Sequence[Record], threshold: float = 0.8) -> list[Leak]:
    """Test questions with a near twin in the training set, each with its nearest; exact leaks are left out.

    Similarity is that of Jaccard over runs of SHINGLE_WORDS words: 1 for the same runs. Finds every pair at or above
    `threshold`, comparing only questions that share a rare run (prefix filter: Bayardo, Ma and Srikant 2007). Numbers
    count as words: a template filled with other numbers is the less similar the more it holds of them. Raises
    OptionError unless 0 < threshold ≤ 1.
    """
    if not 0 < threshold <= 1:
        raise OptionError(f"the threshold of near leaks is {threshold}; expected a share above 0 and up to 1")
    sets = {"train": [_shingles(record.question) for record in train], "test": [_shingles(r.question) for r in test]}
    frequency = Counter(shingle for side in sets.values() for one in side for shingle in one)
    index: dict[str, list[int]] = defaultdict(list)
    for place, shingles in enumerate(sets["train"]):
        for shingle in _prefix(shingles, frequency, threshold):
            index[shingle].append(place)
    leaked = {leak.test_id for leak in exact_leaks(train, test)}
    found = []
    for record, shingles in zip(test, sets["test"], strict=True):
        near = {place for shingle in _prefix(shingles, frequency, threshold) for place in index.get(shingle, ())}
        best = max(((_jaccard(shingles, sets["train"][place]), -place) for place in near), default=(0.0, 0))
        if best[0] >= threshold and record.id not in leaked:
            found.append(Leak(record.id, train[-best[1]].id, min(best[0], 1 - 1e-9)))
    return found


def answer_bias(student: Mapping[str, str], gold: Mapping[str, str], teacher: Mapping[str, str] | None = None) -> Bias:
    """Whether the student, and the teacher, prefer some letters (positions) or yes over no, against the gold answers.

    Maps question ids to answers in canonical form. Questions without an answer of the student are left out. Only for
    tasks with a handful of answers. Raises InputError where no question has both a student's and a gold answer.
    """
    ids = [one for one in student if one in gold]
    if not ids:
        raise InputError("no question has both a student's answer and a gold answer; nothing to compare")
    said, true = [student[one] for one in ids], [gold[one] for one in ids]
    taught = [answer for one, answer in (teacher or {}).items() if one in gold]
    taught_gold = [gold[one] for one in (teacher or {}) if one in gold]
    answers = sorted({*said, *true, *taught})
    rows = tuple(
        BiasRow(answer, _rate(answer, said), _rate(answer, taught) if taught else None, _rate(answer, true))
        for answer in answers
    )
    return Bias(
        rows, len(ids), _distance(said, true), _distance(taught, taught_gold) if taught else None,
        _marginal_p(said, true, answers),
    )  # fmt: skip


def disagreements(columns: Mapping[str, Mapping[str, Value]]) -> list[Disagreement[Value]]:
    """Questions on which the named columns do not all say the same, the most evenly split first.

    A column is an arm's right or wrong per question id, or one reading (`strict`, `lenient`) of an arm's answers. Only
    questions of all columns count. Ties keep the order of the first column.
    """
    if not columns:
        return []
    first = next(iter(columns.values()))
    found: list[tuple[int, Disagreement[Value]]] = []
    for one in first:
        if all(one in column for column in columns.values()):
            values = {name: column[one] for name, column in columns.items()}
            most = Counter(values.values()).most_common(1)[0][1]
            if most < len(values):
                found.append((most, Disagreement(one, values)))
    return [item for _, item in sorted(found, key=lambda pair: pair[0])]


def _shingles(question: str) -> frozenset[str]:
    words = "".join(letter if letter.isalnum() else " " for letter in question.lower()).split()
    if len(words) <= SHINGLE_WORDS:
        return frozenset({" ".join(words)})
    return frozenset(" ".join(words[at : at + SHINGLE_WORDS]) for at in range(len(words) - SHINGLE_WORDS + 1))


def _prefix(shingles: frozenset[str], frequency: Mapping[str, int], threshold: float) -> list[str]:
    """The rarest shingles, enough of them that two sets at the threshold share at least one."""
    rarest = sorted(shingles, key=lambda shingle: (frequency[shingle], shingle))
    return rarest[: len(rarest) - ceil(threshold * len(rarest) - 1e-9) + 1]


def _jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    return len(a & b) / len(a | b)


def _rate(answer: str, given: Sequence[str]) -> float:
    return given.count(answer) / len(given)


def _distance(given: Sequence[str], true: Sequence[str]) -> float:
    return sum(abs(_rate(answer, given) - _rate(answer, true)) for answer in {*given, *true}) / 2


def _marginal_p(said: Sequence[str], true: Sequence[str], answers: Sequence[str]) -> float | None:
    import numpy as np
    from statsmodels.stats.contingency_tables import SquareTable

    place = {answer: index for index, answer in enumerate(answers)}
    counts = np.zeros((len(answers), len(answers)))
    for one, other in zip(said, true, strict=True):
        counts[place[one], place[other]] += 1
    off = counts.sum(axis=0) + counts.sum(axis=1) - 2 * np.diag(counts) > 0  # an answer never mistaken says nothing
    if off.sum() < 2:
        return None
    kept = counts[np.ix_(off, off)]
    try:
        p = float(SquareTable(kept, shift_zeros=False).homogeneity().pvalue)
    except np.linalg.LinAlgError:
        return None
    return p if np.isfinite(p) else None
