"""The normality ratio γ of AS-ES learning: how many of a report's normal findings stay in it (arXiv 2403.01969)."""

from __future__ import annotations

import re

from smallsteps.errors import OptionError
from smallsteps.records import unit_interval

_SENTENCE = re.compile(r"[^。；;！!\n]*?(?:[。；;！!\n]|\.(?=\s|$)|$)\s*")
_NORMAL = re.compile(
    r"\bnormal\b|\bunremarkable\b|\b(?:no|without)\s+(?:\w+\s+)?(?:abnormal|focal|evidence|sign|increased|enlarged)|"
    r"未见|无异常|正常|对称|清晰|无殊",
    re.IGNORECASE,
)
_LESION = re.compile(
    r"\b(?:nodules?|mass(?:es)?|lesions?|foc(?:us|i)|SUV\w*|thicken\w*|metasta\w*|\d+(?:\.\d+)?\s*(?:mm|cm))\b|"
    r"结节|肿块|占位|病灶|增厚|增大|增高|浓聚|转移|SUV|厘米|毫米|[0-9]\s*(?:cm|mm)",
    re.IGNORECASE,
)


def is_normal(sentence: str) -> bool:
    """Whether a finding says that something is normal, and names neither a lesion nor a measure."""
    return bool(_NORMAL.search(sentence)) and not _LESION.search(sentence)


def keep_normal(findings: str, share: float, key: str) -> str:
    """Findings with about `share` of their normal sentences, drawn by `key` and place; all others stay.

    Findings that are normal throughout keep their first sentence. Raises OptionError unless 0 <= share <= 1.
    """
    if not 0 <= share <= 1:
        raise OptionError(f"normality = {share}: the share of normal findings that stay lies between 0 and 1")
    sentences = [found for found in _SENTENCE.findall(findings) if found]
    kept = [
        sentence
        for place, sentence in enumerate(sentences)
        if not is_normal(sentence) or unit_interval("normality", key, place) < share
    ]
    return "".join(kept or sentences[:1]).strip()
