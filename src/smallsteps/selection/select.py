"""Selecting rationales of a corpus."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import replace

from smallsteps.errors import OptionError, UnknownNameError
from smallsteps.records import Record
from smallsteps.selection._right import right_only
from smallsteps.selection.cascade import first_right
from smallsteps.selection.duplicates import without_duplicates
from smallsteps.selection.options import Scores, SelectionOptions

_NO_SELECTIONS = ("cascade", "duplicates", "options", "select", "statistics")


def selections() -> list[str]:
    """The names of the selections, from the files of this folder."""
    package = importlib.import_module("smallsteps.selection")
    names = (module.name for module in pkgutil.iter_modules(package.__path__))
    return sorted(name for name in names if not name.startswith("_") and name not in _NO_SELECTIONS)


def select_records(
    records: Sequence[Record],
    *,
    keep: str = "all",
    by: str | None = None,
    k: int | None = None,
    dedupe: str | None = None,
    quota: Mapping[str, int] | None = None,
    cascade: Sequence[str] = (),
    seed: int = 0,
    embeddings: str = "tfidf",
    scores: Scores | None = None,
) -> list[Record]:
    """The records with the selected rationales, in their order; questions stay, even without a rationale.

    First `keep` (`right` or `all`), then `cascade`, then `dedupe` (`exact` or `near`), then `by` with k per question (5
    if not given): `random`, `diverse`, `likely`, or `open_ended` (which sets its own k). `cascade` names teachers in
    order: a question keeps the rationales of the first that gets it right. `quota` gives teachers their own k, selected
    among their rationales alone; all others share the general k. `scores` replaces the teacher's log-probability in
    `likely` (see `student_logprobs`). The result depends on content and seed, not on order.

    Raises OptionError and UnknownNameError for options, InputError for a record that lacks what is needed.
    Source: arXiv 2306.14050, section on which rationales matter.
    """
    _check(by, k, quota, keep)
    if scores is not None:
        check_scorer(by)
    _check_teachers(records, [*cascade, *(quota or {})])
    kept = [right_only(record) for record in records] if keep == "right" else list(records)
    if cascade:
        kept = [first_right(record, cascade) for record in kept]
    if dedupe:
        kept = without_duplicates(kept, dedupe, seed)
    wanted = SelectionOptions(5 if k is None else k, seed, scores, embeddings)
    return _by_teacher(kept, by, wanted, quota or {}) if by or quota else kept


def check_scorer(by: str | None) -> None:
    """Raise OptionError for a scorer that the selection does not use."""
    if by != "likely":
        raise OptionError("only the selection 'likely' uses a scorer; add by: likely (--by likely), or leave the "
                          "scorer out")  # fmt: skip


def _check(by: str | None, k: int | None, quota: Mapping[str, int] | None, keep: str) -> None:
    if keep not in ("right", "all"):
        raise UnknownNameError("rule to keep rationales", keep, ("right", "all"))
    if by is not None and by not in selections():
        raise UnknownNameError("selection", by, selections())
    if k is not None and k < 1:
        raise OptionError(f"k is {k}; expected at least 1 rationale per question")
    if k is not None and by is None:
        raise OptionError(f"k = {k} needs a selection; add by: random, diverse or likely")
    if by == "open_ended" and (k is not None or quota):
        raise OptionError(
            "the selection 'open_ended' sets k itself (1, 3, 5, 7 or 9 per question); leave k and quotas out"
        )
    if any(count < 0 for count in (quota or {}).values()):
        raise OptionError("a quota cannot be negative")


def _check_teachers(records: Sequence[Record], named: Sequence[str]) -> None:
    known = {rationale.teacher for record in records for rationale in record.rationales if rationale.teacher}
    for teacher in named:
        if teacher not in known:
            raise UnknownNameError("teacher of this corpus", teacher, known)


def _by_teacher(
    records: list[Record], by: str | None, wanted: SelectionOptions, quota: Mapping[str, int]
) -> list[Record]:
    """Select among the rationales of each named teacher, then among all others, and join them."""
    groups: list[tuple[str | None, SelectionOptions | None]] = [
        (name, replace(wanted, k=count)) for name, count in quota.items()
    ]
    groups.append((None, wanted if by else None))
    kept: list[set[int]] = [set() for _ in records]
    for name, limit in groups:
        parts = [_of_teacher(record, name, quota) for record in records]
        chosen = _select(by or "random", parts, limit) if limit else parts
        for places, part in zip(kept, chosen, strict=True):
            places.update(map(id, part.rationales))
    return [
        replace(record, rationales=tuple(one for one in record.rationales if id(one) in places))
        for record, places in zip(records, kept, strict=True)
    ]


def _of_teacher(record: Record, name: str | None, quota: Mapping[str, int]) -> Record:
    own = (one for one in record.rationales if (one.teacher == name if name else one.teacher not in quota))
    return replace(record, rationales=tuple(own))


def _select(by: str, records: list[Record], wanted: SelectionOptions) -> list[Record]:
    if wanted.k == 0:
        return [replace(record, rationales=()) for record in records]
    chosen: list[Record] = importlib.import_module(f"smallsteps.selection.{by}").select(records, wanted)
    return chosen
