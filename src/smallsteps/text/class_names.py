"""Reading verdicts from text: the words by which a sentiment or an inference is named, in their canonical form.

A word that is denied (`not positive`, `non-negative`) states no verdict of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from smallsteps.text.plain import plain

_DENIED = r"(?<!\bnot )(?<!\bnot a )(?<!\bnot an )(?<!n't )(?<!\bnon-)(?<!\bneither )(?<!\bnor )(?<!\bnever )"
_SENTIMENTS = {"positive": "positive", "negative": "negative"}
_INFERENCES = {
    "entailment": "entailment", "entails": "entailment", "entailed": "entailment", "neutral": "neutral",
    "contradiction": "contradiction", "contradicts": "contradiction", "contradicted": "contradiction",
    "contradictory": "contradiction",
}  # fmt: skip


def sentiments(text: str) -> list[str]:
    """The sentiments that a text names: `positive` or `negative`; not a `positively`, not a `not positive`."""
    return _named(text, _SENTIMENTS)


def inferences(text: str) -> list[str]:
    """The relations between premise and hypothesis that a text names: `entailment`, `neutral` or `contradiction`."""
    return _named(text, _INFERENCES)


def _named(text: str, forms: Mapping[str, str]) -> list[str]:
    # A hyphen on either side makes another word of it: `HIV-positive`, `gender-neutral`, `negative-going`.
    words = re.compile(rf"{_DENIED}(?<![\w-])({'|'.join(forms)})(?![\w-])", re.IGNORECASE)
    return [forms[found[1].lower()] for found in words.finditer(plain(text).replace("_", " "))]
