"""Does the tokenizer give a target back as it was? An answer that comes back changed is read wrongly, or not at all."""

from __future__ import annotations

from collections.abc import Sequence

from smallsteps.engine.student import Student
from smallsteps.engine.tokens import encode_view
from smallsteps.errors import OptionError
from smallsteps.methods import Method
from smallsteps.records import Record

LOOKED_AT = 32  # records whose targets are compared


def check_round_trip(student: Student, method: Method, path: str, records: Sequence[Record]) -> None:
    """Refuse a tokenizer from which the method could not read the answers that it teaches.

    Compares what the method reads in a target with what it reads in the target's tokens, white space aside.
    Raises OptionError with the first target that differs.
    """
    looked_at = 0
    for record in records:
        for view in method.views(method.visit(record, 0, 0), path)[:2]:
            text = "".join(piece.text for piece in view.target if piece.weight)
            expected = method.read(text)
            if expected is None:
                continue
            encoded = encode_view(student.tokenizer, student.template, view)
            ids = encoded.tokens[encoded.weights > 0].tolist()
            found = method.read(student.tokenizer.decode(ids, skip_special_tokens=True))
            if found is None or found.split() != expected.split():
                raise OptionError(
                    f"this student's tokenizer does not give text back: the answer {expected.strip()!r} of record "
                    f"'{record.id}' comes back as {found if found is None else found.strip()!r}; take another student "
                    "or another answer_format"
                )
        looked_at += 1
        if looked_at == LOOKED_AT:
            return
