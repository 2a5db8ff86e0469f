"""What the methods share that answer first."""

from __future__ import annotations

from collections.abc import Sequence

from smallsteps.errors import OptionError
from smallsteps.methods._method import Method, Output, Writer
from smallsteps.records import Rationale, Record


def check_closed(method: Method) -> None:
    """Refuse an answer format in which nothing tells where the answer ends and the rationale begins."""
    if not (method.words.marker and method.words.close):
        raise OptionError(f"answer_format = '{method.answer_format}': nothing closes its answer, so that it cannot "
                          "stand before a rationale; take common or scotd")  # fmt: skip


def grouped_by_answer(method: Method, record: Record) -> list[tuple[str, list[Rationale]]]:
    """The answers to be taught, each with the rationales that lead to it; the gold one even without a rationale."""
    groups: dict[str, list[Rationale]] = {}
    for rationale in record.rationales:
        answer = method.answer(record, rationale)
        if answer is not None:
            groups.setdefault(answer, []).append(rationale)
    alone = method.answer(record, None)
    if not record.rationales and alone is not None:
        return [(alone, [])]
    return list(groups.items())


def no_words(reason: str) -> OptionError:
    """The error of a student that is asked for a rationale whose words it was not taught."""
    return OptionError(f"{reason} teaches no words of a rationale, so that none can be written; leave --with-rationale "
                       "(decoding.with_rationale) out")  # fmt: skip


def unstopped(method: Method, write: Writer, records: Sequence[Record]) -> list[Output]:
    """One `write` for each record that goes on behind the answer line, up to the end token."""
    prefixes = [write.tokens(method.prompt(record, method.path_names[0])) for record in records]
    written = write(method.path_names[0], prefixes, [record.id for record in records])
    return [Output(one.text, len(one.tokens), one.finish) for one in written]
