"""How large a student is and how it cuts text into tokens, told without loading the parameters of a pretrained one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from smallsteps.engine.literals import Text, tokenize
from smallsteps.engine.pretrained import LoadingOptions, size_of
from smallsteps.engine.student import load_student
from smallsteps.engine.tiny import TINY
from smallsteps.records import Record


@dataclass(frozen=True)
class StudentFacts:
    """The size of a student, its architecture, and whether it starts from random parameters (`tiny`)."""

    parameters: int
    encoder_decoder: bool
    tiny: bool
    tokenizer: Any

    @property
    def summary(self) -> str:
        """A line for a person: `0.27 million parameters, decoder-only, random`."""
        kind = "encoder-decoder" if self.encoder_decoder else "decoder-only"
        million = self.parameters / 1e6
        size = f"{million / 1000:.2g} billion" if million >= 1000 else f"{million:.3g} million"
        return f"{size} parameters, {kind}, {'random at the start' if self.tiny else 'pretrained'}"

    def count_tokens(self, text: str) -> int:
        """The tokens of a text, with one for the end."""
        return len(tokenize(self.tokenizer, [Text("", text)])[0][0]) + 1


def student_facts(name: str, records: Sequence[Record]) -> StudentFacts:
    """The facts of a student by name. Raises OptionError for a name that cannot be loaded."""
    if name in TINY:
        student = load_student(name, records)
        return StudentFacts(student.parameters, student.architecture.split, True, student.tokenizer)
    parameters, encoder_decoder, tokenizer = size_of(name, LoadingOptions())
    return StudentFacts(parameters, encoder_decoder, False, tokenizer)
