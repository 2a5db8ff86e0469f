"""What a study does to its training rationales before any arm sees them: select some, segment them, corrupt some."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from smallsteps.errors import OptionError
from smallsteps.records import Record, content_hash, corpus_hash, read_records, write_records
from smallsteps.study.spec import Prepare

Step = Callable[..., list[Record]]


def prepare_records(records: list[Record], steps: Sequence[Prepare], folder: Path | None = None) -> list[Record]:
    """The records after every step, in order; what a model had a part in is kept in `folder` and read again.

    Raises OptionError for a step with an option it does not have.
    """
    if folder is None or not any("scorer" in options for step in steps for options in step.values()):
        return _prepared(records, steps)
    path = folder / f"prepared-{content_hash(corpus_hash(records), steps)}.jsonl"
    if not path.exists():
        write_records(path, _prepared(records, steps))
    return list(read_records(path))


def _prepared(records: list[Record], steps: Sequence[Prepare]) -> list[Record]:
    for step in steps:
        if len(step) != 1:
            raise OptionError(f"corpus.prepare: one verb a step, found {sorted(step)}; write '- select: {{…}}'")
        ((verb, options),) = step.items()
        records = _carried_out(verb, records, options)
    return records


def _carried_out(verb: str, records: list[Record], options: Mapping[str, Any]) -> list[Record]:
    try:
        return VERBS[verb](records, **options)
    except TypeError as error:
        raise OptionError(f"corpus.prepare.{verb}: {error}") from None


def _select(records: list[Record], scorer: str | None = None, **options: Any) -> list[Record]:
    from smallsteps.selection import check_scorer, select_records, student_logprobs

    if scorer is None:
        return select_records(records, **options)
    check_scorer(options.get("by"))
    from smallsteps.decoding.scorer import load_scorer

    return select_records(records, scores=student_logprobs(load_scorer(Path(scorer))), **options)


def _corrupt(records: list[Record], kind: str, rate: float, seed: int = 0) -> list[Record]:
    from smallsteps.corpus.corruption import corrupt_records

    return corrupt_records(records, kind, rate, seed)


def _segment(records: list[Record], by: str, scorer: str | None = None, **options: Any) -> list[Record]:
    from smallsteps.segment import make_strategy, segment_records

    strategy = make_strategy(by, options)
    judge = None
    if scorer is not None:
        from smallsteps.decoding.scorer import load_scorer

        judge = load_scorer(Path(scorer))
    return list(segment_records(records, strategy, judge))


VERBS: dict[str, Step] = {"select": _select, "segment": _segment, "corrupt": _corrupt}
