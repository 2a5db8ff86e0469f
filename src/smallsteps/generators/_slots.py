"""Filling the slots of a wording."""

from __future__ import annotations

import re
from collections.abc import Mapping

_SLOT = re.compile(r"\{(\w+)\}")


def fill(wording: str, words: Mapping[str, object]) -> str:
    """`wording` with each `{slot}` that `words` knows replaced; the others stay for a later filling."""
    return _SLOT.sub(lambda slot: str(words.get(slot[1], slot[0])), wording)
