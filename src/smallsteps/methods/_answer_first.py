"""What methods that answer first have in common."""

from __future__ import annotations

from collections.abc import Sequence

from smallsteps.errors import OptionError
from smallsteps.methods._method import Method, Output, Writer
from smallsteps.records import Rationale, Record


def check_answer_ends(method: Method) -> None:
    """Raise OptionError for an answer format that does not mark where the answer ends and the rationale begins."""
    if not (method.words.marker and method.words.close):
        raise OptionError(f"answer_format = '{method.answer_format}' does not mark the end of the answer, so no "
                          "rationale can follow it; use common or scotd")  # fmt: skip


def grouped_by_answer(method: Method, record: Record) -> list[tuple[str, list[Rationale]]]:
    """The answers to train on, each with the rationales that lead to it; the gold one even without a rationale."""
    groups: dict[str, list[Rationale]] = {}
    for rationale in record.rationales:
        answer = method.answer(record, rationale)
        if answer is not None:
            groups.setdefault(answer, []).append(rationale)
    alone = method.answer(record, None)
    if not record.rationales and alone is not None:
        return [(alone, [])]
    return list(groups.items())


def no_rationale(reason: str) -> OptionError:
    """The error for asking a student for a rationale that it was not trained to write."""
    return OptionError(f"{reason} does not train the student to write rationales; leave out --with-rationale "
                       "(decoding.with_rationale)")  # fmt: skip


def decode_to_end(method: Method, write: Writer, records: Sequence[Record]) -> list[Output]:
    """One output per record that continues after the answer line, up to the end token."""
    prefixes = [write.tokens(method.prompt(record, method.path_names[0])) for record in records]
    written = write(method.path_names[0], prefixes, [record.id for record in records])
    return [Output(one.text, len(one.tokens), one.finish) for one in written]
