"""The sentences of a rationale: its steps."""

from __future__ import annotations

import re

_ABBREVIATIONS = r"(?<!\bMr)(?<!\bMs)(?<!\bMrs)(?<!\bDr)(?<!\bSt)(?<!\bvs)(?<!\be\.g)(?<!\bi\.e)(?<!\bNo)"
_END = re.compile(rf"""{_ABBREVIATIONS}[.!?]+["')\]”’]*(?=\s|\Z)|[。！？]+|\n""")


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """The sentences of a text as spans `text[start:end]`, in order, without the white space between them.

    A sentence ends behind `.`, `!` or `?` before white space (so that `3.5` stays whole), behind their full-width
    forms, and at a line break.
    """
    spans = []
    start = 0
    for end in [*(match.end() for match in _END.finditer(text)), len(text)]:
        piece = text[start:end]
        if piece.strip():
            spans.append((start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())))
        start = end
    return spans
