"""`likely`: the k rationales per question with the highest likelihood under their teacher, or a trained student."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import inf

from smallsteps.errors import InputError
from smallsteps.records import Record
from smallsteps.segment import Measured, Scorer
from smallsteps.selection._identity import draws, kept
from smallsteps.selection.options import Scores, SelectionOptions


def select(records: Sequence[Record], wanted: SelectionOptions) -> list[Record]:
    """The k rationales with the highest mean log-probability per token; ties are broken by seed.

    Raises InputError for the first rationale without one.
    """
    scores = wanted.scores or teacher_logprobs
    return [_most_likely(record, wanted, scores) for record in records]


def teacher_logprobs(record: Record) -> list[float | None]:
    """The teacher's mean log-probability per token of each rationale, as sampled."""
    return [rationale.logprob for rationale in record.rationales]


def student_logprobs(scorer: Scorer) -> Scores:
    """A trained student's mean log-probability per token of each rationale given the question, in nats.

    All rationales of a question are measured in one pass over a token forest (see `smallsteps.decoding.scorer`), after
    the student's own prompt. An empty rationale is the least likely one.
    """

    def scores(record: Record) -> list[float | None]:
        if not any(rationale.text.strip() for rationale in record.rationales):
            return [-inf] * len(record.rationales)
        (found,) = scorer.measure([record], [[(rationale.text,) for rationale in record.rationales]], "growing")
        return [_mean(measured) for (measured,) in found]

    return scores


def _mean(measured: Measured) -> float:
    return -measured.nll / measured.tokens if measured.tokens else -inf


def _most_likely(record: Record, wanted: SelectionOptions, scores: Scores) -> Record:
    found = [_known(record, place, score) for place, score in enumerate(scores(record))]
    drawn = draws(record, wanted.seed, "likely")
    places = sorted(range(len(found)), key=lambda place: (-found[place], drawn[place]))[: wanted.k]
    return replace(record, rationales=kept(record, places))


def _known(record: Record, place: int, score: float | None) -> float:
    if score is None:
        raise InputError(
            f"record '{record.id}': rationale {place + 1} has no log-probability ('logprob'), which the selection "
            "'likely' needs; sample from a server that returns them, use a trained student (--scorer STUDENT), or "
            "select by random, diverse or open_ended"
        )
    return score
